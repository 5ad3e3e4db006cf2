"""Draws with matplotlib's own settings, so that a picture has the same bytes whatever a `matplotlibrc` says."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def load() -> None:
    """Import matplotlib silently, without the settings of the current folder, which may be those of a stranger.

    It changes the current folder for a moment, so it is for commands only.
    """
    # It uses a temporary folder if the home cannot be written, and would warn of that.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    found = find_spec("matplotlib")
    assert found is not None
    assert found.origin is not None
    # A matplotlibrc of the current folder has precedence over all others.
    with chdir(Path(found.origin).with_name("mpl-data")):
        import matplotlib.backends.backend_agg
        import matplotlib.backends.backend_svg  # noqa: F401


@contextmanager
def defaults(settings: Mapping[str, Any]) -> Iterator[None]:
    """Give matplotlib its default settings and these, and restore the user's own at the end.

    A character that the font lacks is a box in the picture; it is not worth a warning.
    """
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(settings)
        yield

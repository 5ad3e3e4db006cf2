"""The site, built once."""

import json
import logging
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.once import once

ROOT = Path(__file__).parents[2]


class Site(NamedTuple):
    folder: Path
    warnings: list[str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The built site, and the warnings of MkDocs, each of which `--strict` makes an error."""
    place = once(tmp_path_factory, "documentation", build_site)
    return Site(place / "site", json.loads((place / "warnings.json").read_text("utf-8")))


def build_site(place: Path) -> None:
    """Build the site, and write the warnings."""
    import warnings

    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    logger, handler = logging.getLogger("mkdocs"), Kept(logging.WARNING)
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(place / "site"))
            build(config)
    finally:
        logger.removeHandler(handler)
    (place / "warnings.json").write_text(json.dumps(said), "utf-8")

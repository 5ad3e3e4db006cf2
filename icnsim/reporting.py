"""Access to a result in Python: a figure by its name, and the report as a file."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from icnsim import wholefile
from icnsim.errors import ResultsError
from icnsim.recording import expectations


def figure(summary: Mapping[str, Any], name: str) -> Any:
    """The figure with that dotted name, such as ``detection_total.p99``, in seconds, bytes or as a plain number.

    Raises
    ------
    KeyError : no figure has that name; the message names the nearest one.
    """
    known = dict(expectations.flatten(summary))
    if name not in known:
        for found, expected in expectations.unknown(name, summary):
            raise KeyError(f"{found}: expected {expected}")
    return known[name]


def write_report(result: object, kind: str, path: str | Path) -> Path:
    """Write the report of a result, as `icnsim report` does, and return its path.

    Parameters
    ----------
    kind : the module of `icnsim.report` that makes the page of such a result.
    """
    # The report is a layer above the results, so its module is imported by name, as `icnsim.__getattr__` finds its
    # modules.
    page = import_module(f"icnsim.report.{kind}").page(result)
    return _write(import_module("icnsim.report.rendering").html(page), path)


def write_report_of(folder: Path | None, path: str | Path | None) -> Path:
    """Write the report of the result in a folder, as `icnsim report` does, and return its path.

    Parameters
    ----------
    folder : of the result; None if it is not kept.
    path : of the page; None for NAME-KIND-ID.html in the present folder.

    Raises
    ------
    ResultsError : the result is in no folder, or its files are damaged.
    """
    if folder is None:
        raise ResultsError(
            "a report reads the files of a result, and this one was not kept; give the call a folder for results, "
            "such as out='results'"
        )
    html, name = import_module("icnsim.report.opening").html_of(folder, allow_large=True)
    return _write(html, path or f"{name}.html")


def _write(html: str, path: str | Path) -> Path:
    target = Path(path)
    try:
        wholefile.write(target, [html.encode()])
    except OSError as error:
        raise ResultsError(f"{target}: cannot write the report: {(error.strerror or str(error)).lower()}") from None
    return target

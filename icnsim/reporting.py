"""Access to a result in Python: a figure by its name, and the report as a file."""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

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
    html: str = import_module("icnsim.report.rendering").html(page)
    target = Path(path)
    target.write_text(html, "utf-8")
    return target

"""Makes `docs/benchmarks.md` and `docs/scaling.md` from the templates of the same names here and the kept results.

A line ``{table GROUP}`` of a template is replaced by the table of that group, and ``{laws}`` by the table of the laws.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import ROOT

DOCS: Final = ROOT / "docs"
RESULTS: Final = ROOT / "benchmarks" / "results"
TEMPLATES: Final = (Path(__file__).with_name("benchmarks.md"), Path(__file__).with_name("scaling.md"))
PLACEHOLDER: Final = re.compile(r"^\{(?:table ([a-z]+)|laws)\}$", re.MULTILINE)


def write() -> None:
    """Write both pages."""
    for template in TEMPLATES:
        (DOCS / template.name).write_text(page(template), "utf-8")


def page(template: Path) -> str:
    """The text of a template's page."""
    text = template.read_text("utf-8")
    return PLACEHOLDER.sub(lambda found: _table(found[1]) if found[1] else _laws(), text)


def _table(group: str) -> str:
    """The kept table of a group; a sentence where none is kept."""
    kept = _kept(group)
    if kept is None:
        return f"Not measured yet: `python -m benchmarks {group}`."
    lines = ["| measure | against | ratio | wanted | | medians |", "|---|---|---|---|---|---|"]
    for row in kept["rows"]:
        verdict = "met" if row["met"] else "**missed**"
        cells = (row["measure"], row["against"], _figure(row["ratio"]), row["wanted"], verdict, row["detail"])
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _about(kept)])


def _laws() -> str:
    """The kept points and laws of the growth of time and memory; a sentence where none are kept."""
    kept = _kept("scaling")
    if kept is None:
        return "Not measured yet: `python -m benchmarks.scaling`."
    lines = ["| x | values of x | time, s | law | peak memory, MiB | law |", "|---|---|---|---|---|---|"]
    for name, series in kept["series"].items():
        points = series["points"]
        cells = [name, " / ".join(f"{point['x']:,.10g}" for point in points)]
        for what in ("took", "peak_mib"):
            cells.append(" / ".join(_figure(point[what]) for point in points))
            law = series["laws"][what]
            growth = f" + {law['factor']:.3g} x^{law['exponent']:.2f}" if law["factor"] else ""
            cells.append(f"{law['fixed']:.3g}{growth}, within {law['error']:.0%}")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _about(kept)])


def _kept(name: str) -> dict[str, Any] | None:
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.exists() else None


def _about(kept: dict[str, Any]) -> str:
    return f"Measured on {kept['at'][:10]} with Python {kept['python']} on {kept['processors']} cores."


def _figure(figure: float) -> str:
    """A figure with three significant digits."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"

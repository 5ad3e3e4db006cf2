"""Makes `docs/benchmarks.md` from `benchmarks/page.md` and the kept tables.

A line ``{table GROUP}`` of `page.md` stands for the table of that group.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from benchmarks.processes import ROOT

PAGE: Final = ROOT / "docs" / "benchmarks.md"
RESULTS: Final = ROOT / "benchmarks" / "results"
TEMPLATE: Final = Path(__file__).with_name("page.md")


def page() -> str:
    """The text of the page."""
    return re.sub(r"^\{table ([a-z]+)\}$", lambda found: _table(found[1]), TEMPLATE.read_text("utf-8"), flags=re.M)


def _table(group: str) -> str:
    """The kept table of a group; a sentence where none is kept."""
    path = RESULTS / f"{group}.json"
    if not path.exists():
        return f"Not measured yet: `python -m benchmarks {group}`."
    kept: dict[str, Any] = json.loads(path.read_text("utf-8"))
    lines = ["| measure | against | ratio | wanted | | medians |", "|---|---|---|---|---|---|"]
    for row in kept["rows"]:
        verdict = "met" if row["met"] else "**missed**"
        cells = (row["measure"], row["against"], _figure(row["ratio"]), row["wanted"], verdict, row["detail"])
        lines.append(f"| {' | '.join(cells)} |")
    about = f"Measured on {kept['at'][:10]} with Python {kept['python']} on {kept['processors']} cores."
    return "\n".join([*lines, "", about])


def _figure(ratio: float) -> str:
    """A ratio with three significant digits."""
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}"

"""The table as it is in docs/model.md."""

from pathlib import Path
from typing import Final

from tests.simulation.cells.cell import COLUMNS
from tests.simulation.cells.rows import GROUPS

PAGE: Final = Path(__file__).parents[3] / "docs" / "model.md"
BEGIN, END = "<!-- table of cells: begin -->", "<!-- table of cells: end -->"
TITLES: Final = {
    "crash": "crash", "pause": "pause", "slow": "slow", "clock": "clock", "cut": "cut link", "loss": "loss",
    "hold": "link that holds", "duplication": "duplication", "drain": "drain of the simulation",
}  # fmt: skip


def table() -> str:
    """One table for each group of rows."""
    parts = []
    for group, rows in GROUPS.items():
        lines = [
            f"| {group} | " + " | ".join(TITLES[column] for column in COLUMNS) + " |",
            "|---" * (1 + len(COLUMNS)) + "|",
        ]
        for row in rows:
            said = [row.cells[column].words for column in COLUMNS]
            lines.append(f"| {row.name} | " + " | ".join(said) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def with_table(text: str) -> str:
    """A page with the present table."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END)[1]}"

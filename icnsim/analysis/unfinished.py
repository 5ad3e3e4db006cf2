"""Reports in one sentence the migrations, tasks and outages that had not ended at the end of runs.

A success rate counts only migrations that ended. Therefore every display of a run shows this sentence, too.
"""

from collections.abc import Mapping
from typing import Any, Final

from icnsim.numbers import as_given
from icnsim.recording.expectations import flatten

CLAUSES: Final = {
    "migrations.unfinished": ("migration has not ended", "migrations have not ended"),
    "tasks.unfinished": ("task has not ended", "tasks have not ended"),
    "actors.nowhere": ("actor runs nowhere", "actors run nowhere"),
    "recoveries.open": ("outage is open", "outages are open"),
}
"""The figures that count unfinished items, with the clauses for one and for several."""


def of_run(summary: Mapping[str, Any]) -> str | None:
    """Returns the sentence about one run; None if everything ended."""
    return _sentence(dict(flatten(summary)), f"the run (at {as_given(summary['simulated_s'], 's')})")


def of_runs(counts: Mapping[str, float | None], runs: int) -> str | None:
    """Returns the sentence about several runs from the sums of their figures; None if everything ended."""
    return _sentence(counts, "1 run" if runs == 1 else f"{runs:,} runs")


def _sentence(counts: Mapping[str, float | None], of: str) -> str | None:
    """Joins a clause for each figure above zero; `of` names the run or the runs."""
    found = []
    for name, (one, several) in CLAUSES.items():
        count = round(counts.get(name) or 0)
        if count:
            found.append(f"{count:,} {one if count == 1 else several}")
    if not found:
        return None
    *firsts, last = found
    return f"{', '.join(firsts)}{' and ' if firsts else ''}{last} at the end of {of}."

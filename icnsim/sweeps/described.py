"""The name, the unit and the meaning of every figure of a run, one by one."""

from typing import Final, NamedTuple

from icnsim.analysis.figures import CENSORED, DISTRIBUTIONS, FIGURES
from icnsim.recording.pluggedmetrics import PREFIX, declared
from icnsim.sweeps.figures import names, unit_of

STATISTICS: Final = {
    "count": "how many values there are",
    "mean": "mean",
    "std": "standard deviation",
    "min": "least value",
    "p50": "median",
    "p95": "95 % quantile",
    "p99": "99 % quantile",
    "max": "greatest value",
    **{name.removeprefix("<section>."): meaning for name, meaning in CENSORED.items()},
}
"""The meaning of each figure of a section that describes a distribution."""
PATTERNS: Final = {
    "attempts.": "attempts.*",
    "faults.": "faults.<kind>",
    "hazards.": "hazards.<number>",
    "invariants.I": "invariants.I1 … I8",
    "predicted.": "predicted.<figure>.value",
}
"""Beginnings of names of figures that share one meaning, with the entry of `FIGURES` that has it."""


class Described(NamedTuple):
    """A figure: its dotted name, its unit (s, B, %, 1/s, µs/s or none), and what it is."""

    name: str
    unit: str
    meaning: str


def described() -> list[Described]:
    """Every figure of summary.json, in its order, then those of the metrics of installed plug-ins."""
    alone = dict(_alone())
    return [Described(name, unit_of(name), alone.get(name) or _of_section(name)) for name in names()]


def _alone() -> list[tuple[str, str]]:
    """The meaning of each figure that `FIGURES` names; ``migrations.failed, .rejected`` are two figures."""
    found = []
    for entry, meaning in FIGURES.items():
        first, *others = entry.split(", ")
        section = first.rpartition(".")[0]
        found += [(name, meaning) for name in (first, *(section + other for other in others))]
    return found


def _of_section(name: str) -> str:
    for section, meaning in DISTRIBUTIONS.items():
        statistic = name.removeprefix(f"{section}.")
        if statistic in STATISTICS and statistic != name:
            return f"{STATISTICS[statistic]}: {meaning}"
    if name.startswith(PREFIX):
        return declared()[name].meaning
    beginning = next(beginning for beginning in PATTERNS if name.startswith(beginning))
    if beginning == "attempts.":
        return f"of attempts, as {name.replace('attempts.', 'migrations.')} of migrations"
    return FIGURES[PATTERNS[beginning]]

"""Makes the tables of docs/statistics.md. The rest of the page is written by hand.

Each table is between two markers. The columns that come from declarations (cases, units, assumptions) are the same for
every measurement, and a test compares them with the page. The measured columns are written by `python -m
docs.programs.coverage`.
"""

import functools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from docs.programs.coverage.cases import CASES
from docs.programs.coverage.measuring import Coverage, Runs, covered
from docs.programs.coverage.replicated import REPLICATIONS, replicated
from icnsim.numbers import figure, rounded
from icnsim.recording.uncertainty import RULES, SHARES, Rule, Unit, rule_of
from icnsim.scenario import Scenario
from icnsim.sweeps.figures import unit_of

PAGE: Final = Path("docs/statistics.md")
TABLES: Final = ("cases", "units", "runs", "replications")
KINDS: Final = {"student": "Student's", "order": "order statistics", "wilson": "Wilson's, with the design effect"}
NONE: Final = "none"
RARE: Final = 0.2
"""The least share of the runs with an interval for which the coverage of a case is shown."""

Cells = tuple[str, ...]


def with_tables(text: str, runs: Mapping[str, Runs]) -> str:
    """The page with the tables of these runs.

    Raises
    ------
    ValueError : the page has no markers for a table.
    """
    found = {name: list(covered(name, each.found)) for name, each in runs.items()}
    every = [coverage for each in found.values() for coverage in each]
    replaced = {
        "cases": table(("case", "dependence"), [(f"`{case.name}`", case.question) for case in CASES]),
        "units": table(
            (*UNITS, "measured"), [(*cells, measured_range(sections, rule, every)) for sections, rule, cells in units()]
        ),
        "runs": table(RUNS, map(_row, every)),
        "replications": table(
            ("case", "figure", "interval", *map(str, REPLICATIONS)),
            (
                (f"`{row.case}`", f"`{row.figure}`", KINDS[row.kind], *map(_share, row.held, row.without))
                for row in replicated(runs)
            ),
        ),
    }
    for name in TABLES:
        begin, end = markers(name)
        before, rest = text.split(begin)
        text = f"{before}{begin}\n\n{replaced[name]}\n\n{end}{rest.split(end)[1]}"
    return text


def markers(name: str) -> tuple[str, str]:
    """The lines before and after a table of the page."""
    return f"<!-- {name}: begin -->", f"<!-- {name}: end -->"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


# The units

UNITS: Final = ("figures", "if", "unit", "interval", "assumption")


def units() -> Iterator[tuple[tuple[str, ...], Rule, Cells]]:
    """The sections that share a rule, the rule, and its cells of the table: all but the measured one."""
    alike: dict[tuple[Rule, ...], tuple[str, ...]] = {}
    for section, rules in RULES.items():
        alike[rules] = (*alike.get(rules, ()), section)
    for rules, sections in alike.items():
        names = "<br>".join(f"`{figure_of(section)}`" for section in sections)
        for rule in rules:
            unit = NONE if rule.unit is None else rule.unit.value
            yield sections, rule, (names, rule.when.text, unit, _method(rule), rule.assumption)


def _method(rule: Rule) -> str:
    """The kind of interval that a rule leads to."""
    if rule.unit is None:
        return NONE
    return {
        Unit.TIME: "batch means",
        Unit.SOURCE_AND_TIME: "Student's, of both kinds of units (two-way)",
    }.get(rule.unit, "Student's, of the units")


def measured_range(sections: Sequence[str], rule: Rule, every: Sequence[Coverage]) -> str:
    """The range of the coverage, and of the width, of these sections in the cases to which the rule applies.

    A case in which fewer than `RARE` of the runs have an interval counts as one without an interval.
    """
    rows = [
        row
        for row in every
        for section in sections
        if row.figure == figure_of(section) and rule_of(section, _scenario(row.case)) is rule
    ]
    there = [row for row in rows if row.intervals >= RARE * row.seeds]
    parts = []
    if there:
        text = f"{_range([row.share for row in there], '.0%')} of the intervals"
        widths = [row.width for row in there if not math.isnan(row.width)]
        parts.append((text + (f", width {_range(widths, '.2f')}" if widths else ""), there))
    if len(there) < len(rows):
        parts.append(("no interval", [row for row in rows if row not in there]))
    return "; ".join(f"{text} ({_cases(some)})" for text, some in parts)


@functools.cache
def _scenario(name: str) -> Scenario:
    """The scenario of a case, which is loaded once: every row of the table asks for it."""
    return next(case.scenario() for case in CASES if case.name == name)


def figure_of(section: str) -> str:
    """The figure that has the interval of a name in `RULES`."""
    return section if section in SHARES else f"{section}.mean"


def _cases(rows: Sequence[Coverage]) -> str:
    return ", ".join(sorted({f"`{row.case}`" for row in rows}))


def _range(values: Sequence[float], form: str) -> str:
    low, high = format(min(values), form), format(max(values), form)
    return low if low == high else f"{low} to {high}"


# The runs and the replications

RUNS: Final = ("case", "figure", "expectation", "coverage", "its 95 % interval", "width", "runs without an interval")


def _row(row: Coverage) -> Cells:
    missing = row.seeds - row.intervals
    low, high = row.bounds
    return (
        f"`{row.case}`",
        f"`{row.figure}`",
        figure(float(rounded(row.truth, 5)), unit_of(row.figure)),
        f"{row.share:.1%}" if row.intervals else NONE,
        f"{low:.1%} to {high:.1%}" if row.intervals else "",
        "" if math.isnan(row.width) else f"{row.width:.2f}",
        f"{_part(missing / row.seeds)}: {row.why}" if missing else "",
    )


def _part(share: float) -> str:
    return "under 1%" if share < 0.005 else f"{share:.0%}"


def _share(held: float, without: float) -> str:
    """A coverage, and the share of the sweeps without an interval."""
    if math.isnan(held):
        return NONE
    return f"{held:.1%}" if not without else f"{held:.1%} ({without:.0%} {NONE})"

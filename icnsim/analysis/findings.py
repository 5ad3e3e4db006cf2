"""The findings at the top of a report: sentences about a run, the most important first."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from icnsim.analysis import steadiness, warnings
from icnsim.analysis.invariants import VIOLATED, times
from icnsim.numbers import brief, figure
from icnsim.scenario import Scenario

LISTED: Final = 3
"""The largest number of failed expectations that are named."""


class Finding(NamedTuple):
    """A sentence about a run. `good` is None if it is neither good nor bad news."""

    good: bool | None
    words: str


def findings(summary: Mapping[str, Any], scenario: Scenario) -> list[Finding]:
    """Returns the findings about a run: violations, unfinished parts, false positives, overload, expectations."""
    caution = steadiness.of_run(summary, scenario)
    bad = [
        *_violated(summary),
        *(Finding(False, sentence) for sentence in warnings.of_run(summary, scenario) if sentence != caution),
        *_false_positives(summary),
        *_overload(summary, scenario),
    ]
    cautions = [] if caution is None else [Finding(None, caution)]
    return [*bad, *_expected(summary, bad), *_in_order(summary, bad), *cautions]


def _violated(summary: Mapping[str, Any]) -> Iterator[Finding]:
    counts = {name: count for name, count in summary["invariants"].items() if count}
    if counts:
        clauses = "; ".join(f"{VIOLATED[name]} ({name}, {times(count)})" for name, count in counts.items())
        what = "An invariant is" if len(counts) == 1 else f"{len(counts)} invariants are"
        yield Finding(False, f"{what} violated: {clauses}.")


def _false_positives(summary: Mapping[str, Any]) -> Iterator[Finding]:
    found = summary["false_positives"]
    if found["count"]:
        share = figure(found["rate"], "%")
        yield Finding(
            False,
            f"False positives: {found['count']:,} of {found['willing']:,} requests to targets that would have accepted "
            f"timed out ({share}).",
        )


def _overload(summary: Mapping[str, Any], scenario: Scenario) -> Iterator[Finding]:
    """Yields the overload of a run whose transfers share bandwidth; `warnings` has that of other runs."""
    load = summary["network"]["offered_load"]["link"]
    if scenario.network.sharing != "none" and load is not None and load > 1:
        yield Finding(
            False,
            f"The busiest link is offered {brief(load)} times its bandwidth, so transfers on it take ever longer.",
        )


def _expected(summary: Mapping[str, Any], bad: list[Finding]) -> Iterator[Finding]:
    expected = summary["expectations"]
    failed = [each["metric"] for each in expected if not each["held"]]
    if failed:
        named = ", ".join(failed[:LISTED]) + (" and others" if len(failed) > LISTED else "")
        yield Finding(False, f"{len(failed)} of {len(expected)} expectations of the scenario fail: {named}.")
    elif expected and bad:
        yield Finding(
            None,
            f"All {len(expected)} expectations of the scenario hold. Some of them may require the problems above.",
        )
    elif expected:
        yield Finding(True, f"All {len(expected)} expectations of the scenario hold.")


def _in_order(summary: Mapping[str, Any], bad: list[Finding]) -> Iterator[Finding]:
    checked = [name for name, count in summary["invariants"].items() if count is not None]
    if any(summary["invariants"].values()) or not checked:
        return
    first, last = checked[0], checked[-1]
    what = "" if bad else ", every migration ended, and no actor is left without a running copy"
    yield Finding(True, f"No invariant is violated ({first} to {last}){what}.")

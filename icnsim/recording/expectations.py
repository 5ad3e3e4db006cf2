"""Checks of a scenario's `expect` section against the summary of its run."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from icnsim.errors import SHOWN
from icnsim.numbers import rounded
from icnsim.scenario.units import parse_duration, parse_size

INTERVALS: Final = frozenset(
    f"{figure}{name}" for figure in ("", "mean_", "query_accuracy_") for name in ("ci95", "ci95_why")
)
"""The intervals of means and of shares within a run, and the reasons why they are missing."""


def check(expect: Mapping[str, Mapping[Any, Any]], summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Compare each valid expectation with the figure of the summary.

    Returns
    -------
    one ``{metric, expected, found, held}`` for each bound. A null figure holds no bound except ``equals: null``.
    """
    known = dict(flatten(summary)) if expect else {}
    return [result for metric, bounds in expect.items() for result in _results(metric, bounds, known[metric])]


def mistakes(expect: Mapping[str, Mapping[Any, Any]], summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """The metric, the found and the expected text of each unknown figure and each invalid bound."""
    known = dict(flatten(summary))
    unknown_metrics = 0
    for metric, bounds in expect.items():
        if metric not in known:
            unknown_metrics += 1
            if unknown_metrics <= SHOWN:  # a search takes 1 ms
                yield from ((metric, found, expected) for found, expected in unknown(metric, summary))
            continue
        try:
            _results(metric, bounds, known[metric])
        except ValueError as error:
            yield metric, repr(dict(bounds)), str(error)


def unknown(metric: str, summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The found and the expected text if no figure has this name."""
    known = [name for name, value in flatten(summary) if not isinstance(value, str)]
    if metric not in known:
        near = difflib.get_close_matches(metric, known, 1, 0.5)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        yield f"the metric {metric!r}", f"a figure of summary.json{hint}"


def _results(metric: str, bounds: Mapping[Any, Any], found: Any) -> list[dict[str, Any]]:
    return _held(metric, {name: _number(value) for name, value in bounds.items()}, found)


def flatten(summary: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Every figure of a summary with its dotted name; the intervals of means and their reasons are left out."""
    found: list[tuple[str, Any]] = []
    for name, value in summary.items():
        if isinstance(value, dict):  # a check for Mapping took a twentieth of a small run
            found += flatten(value, f"{prefix}{name}.")
        elif name not in INTERVALS and not isinstance(value, list):
            found.append((prefix + name, value))
    return found


def _number(value: object) -> float | None:
    """A bound: a plain number, a duration in seconds, or a size in bytes."""
    if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    try:
        return parse_duration(value) / 1e6
    except ValueError:
        pass
    try:
        return float(parse_size(value))
    except ValueError:
        raise ValueError("numbers, durations or sizes as bounds") from None


def _held(metric: str, bounds: Mapping[str, float | None], found: Any) -> list[dict[str, Any]]:
    known = isinstance(found, int | float)
    results = []

    def note(expected: str, held: bool) -> None:
        results.append({"metric": metric, "expected": expected, "found": found, "held": held})

    if ("about" in bounds) != ("within" in bounds):
        raise ValueError("about and within together")
    if any(value is None for name, value in bounds.items() if name != "equals"):
        raise ValueError("numbers, durations or sizes as bounds")
    if "about" in bounds:
        about, within = bounds["about"], bounds["within"]
        assert about is not None
        assert within is not None
        note(f"{rounded(about, 12)} ± {rounded(within, 12)}", known and abs(found - about) <= within)
    if (most := bounds.get("at_most")) is not None:
        note(f"at most {rounded(most, 12)}", known and found <= most)
    if (least := bounds.get("at_least")) is not None:
        note(f"at least {rounded(least, 12)}", known and found >= least)
    if "equals" in bounds:
        wanted = bounds["equals"]
        note("null" if wanted is None else rounded(wanted, 12), found == wanted)
    return results

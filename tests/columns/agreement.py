"""Comparison of the two engines' recordings.

`python -m tests.columns.agreement FIRST LAST [compiled]` compares generated scenarios, one per seed.
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from icnsim.columns import Computed, simulate, unsupported
from icnsim.recording import occupancy
from icnsim.recording.columns import Recording
from icnsim.recording.records import Records
from icnsim.scenario import Scenario
from icnsim.simulation import simulate as by_events
from tests.columns.generator import generated

FIGURES = (
    "reasons", "events", "messages_sent", "messages_delivered", "messages_lost", "messages_in_flight", "ignored",
    "window_start", "window_end", "horizon", "actor_messages", "absent", "standing", "idle", "at_risk",
)  # fmt: skip
VECTORS = ("in_flight", "skipped", "phases")
TABLES = ("attempts", "actors", "recoveries")


def differences(scenario: Scenario, found: Computed, reference: Recording) -> list[str]:
    """The parts in which two recordings of a scenario differ; empty if they agree."""
    columnar = found.recording
    wrong = [
        f"{name}: {getattr(columnar, name)} instead of {getattr(reference, name)}"
        for name in FIGURES
        if getattr(columnar, name) != getattr(reference, name)
    ]
    checked = [None if each.checker is None else each.checker.count() for each in (columnar, reference)]
    wrong += ["checker"] * (checked[0] != checked[1])
    wrong += [name for name in VECTORS if not np.array_equal(getattr(columnar, name), getattr(reference, name))]
    for table in TABLES:
        computed, expected = getattr(columnar, table), getattr(reference, table)
        if list(computed) != list(expected):
            wrong.append(f"{table}: columns {list(computed)} instead of {list(expected)}")
        wrong += [f"{table}.{name}" for name in expected if not np.array_equal(computed[name], expected[name])]
    wrong += (
        _looks(columnar, reference)
        + _log(columnar, reference)
        + _records(columnar, reference)
        + _timeline(scenario, columnar, reference)
    )
    hazards, expected = dict(columnar.observed.hazards), dict(reference.observed.hazards)
    if hazards != expected:
        wrong.append(f"hazards: {hazards} instead of {expected}")
    violating = {violation.actor for violation in reference.observed.violations}
    missed = sorted(actor for actor in violating if not found.suspects[actor])
    if missed:
        names = {violation.invariant for violation in reference.observed.violations if violation.actor in missed}
        wrong.append(f"suspects: {missed} {names} are missing")
    return wrong


def _looks(columnar: Recording, reference: Recording) -> list[str]:
    return [
        f"{kind}.{name}"
        for kind in ("ticks", "firings")
        for name, column in getattr(reference, kind).items()
        if not np.array_equal(getattr(columnar, kind)[name], column)
    ]


def _log(columnar: Recording, reference: Recording) -> list[str]:
    computed, log = columnar.message_log, reference.message_log
    if computed is None or log is None:
        return [] if computed is log else ["message_log"]
    return [f"message_log.{name}" for name in log if not np.array_equal(computed[name], log[name])]


def _records(columnar: Recording, reference: Recording) -> list[str]:
    fields = Records.__slots__

    def rows(records: Records) -> list[tuple[int, ...]]:
        return sorted(zip(*(getattr(records, name).tolist() for name in fields)))

    return [] if rows(columnar.records) == rows(reference.records) else ["records"]


def _timeline(scenario: Scenario, columnar: Recording, reference: Recording) -> list[str]:
    if scenario.record.timeline is None:
        return []
    computed, expected = (occupancy.timeline(each, scenario) for each in (columnar, reference))
    return [f"timeline.{name}" for name in expected if not np.array_equal(computed[name], expected[name])]


def first_row(columnar: Recording, reference: Recording) -> str:
    """The first attempt in which two recordings differ, with the values of both."""
    count = min(len(columnar.attempts["migration"]), len(reference.attempts["migration"]))
    for row in range(count):
        pairs = {
            name: (int(columnar.attempts[name][row]), int(reference.attempts[name][row])) for name in reference.attempts
        }
        if any(computed != expected for computed, expected in pairs.values()):
            return str(
                {
                    name: computed if computed == expected else (computed, expected)
                    for name, (computed, expected) in pairs.items()
                }
            )
    return "all attempts in common are equal"


def main(first: int, last: int, make: Callable[[int], Scenario] = generated, *, compiled: bool = False) -> None:
    """Compare the scenarios of the seeds from `first` to `last`, and print the differences."""
    differing, suspects, violating = 0, 0, 0
    began = time.perf_counter()
    for seed in range(first, last):
        scenario = make(seed)
        assert unsupported(scenario) is None
        found = simulate(scenario, compiled=compiled)
        reference = by_events(scenario)
        suspects += int(found.suspects.sum())
        violating += len({violation.actor for violation in reference.observed.violations})
        wrong = differences(scenario, found, reference)
        if wrong:
            differing += 1
            print(seed, first_row(found.recording, reference), *wrong, sep="\n    ")
    took = time.perf_counter() - began
    print(f"{last - first} scenarios in {took:.1f} s: {differing} differ")
    print(f"{violating} actors violated an invariant, {suspects} were suspected")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), compiled="compiled" in sys.argv[3:])

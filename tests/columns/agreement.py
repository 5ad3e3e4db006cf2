"""Whether both engines record the same; `python -m tests.columns.agreement FIRST LAST` compares scenarios by seed."""

import sys
import time
from collections.abc import Callable

import numpy as np

from icnsim.columns import Computed, simulate, unsupported
from icnsim.recording import occupancy
from icnsim.recording.columns import Recording
from icnsim.recording.occupancy import Records
from icnsim.scenario import Scenario
from icnsim.simulation import simulate as by_events
from tests.columns.generator import generated

FIGURES = (
    "reasons", "events", "messages_sent", "messages_delivered", "messages_lost", "messages_in_flight", "ignored",
    "window_start", "window_end", "horizon", "actor_messages", "absent", "standing", "at_risk",
)  # fmt: skip
VECTORS = ("in_flight", "skipped", "phases", "checker_phases")
TABLES = ("attempts", "actors", "recoveries")
VIOLATED = ("I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8")


def differences(scenario: Scenario, found: Computed, truth: Recording) -> list[str]:
    """What differs between the two recordings, in words."""
    ours = found.recording
    wrong = [
        f"{name}: {getattr(ours, name)} instead of {getattr(truth, name)}"
        for name in FIGURES
        if getattr(ours, name) != getattr(truth, name)
    ]
    wrong += [name for name in VECTORS if not np.array_equal(getattr(ours, name), getattr(truth, name))]
    for table in TABLES:
        mine, theirs = getattr(ours, table), getattr(truth, table)
        if list(mine) != list(theirs):
            wrong.append(f"{table}: columns {list(mine)} instead of {list(theirs)}")
        wrong += [f"{table}.{name}" for name in theirs if not np.array_equal(mine[name], theirs[name])]
    wrong += _ticks(ours, truth) + _log(ours, truth) + _records(ours, truth) + _timeline(scenario, ours, truth)
    hazards, theirs_ = dict(ours.observed.hazards), dict(truth.observed.hazards)
    if hazards != theirs_:
        wrong.append(f"hazards: {hazards} instead of {theirs_}")
    guilty = {violation.actor for violation in truth.observed.violations}
    missed = sorted(actor for actor in guilty if not found.suspects[actor])
    if missed:
        names = {violation.invariant for violation in truth.observed.violations if violation.actor in missed}
        wrong.append(f"suspects: {missed} {names} are missing")
    return wrong


def _ticks(ours: Recording, truth: Recording) -> list[str]:
    return [f"ticks.{name}" for name in truth.ticks if not np.array_equal(ours.ticks[name], truth.ticks[name])]


def _log(ours: Recording, truth: Recording) -> list[str]:
    mine, log = ours.message_log, truth.message_log
    if mine is None or log is None:
        return [] if mine is log else ["message_log"]
    return [f"message_log.{name}" for name in log if not np.array_equal(mine[name], log[name])]


def _records(ours: Recording, truth: Recording) -> list[str]:
    fields = Records.__slots__

    def rows(records: Records) -> list[tuple[int, ...]]:
        return sorted(zip(*(getattr(records, name).tolist() for name in fields)))

    return [] if rows(ours.records) == rows(truth.records) else ["records"]


def _timeline(scenario: Scenario, ours: Recording, truth: Recording) -> list[str]:
    if scenario.record.timeline is None:
        return []
    mine, theirs = (occupancy.timeline(each, scenario) for each in (ours, truth))
    return [f"timeline.{name}" for name in theirs if not np.array_equal(mine[name], theirs[name])]


def first_row(ours: Recording, truth: Recording) -> str:
    """The first attempt that differs, as both engines have it."""
    count = min(len(ours.attempts["migration"]), len(truth.attempts["migration"]))
    for row in range(count):
        pairs = {name: (int(ours.attempts[name][row]), int(truth.attempts[name][row])) for name in truth.attempts}
        if any(mine != theirs for mine, theirs in pairs.values()):
            return str({name: mine if mine == theirs else (mine, theirs) for name, (mine, theirs) in pairs.items()})
    return "all attempts in common are equal"


def main(first: int, last: int, make: Callable[[int], Scenario] = generated, *, compiled: bool = False) -> None:
    """Compare the scenarios of these seeds and print what differs."""
    bad, suspects, guilty = 0, 0, 0
    began = time.perf_counter()
    for seed in range(first, last):
        scenario = make(seed)
        assert unsupported(scenario) is None
        found = simulate(scenario, compiled=compiled)
        truth = by_events(scenario)
        suspects += int(found.suspects.sum())
        guilty += len({violation.actor for violation in truth.observed.violations})
        wrong = differences(scenario, found, truth)
        if wrong:
            bad += 1
            print(seed, first_row(found.recording, truth), *wrong, sep="\n    ")
    took = time.perf_counter() - began
    print(f"{last - first} scenarios in {took:.1f} s: {bad} differ")
    print(f"{guilty} actors violated an invariant, {suspects} were suspected")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), compiled="compiled" in sys.argv[3:])

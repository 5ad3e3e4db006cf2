"""The model check: the hardened protocol has no reachable violation, and the other profiles have known ones.

Each configuration is explored to its end: every order of every step, so a test that passes
has visited every world. docs/hardened.md has larger worlds, and the commands that explore them:
`python -m icnsim.modelcheck`.
"""

from collections import deque
from dataclasses import fields, replace
from functools import cache
from random import Random
from typing import Any

import pytest

from icnsim.modelcheck import Configuration, Result, explore
from icnsim.modelcheck.__main__ import main
from icnsim.modelcheck.configuration import DETECTORS, tracked_by
from icnsim.modelcheck.executor import Executors, Outcome, What
from icnsim.modelcheck.frozen import ACTOR, EVALUATE, UP, Frozen
from icnsim.modelcheck.world import Worlds
from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.messages import EMPTY
from icnsim.protocol.profile import PROFILES, Switches
from icnsim.protocol.record import MigrationRecord
from icnsim.protocol.states import TRANSITIONS, Event, State, table

LAZY = {"eager": False, "cleanup": False}


def configuration(
    profile: str, *, tracked: str | None = None, without: tuple[str, ...] = (), **more: Any
) -> Configuration:
    turned = replace(PROFILES[profile], **dict.fromkeys(without, False))
    return Configuration(switches=turned, tracked=tracked_by(tracked or profile), **more)


def explored(profile: str, **more: Any) -> Result:
    result = explore(configuration(profile, **more))
    assert result.complete
    return result


@pytest.mark.parametrize(
    "more",
    [
        {"executors": 3, "retries": 1, "crashes": 1, **LAZY},
        {"executors": 2, "retries": 1, "damaged": 1, "forged": 1, **LAZY},
        {"executors": 2, "lost_or_duplicated": 1, "deaths": 1},
    ],
)
def test_the_hardened_protocol_has_no_reachable_violation(more: dict[str, Any]) -> None:
    """Other tests find none with lost messages, crashes, retries and a second migration (`all_on`)."""
    assert explored("hardened", **more).broken == {}


TIMERS = [kind for kind in DETECTORS if kind != "poll"]


@pytest.mark.parametrize("kind", TIMERS)
def test_no_detector_breaks_an_invariant_of_the_hardened_protocol(kind: str) -> None:
    """Each reaches the worlds that polling reaches, and no other. A crash loses the timers."""
    more = {"executors": 3, "retries": 1, "crashes": 1, **LAZY}
    result = explored("hardened", detector=DETECTORS[kind], **more)
    polled = all_on(tuple(more.items()))
    assert result.broken == {}
    assert (result.states, result.steps, result.rows) == (polled.states, polled.steps, polled.rows)


@pytest.mark.parametrize("kind", TIMERS)
def test_a_detector_that_suspects_too_soon_is_seen_where_the_hand_over_is_not_safe(kind: str) -> None:
    more = {"executors": 2, "retries": 1, "without": ("two_phase_handover",), **LAZY}
    assert set(explored("hardened", detector=DETECTORS[kind], **more).broken) == {"I1", "I8"}


def test_a_record_without_a_timer_would_be_stuck(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exploration fires only the timers for which the manager has asked."""
    monkeypatch.setattr(MigrationManager, "_watch", lambda *_: None)
    result = explored("hardened", detector=DETECTORS["deadline"], executors=2, deaths=1, lost_or_duplicated=1, **LAZY)
    timed_out = {(before, event) for before, event in result.rows if event is Event.TIME_OUT}
    assert timed_out == set()


def test_every_row_of_the_hardened_table_is_taken() -> None:
    result = explored("hardened", executors=2, lost_or_duplicated=1, crashes=1)
    assert result.rows == set(table(PROFILES["hardened"]))
    assert result.broken == {}


def test_the_implementation_breaks_every_invariant_that_time_does_not_bound() -> None:
    result = explore(configuration("as-implemented", executors=3, retries=1, lost_or_duplicated=1), most=50_000)
    assert set(result.broken) == {"I1", "I2", "I3", "I4", "I5", "I7", "I8"}
    # A second migration without retries reaches the rows in which a Complete overwrites a source's record.
    again = explore(configuration("as-implemented", executors=3, migrations=2, **LAZY), most=60_000)
    assert result.rows | again.rows == set(table(PROFILES["as-implemented"]))


def test_the_code_as_committed_restores_nothing_and_leaves_every_actor_paused() -> None:
    """No actor arrives anywhere (hazard 24), so nothing runs twice; a time-out does not resume it (hazard 6)."""
    result = explored("as-committed", executors=2, cleanup=False)
    assert {"I2"} <= set(result.broken) <= {"I2", "I4", "I5", "I7"}
    assert (State.RESTORING, Event.RESTORE) not in result.rows


def test_the_design_gets_stuck_without_any_fault() -> None:
    """It tracks Requesting alone: a target that accepts too late waits for ever."""
    result = explored("as-designed", executors=3, retries=1)
    assert set(result.broken) == {"I6"}
    assert (result.states, result.steps) == (175, 382)  # the numbers in docs/hardened.md


def test_the_design_loses_the_actor_with_a_message_and_runs_it_twice_after_a_crash() -> None:
    lost = explored("as-designed", executors=3, retries=1, lost_or_duplicated=2)
    assert set(lost.broken) == {"I2", "I6", "I8"}
    crashed = explored("as-designed", executors=3, retries=1, crashes=1)
    assert set(crashed.broken) == {"I1", "I2", "I6", "I8"}


def test_the_design_runs_two_where_it_tracks_every_state_for_then_the_source_gives_up_too_soon() -> None:
    result = explored("as-designed", tracked="hardened", executors=3, retries=1)
    assert set(result.broken) == {"I1", "I4", "I8"}
    assert (result.states, result.steps) == (1_541, 4_389)  # the numbers in docs/hardened.md
    assert result.rows == set(TRANSITIONS)


SMALL = {"executors": 3, **LAZY}
CRASH = {**SMALL, "lost_or_duplicated": 1, "crashes": 1}
RETRY = {**SMALL, "lost_or_duplicated": 1, "retries": 1}
TWO = {**RETRY, "executors": 2}
TWICE = {**LAZY, "executors": 2, "lost_or_duplicated": 1, "migrations": 2}
ALONE: dict[str, tuple[dict[str, Any], set[str]]] = {
    "atomic_detection": (CRASH, {"I5", "I8"}),
    "guarded_transitions": (CRASH, {"I1", "I3", "I5", "I8"}),
    "attempt_identifiers": (TWO, {"I1", "I3", "I5", "I8"}),
    "fresh_requests": (TWICE, {"I1", "I8"}),
    "resume_on_failure": (CRASH, {"I2"}),
    "two_phase_handover": (RETRY, {"I1", "I4", "I8"}),
    "verified_checkpoints": ({**SMALL, "retries": 1, "damaged": 1}, {"I3"}),
    "durable_records": (CRASH, {"I1", "I2", "I8"}),
    "bounded_retries": (SMALL, {"I7"}),
    "verified_origins": ({**SMALL, "forged": 1}, {"I1", "I2", "I3", "I8"}),
}
"""The invariants that break when a single fix is missing."""

SECOND_LINES = [field.name for field in fields(Switches) if field.name not in ALONE]


@cache
def all_on(more: tuple[tuple[str, Any], ...]) -> Result:
    """The result with every fix, for a world that several tests need."""
    return explored("hardened", **dict(more))


@pytest.mark.parametrize("switch", ALONE)
def test_each_missing_fix_breaks_its_invariants(switch: str) -> None:
    more, broken = ALONE[switch]
    assert all_on(tuple(more.items())).broken == {}
    assert set(explored("hardened", without=(switch,), **more).broken) == broken


@pytest.mark.parametrize("switch", SECOND_LINES)
def test_the_other_fixes_are_second_lines_of_defence_or_save_time(switch: str) -> None:
    assert explored("hardened", without=(switch,), **TWO).broken == {}
    assert explored("hardened", without=(switch,), **CRASH).broken == {}


def test_epochs_are_the_second_line_behind_the_guards() -> None:
    guards = ("guarded_transitions",)
    with_epochs = explored("hardened", without=guards, **CRASH)
    without = explored("hardened", without=(*guards, "fencing_epochs"), **CRASH)
    assert without.broken["I1"] > 2 * with_epochs.broken["I1"]


def test_no_protocol_of_this_kind_survives_a_lost_disk() -> None:
    """The promise never to begin an attempt goes with the disk."""
    result = explored("hardened", executors=2, crashes=1, lost_disks=True, lost_or_duplicated=1)
    assert set(result.broken) == {"I1", "I2", "I8"}


# The explorer itself


def test_a_counterexample_is_the_shortest_way() -> None:
    result = explored("hardened", without=("two_phase_handover",), executors=2)
    assert result.counterexamples["I1"].evidence == "2 copies run"
    assert result.counterexamples["I1"].steps == (
        "executor 0: initiate to 1",
        "executor 1: deliver request of attempt 0 from 0",
        "executor 1: end stage 0",
        "executor 0: deliver accept of attempt 0 from 1",
        "executor 0: end stage 0",
        "executor 1: deliver complete of attempt 0 from 0",
        "executor 0: time out",
        "executor 1: end stage 0",
    )


def test_a_manager_that_is_frozen_and_thawed_is_the_same() -> None:
    worlds = Worlds(configuration("as-implemented", executors=3, retries=1, lost_or_duplicated=1, crashes=1))
    executors = worlds.executors
    todo, seen = deque([worlds.begin()]), set()
    while len(executors.states) < 300:
        world = todo.popleft()
        if world not in seen:
            seen.add(world)
            todo += [step.after for step in worlds.steps(world)]
    for number, state in enumerate(list(executors.states)):
        manager = executors._thaw(0, state)
        again = executors._outcome(manager, state.up, state.reminder, state.late, state.timer)
        assert again.state == number


class Living(Executors):
    """Executors whose managers continue from step to step: nothing is frozen, thawed or cached."""

    def __init__(self, explored: Executors) -> None:
        super().__init__(explored.configuration)
        self.states, self.messages, self._numbers = explored.states, explored.messages, explored._numbers
        self._message_numbers = explored._message_numbers
        self._under_way: list[list[tuple[int, int, MigrationRecord | None]]] = [[] for _ in self._managers]

    def act(self, me: int, state: int, step: What) -> Outcome:
        manager = self._managers[me]
        held = (manager.active.get(ACTOR), manager.ended.get(ACTOR))
        pool, self._stages = list(self._under_way[me]), []
        for stage, of in self.states[state].stages:
            record = None if stage == EVALUATE else held[of]
            place = next(n for n, one in enumerate(pool) if (one[0], one[2]) == (stage, record) and one[1] in (of, -1))
            self._stages.append(pool.pop(place))
        if step[0] == "remind":
            held[0].awaited = 1  # the explorer may take any reminder for the last
        outcome = self._make(me, self.states[state], step)
        new = [(stage, -1, record) for stage, record in self._notes.stages]
        new += [(EVALUATE, self._number_of(request), None) for request in self._notes.evaluated]
        self._under_way[me] = self._stages + new
        return outcome

    def _thaw(self, me: int, frozen: Frozen) -> MigrationManager:
        self._notes.clear()
        return self._managers[me]


@pytest.mark.parametrize(
    ("profile", "kind"), [*((profile, "poll") for profile in PROFILES), ("hardened", "wheel"), ("hardened", "adaptive")]
)
def test_managers_that_are_not_frozen_take_the_steps_of_the_explorer(profile: str, kind: str) -> None:
    """The parts of a manager's state that the explorer omits have no influence on its steps."""
    faults = {"lost_or_duplicated": 2, "crashes": 1, "damaged": 1, "forged": 1}
    worlds = Worlds(configuration(profile, executors=3, retries=2, migrations=3, detector=DETECTORS[kind], **faults))
    chance = Random(1)
    for _ in range(50):
        living, world = Living(worlds.executors), worlds.begin()
        living._managers[0].runtime.settle(ACTOR, EMPTY)
        living.act(0, worlds.executors.begin(lives_here=True), ("initiate", 1, 0))
        for _ in range(80):
            steps = list(worlds.steps(world))
            if not steps:
                break
            step = chance.choice(steps)
            up = worlds.executors.states[world[step.executor]].up == UP
            if step.what[0] not in ("lose", "duplicate", "forge") and (up or step.what[0] == "restart"):
                outcome = living.act(step.executor, world[step.executor], step.what)
                assert outcome == worlds.executors.act(step.executor, world[step.executor], step.what)
            world = step.after


def test_an_exploration_without_faults_is_small_and_takes_the_rows_of_the_good_path() -> None:
    result = explored("as-designed", executors=2, cleanup=False)
    assert (State.TRANSFERRING, Event.ACK) in result.rows
    assert (State.COMPLETE, Event.CLEAN_UP) not in result.rows
    assert result.states < 100


def test_a_search_that_stops_early_says_so() -> None:
    result = explore(configuration("as-implemented", executors=2), most=100)
    assert not result.complete


def test_the_command_prints_states_rows_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--profile", "hardened", "--executors", "2", "--crashes", "1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("8996 states, 48757 steps, 20 of 20 rows of the table, ")
    assert out.endswith("no invariant is broken\n")


def test_the_command_prints_the_shortest_counterexample(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--executors", "2", "--without", "resume_on_failure", "--lazy", "--no-cleanup"]
    assert main(arguments) == 1
    out = capsys.readouterr().out
    assert "I2 is broken" in out
    assert "  1. executor 0: initiate to 1\n" in out
    assert main([*arguments, "--detector", "adaptive"]) == 1
    assert "I2 is broken" in capsys.readouterr().out
    assert main([*arguments, "--most", "10"]) == 1
    assert "stopped early" in capsys.readouterr().out

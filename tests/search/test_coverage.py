"""The coverage of a search, the events that it must reach, and the classes that it reports."""

from pathlib import Path

import pytest

from icnsim.protocol.states import Event, State, table
from icnsim.scenario import load, loads
from icnsim.search.classes import Classes, note, telling
from icnsim.search.coverage import Claims, Coverage
from icnsim.search.looking import Class
from icnsim.search.swarm import kinds_of
from tests.search.violations import observed, violation

ROOT = Path(__file__).parents[2]
TRACKED = "[requesting, checkpointing, transferring, restoring]"


def claims(profile: str, kinds: tuple[str, ...] | None = None, more: str = "") -> Claims:
    scenario = loads(f"name: x\nworkload: {{migrations: 1}}\nprotocol: {{profile: {profile}}}\n{more}")
    return Claims.of(scenario, kinds_of(scenario) if kinds is None else kinds)


@pytest.mark.parametrize("profile", ["as-implemented", "hardened"])
def test_every_step_of_the_table_is_claimed(profile: str) -> None:
    scenario = load(ROOT / "scenarios" / f"{profile}.yaml")
    assert set(Claims.of(scenario, kinds_of(scenario)).transitions) == set(table(scenario.protocol.switches))


def test_no_step_is_claimed_that_cannot_be() -> None:
    assert (State.TRANSFERRING, Event.TIME_OUT) not in claims("as-designed").transitions
    assert (State.TRANSFERRING, Event.TIME_OUT) in claims(
        "as-designed", more=f"manager: {{tracked_states: {TRACKED}}}"
    ).transitions
    assert not {event for _, event in claims("hardened", ("loss",)).transitions} & {Event.RECOVER}
    events = {event for _, event in claims("as-implemented", more="manager: {enabled: false}").transitions}
    assert not events & {Event.TIME_OUT, Event.CLEAN_UP}


def test_no_hazard_is_claimed_whose_beginning_the_profile_removes() -> None:
    assert set(claims("as-implemented").hazards) == {*range(1, 20), 21, 22} - {16}
    assert 16 in claims("as-designed").hazards
    assert not set(claims("hardened").hazards) & {1, 5, 8, 14, 11}
    assert 7 not in claims("as-designed").hazards


def test_where_every_final_checkpoint_is_refused_nothing_is_claimed_that_follows_a_restored_actor() -> None:
    committed = claims("as-committed", ("crash",))
    assert {23, 24, 8} <= set(committed.hazards)
    assert not set(committed.hazards) & {5, 11, 12}
    assert not {event for _, event in committed.transitions} & {Event.COMPLETE, Event.RESTORE}
    assert (State.RESTORING, Event.RESTORE) in claims("as-committed", ("forge",)).transitions


def test_no_hazard_is_claimed_without_its_kind_of_fault() -> None:
    assert not set(claims("as-implemented", ("loss",)).hazards) & {12, 13, 15, 21}
    assert 13 in claims("as-implemented", ("crash-volatile",)).hazards


def test_what_was_never_reached_is_told() -> None:
    wanted, reached = claims("as-designed", ("loss", "forge")), Coverage()
    every = {step: 1 for step in wanted.transitions if step != (State.REQUESTING, Event.REJECT)}
    hazards = {number: 1 for number in wanted.hazards if number != 21}
    reached.add(observed(transitions=every, hazards=hazards, faults={"loss": 3}), 10)
    assert list(wanted.never(reached)) == [
        "the step reject of a record in requesting",
        "a fault of kind forge that took effect",
        "the first event of hazard 21 (forged Accept)",
    ]


def test_what_two_workers_have_reached_is_the_sum() -> None:
    one, other, both = Coverage(), Coverage(), Coverage()
    first, second = observed(faults={"loss": 1}, hazards={2: 1}), observed(faults={"loss": 2, "crash": 1})
    one.add(first, 5)
    other.add(second, 7)
    one.merge(other)
    both.add(first, 5)
    both.add(second, 7)
    assert one == both
    assert (one.runs, one.events, one.faults["loss"]) == (2, 12, 3)


def test_a_class_is_told_of_where_no_smaller_one_tells_the_same() -> None:
    classes: Classes = {}
    sets = [(), (2,), (3, 4), (2, 3), (2, 3, 4), (2, 9)]
    for run, hazards in enumerate(sets, 1):
        which = Class("I1", hazards)
        note(classes, run, {which: violation(hazards=hazards)})
    note(classes, 9, {Class("I1", (2,)): violation(hazards=(2,)), Class("I2", (2, 3)): violation("I2", (2, 3))})
    told = [(which.invariant, which.hazards) for which in telling(classes)]
    assert told == [("I1", ()), ("I1", (2,)), ("I1", (2, 3)), ("I1", (2, 9)), ("I1", (3, 4)), ("I2", (2, 3))]
    assert classes[Class("I1", (2,))].first.run == 2 and classes[Class("I1", (2,))].runs == 2
    assert Class("I1", ()).label == "I1-hazards-none" and Class("I1", (2, 9)).label == "I1-hazards-2-9"

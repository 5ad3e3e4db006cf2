"""The canonical order: a recording whose parts were listed in another order gives the same results."""

from dataclasses import fields, replace

import numpy as np
import pytest

from icnsim.recording import arrow
from icnsim.recording.canonical import canonical
from icnsim.recording.columns import Recording
from icnsim.recording.integers import Column
from icnsim.recording.records import Records
from icnsim.recording.summary import summarise
from icnsim.recording.violations import INVARIANTS, Observed, Violation
from icnsim.simulation import simulate
from tests.recording.builder import recording as recording_of
from tests.reference.generator import generated


def shuffled(recording: Recording, seed: int) -> Recording:
    """The same recording with records, ticks, messages, reasons and counts in another order."""
    draw = np.random.default_rng(seed)

    def mixed(table: dict[str, Column]) -> dict[str, Column]:
        order = draw.permutation(len(next(iter(table.values()))))
        return {name: column[order] for name, column in table.items()}

    records = recording.records
    rows = mixed({field.name: getattr(records, field.name) for field in fields(records)})
    reasons = ["of no attempt", *reversed(recording.reasons)]
    code_of = np.array([reasons.index(reason) for reason in recording.reasons])
    log, observed = recording.message_log, recording.observed
    return replace(
        recording,
        attempts={**recording.attempts, "reason": code_of[recording.attempts["reason"]].astype(np.int16)},
        reasons=tuple(reasons),
        records=Records(**rows),
        ticks=mixed(dict(recording.ticks)),
        skipped=recording.skipped[::-1],
        message_log=None if log is None else mixed(dict(log)),
        recoveries=mixed(dict(recording.recoveries)),
        observed=replace(observed, violations=observed.violations[::-1]),
        ignored=dict(reversed(recording.ignored.items())),
        absent=dict(reversed(recording.absent.items())),
        actor_messages=dict(reversed(recording.actor_messages.items())),
    )


@pytest.mark.parametrize("seed", range(0, 240, 40))
def test_results_do_not_depend_on_the_order_in_which_an_engine_lists_them(seed: int) -> None:
    scenario = generated(seed, {"record.messages": True})
    recording = simulate(scenario)
    other = canonical(shuffled(recording, seed))
    # Of equal keys of an object, JSON keeps the order: it must be the same, too.
    assert repr(summarise(other, scenario)) == repr(summarise(recording, scenario))
    for name in arrow.tables(recording, scenario):
        assert arrow.table(name, other, scenario) == arrow.table(name, recording, scenario), name


@pytest.mark.parametrize("differs", ["sent", "attempt", "kind", "sender", "receiver", "arrives", "task", "state_bytes"])
def test_messages_are_in_the_order_of_every_column(differs: str) -> None:
    names = ("sent", "attempt", "kind", "sender", "receiver", "arrives", "task", "state_bytes")
    log = {name: np.array([3, 1, 2] if name == differs else [5, 5, 5]) for name in names}
    found = canonical(recording_of(message_log=log)).message_log
    assert found is not None
    assert found[differs].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ("ticks", ("at", "executor")),
        ("firings", ("at", "executor")),
        ("recoveries", ("crashed", "actor", "executor", "restarted", "sequence")),
    ],
)
def test_ticks_firings_and_recoveries_are_in_the_order_of_every_column(table: str, names: tuple[str, ...]) -> None:
    for differs in names:
        rows = {name: np.array([3, 1, 2] if name == differs else [5, 5, 5]) for name in names}
        found = canonical(replace(recording_of(), **{table: rows}))  # type: ignore[arg-type]
        assert getattr(found, table)[differs].tolist() == [1, 2, 3]


@pytest.mark.parametrize("differs", ["at", "invariant", "actor", "executor", "attempt"])
def test_violations_are_in_the_order_of_time_invariant_actor_executor_and_attempt(differs: str) -> None:
    places = dict.fromkeys(("at", "invariant", "actor", "executor", "attempt"), 1)
    found = [
        Violation(INVARIANTS[it["invariant"]], it["at"], it["actor"], it["executor"], it["attempt"], "", (), ())
        for it in ({**places, differs: place} for place in (3, 1, 2))
    ]
    observed = Observed(tuple(found), {}, {}, {}, {}, {})
    ordered = canonical(recording_of(observed=observed)).observed.violations
    assert ordered == (found[1], found[2], found[0])


def test_reasons_of_no_attempt_are_left_out_and_the_others_are_in_alphabetical_order() -> None:
    attempts = [{"reason": code} for code in (3, 1, 0, 3)]
    found = canonical(recording_of(attempts, reasons=("", "b", "of no attempt", "a")))
    assert found.reasons == ("", "a", "b")
    assert found.attempts["reason"].tolist() == [1, 2, 0, 1]
    assert found.attempts["reason"].dtype == np.int64
    narrow = recording_of(attempts, reasons=("", "b", "of no attempt", "a"))
    narrow = replace(narrow, attempts={**narrow.attempts, "reason": narrow.attempts["reason"].astype(np.int16)})
    assert canonical(narrow).attempts["reason"].dtype == np.int16


def test_ordered_parts_are_not_copied() -> None:
    recording = simulate(generated(0))
    again = canonical(recording)
    assert all(again.ticks[name] is column for name, column in recording.ticks.items())
    assert again.attempts is recording.attempts

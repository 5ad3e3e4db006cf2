"""Migrations of WASM actors: the pause of the actor, the pages that are sent, the cost of a crash in between."""

from typing import Any

import pytest

from icnsim.protocol.wasm import PAGE
from icnsim.recording import arrow
from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

S = 1_000_000
WASM = """
name: wasm
executors: [{group: n, count: 2}]
actors: {count: 2, state_size: 64MiB, mode: {wasm_stateful: {max_state_size: 1GiB, dirty_rate: 40/s}}}
network: {latency: 100ms, bandwidth: 6.25MiB/s, gossip: {messages: []}}
stages: {evaluation: 0s, checkpoint: 50ms, restore: 200ms}
manager: {timeout: 5min}
workload: {migrations: 1, arrivals: {process: periodic, rate: 1/s}}
record: {messages: true, timeline: null}
"""
MODE = "actors.mode.wasm_stateful."


def made(mode: str, **changes: object) -> Scenario:
    keys = {name.replace("__", "."): value for name, value in changes.items()}
    return loads(WASM, overrides={MODE + "migration": mode, **keys})


def times(run: Recording) -> dict[str, float]:
    return {
        name: int(run.attempts[name][0]) / S
        for name in ("accepted", "checkpointed", "transferred", "restored", "downtime")
        if run.attempts[name][0] >= 0
    }


# 1,024 pages of 10 ms. The Request carries all of them: 10.24 s; Accept is there at 10.44 s.


def test_stop_and_copy_pauses_the_actor_for_all_pages() -> None:
    found = times(simulate(made("stop-and-copy")))
    assert found == {
        "accepted": 10.44, "checkpointed": 10.49, "transferred": 20.83, "restored": 21.03, "downtime": 10.59
    }  # fmt: skip


def test_pre_copy_pauses_the_actor_for_the_pages_left_after_its_rounds() -> None:
    """1,024, 410, 164 and 66 pages take 16.64 s while it runs; 26 are left, 0.26 s."""
    run = simulate(made("pre-copy"))
    assert times(run) == pytest.approx(
        {"accepted": 10.44, "checkpointed": 27.13, "transferred": 27.49, "restored": 27.69, "downtime": 0.61}
    )
    assert run.memories is not None
    assert {name: int(column[0]) for name, column in run.memories.items()} == {
        "attempt": 0, "pages": 1024, "rounds": 4, "live_pages": 1664, "live": 16_640_000, "final_pages": 26,
        "post_pages": 0, "post": 0, "lost": 0,
    }  # fmt: skip


def test_post_copy_pauses_the_actor_for_one_page_and_the_others_follow() -> None:
    run = simulate(made("post-copy"))
    assert times(run)["downtime"] == pytest.approx(0.05 + 0.1 + 0.01 + 0.2)
    assert run.memories is not None
    assert (int(run.memories["post_pages"][0]), int(run.memories["post"][0])) == (1023, 10_230_000)


@pytest.mark.parametrize(("mode", "pages"), [("stop-and-copy", 1024), ("pre-copy", 26), ("post-copy", 1)])
def test_the_final_checkpoint_carries_the_remaining_pages(mode: str, pages: int) -> None:
    run = simulate(made(mode))
    assert run.message_log is not None
    assert run.message_log["state_bytes"].tolist()[2] == pages * PAGE


@pytest.mark.parametrize("mode", ["stop-and-copy", "pre-copy", "post-copy"])
def test_the_prediction_equals_the_simulation(mode: str) -> None:
    """Nothing is random but the actor: to the microsecond."""
    scenario = made(mode)
    found, predicted = summarise(simulate(scenario), scenario), predict(scenario)
    assert predicted["downtime.mean"].value == pytest.approx(found["downtime"]["mean"], abs=1e-6)
    for name in ("rounds", "final_pages", "live_copy", "total", "post_copy"):
        assert predicted[f"wasm.{name}.mean"].value == pytest.approx(found["wasm"][name]["mean"], abs=1e-6)
    assert found["wasm"]["copied"] == 1
    assert found["wasm"]["pages_sent"] == {"stop-and-copy": 1024, "pre-copy": 1690, "post-copy": 1024}[mode]


def test_an_actor_runs_while_it_is_copied_and_after_a_timeout_in_that_time() -> None:
    """Checkpointing is tracked and lasts for longer than 5 s: the source gives up at a tick, and it has not paused."""
    tracked = {"manager__tracked_states": ["checkpointing"], "manager__timeout": "5s", "manager__phase": "aligned",
               "manager__check_interval": "3s"}  # fmt: skip
    run = simulate(made("pre-copy", **tracked))
    assert run.attempts["failed"][0] == 18 * S and run.attempts["downtime"][0] == -1
    assert run.absent["nowhere_s"] == 0
    assert run.memories is not None and len(run.memories["attempt"]) == 0
    assert run.attempts["checkpointed"][0] == -1


def test_an_attempt_that_times_out_before_its_final_checkpoint_is_made_has_copied_nothing() -> None:
    """Accepted at 10.44 s; it is paused for a checkpoint that takes 20 s, and found late at a tick at 18 s."""
    tracked = {"manager__tracked_states": ["checkpointing"], "manager__timeout": "5s", "manager__phase": "aligned",
               "manager__check_interval": "3s", "stages__checkpoint": "20s"}  # fmt: skip
    scenario = made("stop-and-copy", **tracked)
    run = simulate(scenario)
    assert run.attempts["failed"][0] == 18 * S and run.attempts["downtime"][0] == 7_560_000
    assert run.memories is not None and len(run.memories["attempt"]) == 0
    assert summarise(run, scenario)["wasm"]["pages_sent"] == 0


@pytest.mark.parametrize("profile", ["as-implemented", "as-designed", "hardened"])
def test_copying_does_not_start_a_second_copy(profile: str) -> None:
    scenario = loads(WASM, overrides={
        MODE + "migration": "pre-copy", "protocol.profile": profile, "actors.count": 20, "workload.migrations": 30,
        "executors": [{"group": "n", "count": 4}], "manager.tracked_states": ["requesting"],
    })  # fmt: skip
    run = simulate(scenario)
    assert run.observed.counts["I1"] == run.observed.counts["I2"] == 0
    assert run.memories is not None and len(run.memories["attempt"]) == int((run.attempts["restored"] >= 0).sum()) >= 20


@pytest.mark.parametrize(("crash", "at_risk"), [("12s", 1), ("21s", 0)])
def test_a_source_that_crashes_while_pages_follow_puts_its_actor_at_risk(crash: str, at_risk: int) -> None:
    """The actor runs at the target from 10.8 s on, and has all of its pages at 21.03 s."""
    faults = [{"kind": "crash", "executors": "*", "at": crash, "restart_after": "1s"}]
    late = made("post-copy", faults=faults if at_risk else [{**faults[0], "at": "21.1s"}])
    assert summarise(simulate(late), late)["wasm"]["at_risk"] == at_risk


def disturbed(mode: str, *faults: dict[str, object], **changes: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of `wasm` and the only row of its table; n-* are both affected, because either may be the source."""
    scenario = made(mode, faults=[{"executors": "*", **fault} for fault in faults], **changes)
    run = simulate(scenario)
    table = arrow.table("wasm", run, scenario)
    assert table is not None
    (row,) = table.to_pylist()
    return summarise(run, scenario)["wasm"], row


PAUSE = {"kind": "pause", "for": "5s"}
SLOW = {"kind": "slow", "for": "8s", "factor": 4}


@pytest.mark.parametrize(("fault", "longer"), [(PAUSE, 5), (SLOW, 6)])
def test_rounds_of_copies_take_longer_if_the_source_is_paused_or_slow(fault: dict[str, object], longer: float) -> None:
    """The rounds take 16.64 s from 10.44 s on."""
    figures, row = disturbed("pre-copy", {**fault, "at": "12s"})
    assert figures["live_copy"]["mean"] == row["live_copy_s"] == pytest.approx(16.64 + longer)
    assert figures["total"]["mean"] == row["total_s"] == pytest.approx(17.25 + longer)


@pytest.mark.parametrize(("fault", "longer"), [(PAUSE, 5), (SLOW, 6)])
def test_pages_that_follow_take_longer_if_the_source_is_paused_or_slow(fault: dict[str, object], longer: float) -> None:
    """The actor runs at the target from 10.8 s on, and 10.23 s later it has all of its pages."""
    figures, row = disturbed("post-copy", {**fault, "at": "12s"})
    assert figures["post_copy"]["mean"] == row["post_copy_s"] == pytest.approx(10.23 + longer)
    assert figures["total"]["mean"] == row["total_s"] == pytest.approx(10.59 + longer)


def test_pages_that_have_not_come_at_the_end_have_no_total() -> None:
    figures, _ = disturbed("post-copy", {**PAUSE, "at": "12s", "for": "1h"}, drain="25s")
    assert (figures["total"]["count"], figures["total"]["censored"]) == (0, 1)


def test_pages_that_a_crash_has_lost_never_come() -> None:
    figures, row = disturbed("post-copy", {"kind": "crash", "at": "12s", "restart_after": "1s"})
    assert (row["total_s"], row["post_copy_s"]) == (None, pytest.approx(1.2))
    assert (figures["total"]["count"], figures["total"]["censored"], figures["at_risk"]) == (0, 1, 1)
    late, row = disturbed("post-copy", {**PAUSE, "at": "12s"}, {"kind": "crash", "at": "22s", "restart_after": "1s"})
    assert (row["total_s"], late["at_risk"]) == (None, 1)  # without the pause it had all pages at 21.03 s


def test_incremental_checkpoints_take_the_time_of_the_written_pages() -> None:
    """Each minute 40/s write all of a working set of 100 pages; a page takes 100 ms to store."""
    costs = {
        "checkpoints__bandwidth": "640KiB/s",
        "duration": "10min",
        "drain": "1s",
        "workload__arrivals__rate": "0.01/s",
    }
    full = made(
        "stop-and-copy", **costs, **{MODE.replace(".", "__") + "checkpoints": "full", "actors__state_size": "16MiB"}
    )
    working = {
        MODE.replace(".", "__") + "working_set": "6400KiB",
        MODE.replace(".", "__") + "checkpoints": "incremental",
    }
    part = made("stop-and-copy", **costs, **working, actors__state_size="16MiB")
    stood = [summarise(simulate(each), each)["work"]["checkpoint_s"] for each in (full, part)]
    assert stood[0] / stood[1] == pytest.approx(256 / 100, rel=0.02)


def test_sizes_are_whole_pages_and_the_table_is_as_declared() -> None:
    scenario = made("pre-copy", actors__state_size="1kB")
    run = simulate(scenario)
    assert run.attempts["state_bytes"].tolist() == [PAGE]
    table = arrow.table("wasm", run, scenario)
    assert table is not None
    (row,) = table.to_pylist()
    assert (row["attempt_id"], row["pages"], row["rounds"], row["live_copy_s"]) == (0, 1, 1, 0.01)


@pytest.mark.parametrize(
    ("mode", "pages", "downtime", "total"),
    [("stop-and-copy", 1024, 10.59, 10.59), ("pre-copy", 1690, 0.61, 17.25), ("post-copy", 1024, 0.36, 10.59)],
)
def test_a_row_has_the_sent_pages_and_the_durations(mode: str, pages: int, downtime: float, total: float) -> None:
    scenario = made(mode)
    table = arrow.table("wasm", simulate(scenario), scenario)
    assert table is not None
    (row,) = table.to_pylist()
    assert row["bytes_sent"] == pages * PAGE
    assert (row["downtime_s"], row["total_s"]) == pytest.approx((downtime, total))


def test_a_migration_that_the_end_cuts_off_has_no_total() -> None:
    """Its final checkpoint, made at 10.49 s, would arrive at 20.83 s."""
    scenario = made("stop-and-copy", drain="12s")
    run = simulate(scenario)
    table = arrow.table("wasm", run, scenario)
    assert table is not None
    (row,) = table.to_pylist()
    assert (row["bytes_sent"], row["total_s"]) == (1024 * PAGE, None)
    total = summarise(run, scenario)["wasm"]["total"]
    waited = (run.horizon - int(run.attempts["accepted"][0])) / S
    assert (total["count"], total["censored"]) == (0, 1)
    assert total["restricted_mean"] == {"value": waited, "horizon_s": waited}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"actors__state_size": {"distribution": "uniform", "low": "1MiB", "high": "2MiB"}}, "one size"),
        ({"network__loss": 0.1}, "lost"),
        ({"network__gossip__messages": ["complete"]}, "way"),
        ({"executors": [{"group": "n", "count": 2, "behavior": "slow", "slowdown": 2}]}, "fast"),
        ({"executors": [{"group": "n", "count": 2, "behavior": "rejecting"}]}, "no target accepts"),
        ({"manager__tracked_states": ["checkpointing"], "manager__timeout": "16s"}, "timeout"),
        ({"manager__overrides": [{"actors": "*", "timeout": "16s"}]}, "timeouts"),
        ({"manager__adjustments": [{"at": "1s", "timeout": "16s"}]}, "timeouts"),
        ({"executors": [{"group": "n", "count": 2, "capacity": {"memory": "1MiB"}}]}, "no target accepts"),
        (
            {
                "executors": [
                    {"group": "n", "count": 2, "weight": 0},
                    {"group": "m", "count": 2, "hosts_actors": False, "parts": ["migration_manager", "policy"]},
                ]
            },
            "no target accepts",
        ),
        ({"drain": "27.6s"}, "drain"),  # it runs at the target 27.69 s after its Request
    ],
)
def test_a_broken_assumption_is_reported(changes: dict[str, object], reason: str) -> None:
    assert predict(made("pre-copy"))["wasm.total.mean"].value == 17.25
    prediction = predict(made("pre-copy", **changes))["wasm.total.mean"]
    assert prediction.value is None and prediction.reason is not None and reason in prediction.reason

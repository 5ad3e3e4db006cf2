"""Timeouts that grow with the size of an actor's state: exact times of detection."""

import pytest

from icnsim.errors import ScenarioError
from icnsim.protocol.states import State
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.scenario.resolved import to_yaml
from icnsim.scenario.timeouts import SizedTimeout, read_timeout
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict
from tests.simulation.mixed import mixed
from tests.simulation.small import BASE, S, simulated
from tests.simulation.submitted import stateful

SILENT = {
    "executors": [{"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive"}],
    "drain": "20min", "actors.state_size": "4MiB", "record.messages": False,
}  # fmt: skip
TIMER = {"manager.detector": {"kind": "deadline"}}


def found(timeout: object, **changes: object) -> tuple[float, float]:
    """The deadline of a Request that is never answered, and the time of its failure, s."""
    run = simulated(SILENT | {"manager.timeout": timeout} | changes)
    assert run.observed.counts["I6"] == 0
    return int(run.attempts["deadline"][0]) / S, int(run.attempts["failed"][0]) / S


@pytest.mark.parametrize(
    ("timeout", "size", "ms"),
    [
        ("10s + 2s/MiB", 4 << 20, 18_000), ("10s + 2s/MiB", 0, 10_000),
        ("10s + 1000d/B", 1 << 30, 100 * 365 * 86_400_000), ("10s + 2s/MiB", (1 << 20) + 1, 12_001),
        ("10s+2ms/kB", 1500, 10_003), ("10s + 1us/B", 1, 10_001), ("1ms + 0s/GiB", 1 << 40, 1),
    ],
)  # fmt: skip
def test_the_part_by_size_is_rounded_up_to_whole_ms(timeout: str, size: int, ms: int) -> None:
    read = read_timeout(timeout)
    assert isinstance(read, SizedTimeout) and read.ms(size) == ms


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("10s + 2s", "the part after the + is a duration per size"), ("10s + 2/MiB", "units: us, ms"),
        ("10s + 2s/MB2", "sizes: B, kB"), ("0s + 2s/MiB", "above 0"), ("10s + 2s/MiB + 1s", "sizes: B, kB"),
        ("+ 2s/MiB", "such as 30s"), (5, "the number has no unit"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("key", ["manager.timeout", "manager.timeout.requesting", "manager.overrides"])
def test_a_wrong_timeout_is_refused_with_an_example(key: str, written: object, expected: str) -> None:
    overrides = {key: [{"actors": "*", "timeout": written}] if key.endswith("overrides") else written}
    with pytest.raises(ScenarioError) as caught:
        loads(BASE, overrides=overrides)
    assert expected in str(caught.value)
    assert isinstance(written, int) or "10s + 2s/MiB" in str(caught.value)


def test_a_resolved_scenario_has_it_in_the_same_form() -> None:
    scenario = loads(BASE, overrides={"manager.timeout": {"requesting": "1min", "transferring": "10s + 2s/MiB"}})
    text = to_yaml(scenario)
    assert 'transferring: "10s + 2s/MiB"' in text and to_yaml(loads(text)) == text


@pytest.mark.parametrize(("detector", "failed"), [({}, 30), (TIMER, 18.001)])
def test_it_is_that_of_the_actor_s_state(detector: dict[str, object], failed: float) -> None:
    assert found("10s + 2s/MiB", **detector) == (18, failed)


def test_it_may_be_of_one_state_alone() -> None:
    assert found({"requesting": "20s + 1s/MiB"}, **TIMER) == (24, 24.001)
    assert found({"transferring": "20s + 1s/MiB"}, **TIMER) == (60, 60.001)


def test_an_override_and_an_adjustment_may_have_it() -> None:
    own = {"manager.overrides": [{"min_state_size": "1MiB", "timeout": "8s + 3s/MiB"}]}
    assert found("1min", **own, **TIMER) == (20, 20.001)
    assert found("10s + 2s/MiB", **{"manager.overrides": [{"actors": "*", "retention": "1min"}]}, **TIMER) == (
        18,
        18.001,
    )
    later = {"manager.adjustments": [{"at": "30s", "timeout": "8s + 10s/MiB"}]}
    assert found("1min", **later, **TIMER) == (48, 48.001)
    lower = {"manager.adjustments": [{"at": "30s", "timeout": "8s + 1s/MiB"}]}
    assert found("1min", **lower, **TIMER) == (30, 30)
    plain = {"manager.adjustments": [{"at": "10s", "timeout": "20s"}]}
    assert found("10s + 10s/MiB", **plain, **TIMER) == (20, 20.001)


def test_actors_of_different_sizes_have_different_timeouts() -> None:
    sizes = {"distribution": "uniform", "low": "1MiB", "high": "9MiB"}
    changes = {
        "actors.state_size": sizes,
        "actors.count": 60,
        "workload.migrations": 60,
        "manager.timeout": "10s + 2s/MiB",
    }
    run = simulated(SILENT | changes | TIMER)
    a = run.attempts
    timeouts = (a["deadline"] - a["requested"]) // 1000
    assert timeouts.tolist() == [SizedTimeout(10 * S, 2 * S, "MiB").ms(size) for size in a["state_bytes"].tolist()]
    assert (a["failed"] // 1000 == a["requested"] // 1000 + timeouts + 1).all()
    assert run.observed.counts["I6"] == 0


def test_a_closed_form_holds_for_one_size_and_is_withheld_for_several() -> None:
    one = loads(BASE, overrides=SILENT | {"manager.timeout": "10s + 2s/MiB"})
    same = loads(BASE, overrides=SILENT | {"manager.timeout": "18s"})
    assert one.timeouts_ms == {State.REQUESTING: 18_000} and predict(one) == predict(same)
    of_one, of_same = simulate(one), simulate(same)
    assert summarise(of_one, one) == summarise(of_same, same)
    sizes = {"actors.state_size": {"distribution": "exponential", "mean": "4MiB"}}
    several = predict(loads(BASE, overrides=SILENT | sizes | {"manager.timeout": "10s + 2s/MiB"}))
    assert several["detection_latency.mean"].value is None
    assert several["manager.ticks"].value is not None


def test_the_size_of_a_submitted_task_is_not_known() -> None:
    assert mixed([stateful()], [(20, "task-0", "run-0")]).migrates
    with pytest.raises(ScenarioError, match="the size of a submitted task's state changes while it runs"):
        mixed([stateful()], [(20, "task-0", "run-0")], {"manager.timeout": "10s + 2s/MiB"})

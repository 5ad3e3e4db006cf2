"""The supervisor's changes for some actors and at run time: tracked states, retries, and by the size of the state.

The managers tick at each second. A request fails 11 s after it was sent, and a retry follows a second later.
"""

from icnsim.columns import engine as columns
from icnsim.recording.columns import Recording
from icnsim.scenario import Scenario, loads
from icnsim.simulation import simulate
from tests.simulation.small import BASE, S

EXECUTORS = [
    {"group": "a", "count": 1}, {"group": "b", "count": 1, "behavior": "unresponsive", "hosts_actors": False}
]  # fmt: skip
SILENT: dict[str, object] = {
    "executors": EXECUTORS, "manager.check_interval": "1s", "manager.timeout": "10s", "drain": "5min"
}  # fmt: skip
TWO: dict[str, object] = {"actors.count": 2, "workload.migrations": 2}
SIZES: dict[str, object] = {
    "actors.count": 40, "actors.state_size": {"distribution": "uniform", "low": "1MiB", "high": "9MiB"},
    "workload.migrations": 40, "workload.arrivals.rate": "10/s",
}  # fmt: skip


def made(*changes: dict[str, object]) -> Scenario:
    together = dict(SILENT)
    for each in changes:
        together |= each
    return loads(BASE, overrides=together)


def run(*changes: dict[str, object]) -> Recording:
    return simulate(made(*changes))


def override(**own: object) -> dict[str, object]:
    return {"manager.overrides": [{"actors": "actor-1", **own}]}


def adjustment(at: str, **own: object) -> dict[str, object]:
    return {"manager.adjustments": [{"at": at, **own}]}


def requests(found: Recording) -> dict[int, list[float]]:
    """For each actor the times of its requests, s."""
    pairs = list(zip(found.attempts["actor"].tolist(), (found.attempts["requested"] / S).tolist()))
    return {actor: [at for of, at in pairs if of == actor] for actor, _ in sorted(pairs)}


def failed(found: Recording) -> float | None:
    """The time at which the only attempt failed, s; None if it did not."""
    (at,) = found.attempts["failed"].tolist()
    return None if at < 0 else at / S


# tracked states


def test_an_actor_has_its_own_tracked_states() -> None:
    """The manager tracks no state; the override tracks Requesting, with the manager's timeout of that state."""
    found = run(TWO, {"manager.tracked_states": []}, override(tracked_states=["requesting"]))
    took = ((found.attempts["failed"] - found.attempts["requested"]) / S).tolist()
    assert [time for actor, time in zip(found.attempts["actor"].tolist(), took) if actor == 1] == [11]
    assert sum(found.attempts["failed"] < 0) == 1  # actor 0: nothing ever ends its record, which breaks I6
    assert found.observed.counts["I6"] == 1


def test_an_override_may_track_fewer_states() -> None:
    assert failed(run({"manager.overrides": [{"actors": "*", "tracked_states": ["restoring"]}]})) is None


def test_a_state_that_is_tracked_from_an_adjustment_on_is_detected_from_then_on() -> None:
    none = {"manager.tracked_states": []}
    assert failed(run(none, adjustment("20s", tracked_states=["requesting"]))) == 20
    assert failed(run(none, adjustment("5s", tracked_states=["requesting"]))) == 11


def test_a_state_that_is_no_longer_tracked_does_not_time_out() -> None:
    assert failed(run(adjustment("5s", tracked_states=[]))) is None


# the size of the state


def test_an_override_selects_actors_by_the_size_of_their_state_and_by_name() -> None:
    own = {"manager.overrides": [{"actors": "actor-?", "min_state_size": "5MiB", "timeout": "20s"}]}
    found = run(SIZES, own)
    took = (found.attempts["failed"] - found.attempts["requested"]) / S
    large = (found.attempts["state_bytes"] >= 5 * 2**20) & (found.attempts["actor"] < 10)
    assert 0 < large.sum() < len(large)
    assert (took[large] > 20).all() and (took[~large] < 12).all()


def test_the_columnar_engine_takes_overrides_by_size_and_of_tracked_states() -> None:
    scenario = made(SIZES, {"manager.overrides": [{"min_state_size": "5MiB", "tracked_states": []}]})
    first, second = simulate(scenario), columns.simulate(scenario).recording
    assert first.attempts["failed"].tolist() == second.attempts["failed"].tolist()
    assert {at < 0 for at in first.attempts["failed"].tolist()} == {True, False}


# retries


def test_an_actor_has_its_own_retries() -> None:
    """They follow 3 s and 6 s after the failures."""
    found = run(TWO, override(retry={"max_retries": 2, "backoff": {"base": "3s"}}))
    times = requests(found)
    assert len(times[0]) == 1
    assert [at - times[1][0] for at in times[1]] == [0, 14, 31]
    assert found.observed.counts["I7"] == 0


def test_an_override_may_forbid_retries() -> None:
    own = {"retry.max_retries": 3, "manager.overrides": [{"actors": "*", "retry": {"max_retries": 0}}]}
    assert requests(run(own)) == {0: [0]}


def test_adjusted_retries_apply_to_the_failures_after_the_adjustment() -> None:
    """With one retry the failures are at 11 s and 23 s. A failure after the adjustment is retried after 5 s."""
    one, more = {"retry.max_retries": 1}, {"max_retries": 3, "backoff": {"base": "5s", "factor": 1}}
    assert requests(run(one)) == {0: [0, 12]}
    assert requests(run(one, adjustment("20s", retry=more))) == {0: [0, 12, 28, 44]}
    assert requests(run(one, adjustment("24s", retry=more))) == {0: [0, 12]}
    fewer = run({"retry.max_retries": 3}, adjustment("11500ms", retry={"max_retries": 1}))
    assert requests(fewer) == {0: [0, 12]}
    assert fewer.observed.counts["I7"] == 0


def test_an_override_of_retries_takes_precedence_over_an_adjustment() -> None:
    own = {"manager.overrides": [{"actors": "*", "retry": {"max_retries": 1}}]}
    later = adjustment("1s", retry={"max_retries": 3, "backoff": {"base": "2s"}})
    assert requests(run(own, later)) == {0: [0, 13]}

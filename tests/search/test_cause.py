"""After which event a violation could not be avoided, with branches that are made up."""

import pytest

from icnsim.recording.progress import Budget
from icnsim.recording.violations import Moment, Observed
from icnsim.scenario import Scenario, loads
from icnsim.search.cause import Cause, branched, cause, document
from icnsim.search.looking import look
from icnsim.simulation.branch import Branch
from tests.search.violations import S, observed, violation

SCENARIO = loads("name: x\nworkload: {migrations: 1}\n")
TRAIL = [Moment(at * S, what, 0, 1, 0) for at, what in ((1, "send request"), (2, "run"), (2, "pause"), (5, "crash"))]
BROKEN = violation(trail=TRAIL)


def found(sure_from: int, also_at: int | None = None) -> Cause:
    """Branches after the instant `sure_from`, s, all violate; so does every second one of those at `also_at`."""

    def run(_: Scenario, branch: Branch) -> Observed | None:
        sure = branch.at > sure_from * S
        sometimes = also_at is not None and branch.at == also_at * S + 1 and branch.seed % 2
        return observed(BROKEN) if sure or sometimes else observed()

    return cause(SCENARIO, BROKEN, run, branches=4)


def test_the_first_event_from_which_on_all_branches_violate_is_told() -> None:
    assert found(5).unavoidable_after == 3
    assert document(found(5), ["a", "b"])["unavoidable_after"] == {"at_s": 5.0, "event": "crash", "executor": "a"}


def test_of_events_at_one_instant_it_is_the_last() -> None:
    assert found(2).unavoidable_after == 2


def test_what_is_so_from_the_start_and_what_never_is_are_told_apart() -> None:
    assert found(-1).unavoidable_after == -1
    assert document(found(-1), ["a"])["unavoidable_from_start"]
    assert found(9).unavoidable_after is None
    assert document(found(9), ["a"])["unavoidable_after"] is None


def test_a_moment_at_which_only_some_violate_is_no_cause() -> None:
    half = found(5, also_at=2)
    assert half.unavoidable_after == 3
    assert 0 < half.chances[1].violated < 4


def test_each_instant_is_branched_once_right_after_it_with_the_same_other_seeds() -> None:
    branches: list[Branch] = []

    def run(_: Scenario, branch: Branch) -> Observed | None:
        branches.append(branch)
        return None

    assert cause(SCENARIO, BROKEN, run, branches=2).unavoidable_after is None
    assert [branch.at for branch in branches] == [1_000_001] * 2 + [2_000_001] * 2 + [5_000_001] * 2 + [0] * 2
    assert len({branch.seed for branch in branches}) == 2
    assert SCENARIO.seed not in {branch.seed for branch in branches}


@pytest.mark.parametrize("other", [violation("I2", trail=TRAIL), violation(trail=TRAIL, actor=1)])
def test_only_the_same_invariant_of_the_same_actor_counts(other: object) -> None:
    came = cause(SCENARIO, BROKEN, lambda _, __: observed(other), branches=2)  # type: ignore[arg-type]
    assert came.from_start == 0


def test_a_lost_complete_is_the_cause_of_an_actor_that_runs_nowhere() -> None:
    plain = {
        "name": "lost", "drain": "5min", "executors": ({"group": "node", "count": 2},), "actors": {"count": 1},
        "protocol": {"profile": "as-implemented"}, "workload": {"migrations": 1}, "network": {"loss": 0.4},
        "record": {"timeline": None},
    }  # fmt: skip
    budget = Budget(10_000)
    for seed in range(1, 100):
        seen = look({**plain, "seed": seed}, budget)
        broken = [v for v in seen.violations.values() if v.invariant == "I2"]
        if broken:
            break
    scenario = loads("name: x\nworkload: {migrations: 1}\n", overrides={**plain, "seed": seed})
    came = cause(scenario, broken[0], lambda s, b: branched(s, b, budget), branches=12)
    assert came.unavoidable_after is not None
    what = came.chances[came.unavoidable_after].moment.what
    assert came.from_start < 12
    assert what in ("send complete", "enter transferring by checkpoint", "lose complete")

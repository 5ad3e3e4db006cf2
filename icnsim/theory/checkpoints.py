"""Closed forms of checkpoints and crashes: the work lost at a crash, the useful share of the time, the best interval.

An executor is up for an exponential time of mean M and then down for a time of mean D. An actor that runs
there begins a checkpoint every I of the time for which it has run since the executor came up; making it takes C
and it is stored F later. The k-th contains the work done by kI, and it is stored at kI + C + F. So
k = max(0, ⌊(X - C - F) / I⌋) are stored when the executor crashes after X.

Young's and Daly's actors make their first checkpoint C earlier, so their optimum differs a little from that of
these forms.

If X is large compared with I, X mod I is uniform, and a crash loses I/2 + C + F on average. The exact
forms here hold for every I. All times are in one unit.

Sources: J. W. Young, "A first order approximation to the optimum checkpoint interval", Communications of
the ACM 17 (1974); J. T. Daly, "A higher order estimate of the optimum checkpoint interval for restart dumps", Future
Generation Computer Systems 22 (2006), equation 37. Their interval is the time between two checkpoints without
the time of the checkpoint; here this time is added.
"""

import math

from icnsim.numbers import brief
from icnsim.scenario import Scenario
from icnsim.scenario.faults import RandomFaults, RandomOf


def young(cost: float, mtbf: float) -> float:
    """Young's optimum from the beginning of a checkpoint to the next: √(2 C M) + C."""
    return math.sqrt(2 * cost * mtbf) + cost


def daly(cost: float, mtbf: float) -> float:
    """Daly's: √(2 C M) (1 + √(C / 2M) / 3 + (C / 2M) / 9); M + C where C is 2 M or more."""
    if cost >= 2 * mtbf:
        return mtbf + cost
    share = cost / (2 * mtbf)
    return math.sqrt(2 * cost * mtbf) * (1 + math.sqrt(share) / 3 + share / 9)


def stored(interval: float, late: float, mtbf: float) -> float:
    """Mean number of checkpoints that a crash finds stored, `late` being C + F: e^(-(C + F)/M) / (e^(I/M) - 1)."""
    return math.exp(-(late + interval) / mtbf) / -math.expm1(-interval / mtbf)


def standing(interval: float, cost: float, mtbf: float) -> float:
    """Mean time before a crash for which an actor was paused by checkpoints: M (1 - e^(-C/M)) / (e^(I/M) - 1)."""
    return mtbf * math.expm1(-cost / mtbf) * math.exp(-interval / mtbf) / math.expm1(-interval / mtbf)


def saved(interval: float, cost: float, flush: float, mtbf: float, *, pauses: bool) -> float:
    """Mean work that survives a crash: k I less the (k - 1) C of earlier checkpoints, if the actor `pauses`."""
    count = stored(interval, cost + flush, mtbf)
    if not pauses:
        return count * interval
    any_is = math.exp(-(interval + cost + flush) / mtbf)
    return count * (interval - cost) + any_is * cost


def work_lost(interval: float, cost: float, flush: float, mtbf: float, *, pauses: bool) -> float:
    """Mean work that a crash loses: about I/2 + C + F, or I/2 if the actor is paused for C and F is 0."""
    done = mtbf - (standing(interval, cost, mtbf) if pauses else 0.0)
    return done - saved(interval, cost, flush, mtbf, pauses=pauses)


def useful_share(interval: float, cost: float, flush: float, mtbf: float, mttr: float, *, pauses: bool) -> float:
    """The share of all time that is work which no crash loses: the saved work in each M + D."""
    return saved(interval, cost, flush, mtbf, pauses=pauses) / (mtbf + mttr)


def best_interval(cost: float, flush: float, mtbf: float) -> float:
    """The interval with the greatest useful share, for an actor that is paused for C; not less than C."""
    from scipy.optimize import minimize_scalar  # this import takes a third of a second

    guess = max(daly(cost, mtbf), 1e-6 * mtbf)
    found = minimize_scalar(
        lambda logarithm: -saved(math.exp(logarithm), cost, flush, mtbf, pauses=True),
        bounds=(math.log(max(cost, guess / 100)), math.log(guess * 100)),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return math.exp(float(found.x))


def broken(scenario: Scenario, arrivals: float, migrating: float, horizon: float) -> str | None:
    """The assumption of the forms that a scenario breaks; None if all hold.

    The scenario has this number of arrivals, whose migrations usually take this time, s, and ends at the horizon, s.
    """
    mode, size, random = scenario.stateful, scenario.actors.state_size.constant, _random(scenario)
    if scenario.submissions is not None:
        return "tasks have their own intervals of work between checkpoints"
    if random is None:
        return "the crashes do not all come from one item of random faults"
    if len(scenario.selected(random.executors, random.region)) < scenario.executor_count:
        return "not all executors crash"
    if random.state != "durable" or scenario.checkpoints.store != "durable":
        return "stored checkpoints are lost, too, so actors do not return"
    if size is None or size > mode.max_state_size:
        return "not all actors make checkpoints of one size"
    if not all("checkpoint_store" in group.parts for group in scenario.executors):
        return "not all executors have a checkpoint store"
    # Each makes its own checkpoints, and a crash during it loses the actor.
    interval, mtbf = mode.checkpoint_interval / 1e6, random.mtbf / 1e6
    if arrivals * max(interval / horizon, migrating / mtbf) > 0.01 * scenario.actors.count:
        return "migrations, which make checkpoints of their own and lose actors in crashes, are not rare"
    # Work that the last crash has not lost yet counts as saved. This is little if I is small compared with M.
    if horizon < 10 * max(mtbf, 10 * interval):
        return "the simulation is shorter than ten mean times between crashes or a hundred intervals"
    return None


def of_scenario(scenario: Scenario) -> tuple[float, float, str]:
    """Work lost at a crash, s, the useful share, and the best intervals in words."""
    mode, costs, size, random = (
        scenario.stateful,
        scenario.checkpoints,
        scenario.actors.state_size.constant,
        _random(scenario),
    )
    assert random is not None
    assert size is not None
    cost_us = costs.cost(mode.checkpoint_size(round(size)))
    interval, cost, flush, mtbf, mttr = (
        each / 1e6 for each in (mode.checkpoint_interval, cost_us, costs.flush, random.mtbf, random.mttr)
    )
    best = ""
    # The cost of an incremental checkpoint depends on the interval, so the best interval for a fixed cost is not given.
    if cost and costs.pauses and (scenario.wasm is None or scenario.wasm.checkpoints == "full"):
        best = (
            f"; the best I is {brief(best_interval(cost, flush, mtbf))} s, by Young {brief(young(cost, mtbf))} s, "
            f"by Daly {brief(daly(cost, mtbf))} s"
        )
    return (
        work_lost(interval, cost, flush, mtbf, pauses=costs.pauses),
        useful_share(interval, cost, flush, mtbf, mttr, pauses=costs.pauses),
        best,
    )


def _random(scenario: Scenario) -> RandomOf | None:
    """The random crashes of a scenario without other faults."""
    items = scenario.faults
    if len(items) == 1 and isinstance(items[0], RandomFaults) and items[0].random.kinds == ("crash",):
        return items[0].random
    return None

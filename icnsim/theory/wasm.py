"""Closed forms of migrations of WASM actors: their duration, and the time for which the actor is paused.

With V pages of memory, a page every p seconds on the wire and r new pages written a second, λ = r p is the share of
a round's pages that must be copied again. While λ < 1 and the working set is not exhausted, round i copies
V λ^i, for i from 0: after n rounds V λ^n are left, and those rounds have taken V p (1 - λ^n) / (1 - λ). The rest
takes V p λ^n of the pause, so all copying takes V p (1 - λ^(n+1)) / (1 - λ).

Sources: rounds and working set, C. Clark et al., "Live migration of virtual machines", NSDI 2005. The geometric series
follows from them; it is the model of H. Liu, C.-Z. Xu, H. Jin, J. Gong and X. Liao, "Performance and energy modeling
for live migration of virtual machines", HPDC 2011. S. Akoush, R. Sohan, A. Rice, A. W. Moore and A. Hopper, "Predicting
the performance of virtual machine migration", MASCOTS 2010, bound the total from below and above: here each page is
sent at least once, and at most once per round and once in the pause. Post-copy sends each page once: M. R. Hines, U.
Deshpande and K. Gopalan, "Post-copy live migration of virtual machines", SIGOPS Operating Systems Review 43 (2009).

The simulation copies whole pages: the rest of a round differs by half a page plus λ times the difference before.
"""

import math
from typing import Final

import numpy as np

from icnsim.protocol.states import State
from icnsim.protocol.wasm import Copying, pages_of
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.manager import Adjustment, Override, limits_change
from icnsim.theory import stores
from icnsim.theory.drawn import drawn_mean
from icnsim.theory.routes import accept_probability

BEYOND: Final = 1 - 1e-9
"""The quantile that is used as the longest time of a stage."""


def left_after(rounds: int, pages: int, share: float) -> float:
    """The pages that are left after n rounds: V λ^n."""
    return float(pages * share**rounds)


def live_time(rounds: int, pages: int, page_s: float, share: float) -> float:
    """The duration of n rounds, s: V p (1 - λ^n) / (1 - λ); n V p where λ is 1."""
    return pages * page_s * (rounds if share == 1 else (1 - share**rounds) / (1 - share))


def rounds_needed(pages: int, stop_below: int, share: float) -> int:
    """Rounds until at most `stop_below` pages are left: the least n with V λ^n <= stop_below, at least 1; λ < 1."""
    if share <= 0 or pages * share <= stop_below:
        return 1
    return math.ceil(math.log(stop_below / pages) / math.log(share))


def broken(scenario: Scenario) -> str | None:
    """The assumption of the predicted times that a scenario breaks; None if all hold."""
    network, mode = scenario.network, scenario.wasm
    assert mode is not None
    if scenario.faults or network.loss or network.duplication or scenario.most_retries:
        return "faults, lost and doubled messages and retries change what is copied"
    if scenario.actors.state_size.constant is None:
        return "states are not all of one size"
    if scenario.matrix is not None or "complete" in network.gossip.messages:
        return "the way of the final checkpoint is not the same everywhere"
    if any(group.slowdown != 1 for group in scenario.executors):
        return "executors are not equally fast"
    if scenario.checkpoints.store_bandwidth is not None:
        return stores.SHARED
    if not any(group.weight and group.migrates and accept_probability(scenario, group) for group in scenario.executors):
        return "no target accepts"
    if scenario.quorum.confirms:
        return "actors are paused while a quorum votes on their final checkpoints"
    manager = scenario.manager
    changes: list[Override | Adjustment] = [*manager.overrides, *manager.adjustments]
    if scenario.timeouts_vary or any(map(limits_change, changes)):
        return "timeouts change, or are not the same for all"
    stages = scenario.stages
    latency, sent = _longest_s(network.latency), plan(scenario).final * scenario.network.page_s
    checkpointing = _live_s(scenario) + _longest_s(stages.checkpoint)
    restoring = checkpointing + 2 * latency + sent + _longest_s(stages.restore)
    if scenario.drain / 1e6 < _asking_s(scenario) + restoring:
        return "the drain is too short for every migration to end"
    longest = {State.CHECKPOINTING: checkpointing, State.TRANSFERRING: restoring, State.RESTORING: restoring}
    timeouts = scenario.timeouts_ms if manager.enabled else {}
    if any(state in timeouts and 1000 * time > timeouts[state] for state, time in longest.items()):
        return "copying may take longer than a timeout"
    return None


def plan(scenario: Scenario) -> Copying:
    """The copying of a memory in each migration, if all memories have one size."""
    mode, size = scenario.wasm, scenario.actors.state_size.constant
    assert mode is not None
    return mode.copying(round(size or 0), scenario.network.page_s)


def times(scenario: Scenario) -> dict[str, float]:
    """The figures that are predicted, s and pages; see `broken` for the assumptions."""
    stages, copied, page = scenario.stages, plan(scenario), scenario.network.page_s
    fixed = sum(map(drawn_mean, (stages.checkpoint, stages.restore, scenario.network.latency)))
    downtime = fixed / 1e6 + copied.final * page
    return {
        "downtime.mean": downtime,
        "wasm.rounds.mean": float(len(copied.live)),
        "wasm.final_pages.mean": float(copied.final),
        "wasm.live_copy.mean": _live_s(scenario),
        "wasm.post_copy.mean": copied.afterwards * page,
        "wasm.total.mean": _live_s(scenario) + downtime + copied.afterwards * page,
    }


def _asking_s(scenario: Scenario) -> float:
    """The time from a migration's beginning to Accept, s, almost never exceeded; a Request carries all pages."""
    network, quorum = scenario.network, scenario.quorum
    gossiped = sum(kind in network.gossip.messages for kind in ("request", "accept"))
    voting = (quorum.window + quorum.grace) / 1e6 if quorum.decides else 0.0
    pages = pages_of(round(scenario.actors.state_size.constant or 0))
    return (
        voting + 2 * _longest_s(network.latency) + gossiped * _longest_s(network.gossip.delay)
        + _longest_s(scenario.stages.evaluation) + pages * scenario.network.page_s
    )  # fmt: skip


def _longest_s(stage: Distribution) -> float:
    return float(stage.ppf(np.array([BEYOND]))[0]) / 1e6


def _live_s(scenario: Scenario) -> float:
    return sum(plan(scenario).live) * scenario.network.page_s

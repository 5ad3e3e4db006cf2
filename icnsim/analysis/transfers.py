"""The closed forms on links that differ or that transfers share, and the reasons why most of them do not hold there."""

from icnsim.analysis import theory
from icnsim.analysis.routes import accept_probability
from icnsim.draws.population import state_sizes
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, arriving_us

UNEQUAL = "links differ by pair of regions, and the closed forms take one kind of link"
SHARED = "transfers share bandwidth: how long one takes depends on the others"
FORMULA = "mean size / (bandwidth x (1 - load)): M/G/1 processor sharing"

BUSY = 0.05
"""Share of busy actors up to which every executor has about as many idle actors to migrate."""
LONG = 200
"""Mean transfers that the window must be longer than, and that fit into a timeout a tenth as often."""


def withheld(scenario: Scenario) -> str | None:
    """Why the closed forms of migrations do not hold on the links of a scenario; None if they do."""
    if scenario.network.sharing != "none":
        return SHARED
    return UNEQUAL if scenario.network.pairs else None


def predicted(scenario: Scenario) -> dict[str, tuple[float, str, str | None]]:
    """The mean time of a transfer: value, formula, and the reason if it does not hold; empty without sharing."""
    if scenario.network.sharing == "none":
        return {}
    reason, mean = _broken(scenario), 0.0
    if reason is None:
        mean, reason = _mean(scenario)
    return {"network.transfer.mean": (mean, FORMULA, reason)}


def _broken(scenario: Scenario) -> str | None:
    """Which assumption about the links, the arrivals and the executors a scenario breaks."""
    network, groups = scenario.network, scenario.executors
    if network.sharing == "executor":
        return "a transfer shares two executors, and max-min fair rates have no closed form"
    if network.pairs:
        return UNEQUAL
    if not scenario.plain or network.loss or network.duplication:
        return "faults, losses, retries, policies and votes change what a link carries"
    if scenario.trace is not None or scenario.workload.arrivals.process != "poisson":
        return "arrivals are not Poisson"
    if len(groups) > 1 or accept_probability(scenario, groups[0]) < 1:
        return "executors differ or refuse, so links carry different loads"
    if groups[0].capacity.queue.constant is None:
        return "targets refuse by a queue that varies"
    return None


def _mean(scenario: Scenario) -> tuple[float, str | None]:
    """The mean time of a transfer, s, and why the links or the actors are too busy for it."""
    sizes, executors = state_sizes(scenario), scenario.executor_count
    assert scenario.network.bandwidth is not None
    alone = sum(sizes) / len(sizes) / scenario.network.bandwidth
    arriving = arriving_us(scenario) / 1e6
    rate = arrivals_expected(scenario) / arriving
    load = 2 * rate * alone / (executors * (executors - 1))  # each migration crosses one link, and does so twice
    if load >= 1:
        return 0.0, f"each link is offered {load:.3g} times its bandwidth, so transfers wait for longer and longer"
    mean = theory.processor_sharing_mean(alone, load)
    stages = scenario.stages
    others = sum(part.mean() for part in (stages.evaluation, stages.checkpoint, stages.restore)) / 1e6
    others += (4 * scenario.network.latency.mean() + 4 * scenario.network.gossip.delay.mean()) / 1e6
    shortest = min((ms / 1e3 for ms in scenario.manager.timeouts_ms.values()), default=float("inf"))
    if scenario.manager.enabled and others + LONG / 10 * mean > shortest:
        return 0.0, "a transfer may take longer than a timeout"
    if rate * (others + 2 * mean) > BUSY * len(sizes):
        return 0.0, "many actors are busy, so executors have different numbers of actors that can migrate"
    if arriving - scenario.warmup / 1e6 < LONG * mean / (1 - load):
        return 0.0, "arrivals last for less than some hundred transfers: the links are empty at the start"
    return mean, None

"""The closed form of checkpoints that are written into stores, whose bandwidth the writes at an executor share."""

from icnsim.draws.population import state_sizes
from icnsim.scenario import Scenario
from icnsim.theory import sharing
from icnsim.theory.sharing import Station

SHARED = "checkpoints share the bandwidth of a store: the duration of a write depends on the others"
FORMULA = "mean size / (store_bandwidth x (1 - load)): M/G/1 processor sharing"


def predicted(scenario: Scenario) -> dict[str, tuple[float, str, str | None]]:
    """The mean time of a write: value, formula, and the reason if it does not hold; empty if writes take no time."""
    bandwidth = scenario.checkpoints.store_bandwidth
    if bandwidth is None:
        return {}
    reason, mean = _broken(scenario), 0.0
    if reason is None:
        sizes = state_sizes(scenario)
        sent = 2 * sum(sizes) / len(sizes) / scenario.network.bandwidth if scenario.network.bandwidth else 0.0
        stores = Station("store", "write", bandwidth, 1, scenario.executor_count, sent)
        mean, reason = sharing.mean_time(scenario, stores)
    return {"checkpoint_writes.time.mean": (mean, FORMULA, reason)}


def _broken(scenario: Scenario) -> str | None:
    """The assumption about the migrations that a scenario breaks; None if all hold."""
    network = scenario.network
    if scenario.submissions is not None:
        return "tasks write their checkpoints at intervals, which are not Poisson"
    if not scenario.undisturbed or network.loss or network.duplication:
        return "faults, losses, retries, policies and votes change what a store writes"
    return sharing.uneven(scenario, "store")

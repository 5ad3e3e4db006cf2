"""The closed forms on links that differ or that transfers share, and the reasons why most others do not hold there."""

from icnsim.scenario import Scenario
from icnsim.theory import sharing
from icnsim.theory.sharing import Station

UNEQUAL = "links differ by pair of regions, and the closed forms take one kind of link"
SHARED = "transfers share bandwidth: the duration of a transfer depends on the others"
FORMULA = "mean size / (bandwidth x (1 - load)): M/G/1 processor sharing"


def withheld(scenario: Scenario) -> str | None:
    """The reason why the closed forms of migrations do not hold on the links of a scenario; None if they do."""
    if scenario.network.sharing != "none":
        return SHARED
    return UNEQUAL if scenario.network.pairs else None


def predicted(scenario: Scenario) -> dict[str, tuple[float, str, str | None]]:
    """The mean time of a transfer: value, formula, and the reason if it does not hold; empty without sharing."""
    if scenario.network.sharing == "none":
        return {}
    reason, mean = _broken(scenario), 0.0
    if reason is None:
        assert scenario.network.bandwidth is not None
        executors = scenario.executor_count
        links = Station("link", "transfer", scenario.network.bandwidth, 2, executors * (executors - 1))
        mean, reason = sharing.mean_time(scenario, links)
    return {"network.transfer.mean": (mean, FORMULA, reason)}


def _broken(scenario: Scenario) -> str | None:
    """The assumption about links, arrivals and executors that a scenario breaks; None if all hold."""
    network = scenario.network
    if network.sharing == "executor":
        return "a transfer shares two executors, and max-min fair rates have no closed form"
    if network.pairs:
        return UNEQUAL
    if not scenario.plain or network.loss or network.duplication:
        return "faults, losses, retries, policies and votes change what a link carries"
    return sharing.uneven(scenario, "link")

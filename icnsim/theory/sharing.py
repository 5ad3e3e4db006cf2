"""The mean time at a station that migrations share: a link that transmits transfers, or a store that takes writes.

A station serves the n uses that are present at once with 1/n of its rate each. The actors are the customers of a closed
network of such stations and of stages without queues. Its distribution has product form, whatever the distribution of
sizes (Baskett, Chandy, Muntz and Palacios, "Open, closed, and mixed networks of queues with different classes of
customers", 1975). While few actors migrate, each station has the distribution of M/G/1 processor sharing.
"""

from dataclasses import dataclass
from typing import Final

from icnsim.draws.population import state_sizes
from icnsim.numbers import brief
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, arriving_us
from icnsim.theory import design
from icnsim.theory.routes import accept_probability

BUSY: Final = 0.05
"""Share of busy actors up to which every executor has about as many idle actors to migrate."""
LONG: Final = 200
"""The least length of the window in mean times of a use. The least length of a timeout is a tenth of this."""


@dataclass(frozen=True, slots=True)
class Station:
    """A shared station.

    Attributes
    ----------
    name, use : the words for a station and for one use. rate : its bandwidth, bytes per second.
    uses : the number of uses by each migration. count : the number of stations, which have equal shares of the
        migrations.
    besides : the other durations of a migration, s.
    """

    name: str
    use: str
    rate: int
    uses: int
    count: int
    besides: float = 0.0


def uneven(scenario: Scenario, station: str) -> str | None:
    """The reason why the arrivals at stations of that name are not Poisson or not alike; None if they are."""
    groups = scenario.executors
    if not scenario.actors.count:
        return "no actor exists, so nothing migrates"
    if scenario.trace is not None or scenario.workload.arrivals.process != "poisson":
        return "arrivals are not Poisson"
    if len(groups) > 1 or accept_probability(scenario, groups[0]) < 1:
        return f"executors differ or refuse, so {station}s carry different loads"
    if groups[0].capacity.queue.constant is None:
        return "targets refuse by a queue that varies"
    return None


def mean_time(scenario: Scenario, station: Station) -> tuple[float, str | None]:
    """The mean time of a use, s, and the reason if the stations or the actors are too busy for it."""
    sizes = state_sizes(scenario)
    alone = sum(sizes) / len(sizes) / station.rate
    arriving = arriving_us(scenario) / 1e6
    rate = arrivals_expected(scenario) / arriving
    load = station.uses * rate * alone / station.count
    if load >= 1:
        words = f"is offered {brief(load)} times its bandwidth, so {station.use}s take ever longer"
        return 0.0, f"each {station.name} {words}"
    mean = design.processor_sharing_mean(alone, load)
    stages = scenario.stages
    others = sum(part.mean() for part in (stages.evaluation, stages.checkpoint, stages.restore)) / 1e6
    others += (4 * scenario.network.latency.mean() + 4 * scenario.network.gossip.delay.mean()) / 1e6 + station.besides
    shortest = min((ms / 1e3 for ms in scenario.timeouts_ms.values()), default=float("inf"))
    if scenario.manager.enabled and others + LONG / 10 * mean > shortest:
        return 0.0, f"a {station.use} may take longer than a timeout"
    if rate * (others + station.uses * mean) > BUSY * len(sizes):
        return 0.0, "many actors are busy, so executors have different numbers of actors that can migrate"
    if arriving - scenario.warmup / 1e6 < LONG * mean / (1 - load):
        return (
            0.0,
            f"arrivals last for less than some hundred {station.use}s: the {station.name}s are empty at the start",
        )
    return mean, None

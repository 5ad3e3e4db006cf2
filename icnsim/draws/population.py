"""The actors at the start: where each one lives, and the size of its state."""

from itertools import cycle, islice

from icnsim.draws.streams import draws
from icnsim.protocol.messages import ExecutorId
from icnsim.protocol.wasm import PAGE, pages_of
from icnsim.scenario import Scenario


def homes(scenario: Scenario) -> list[ExecutorId]:
    """The executor where each actor starts: spread evenly over the executors that host actors."""
    hosts = [
        ExecutorId(number)
        for number, hosting in enumerate(group.hosts_actors for group in scenario.group_of_each)
        if hosting
    ]
    return list(islice(cycle(hosts), scenario.actors.count))


def state_sizes(scenario: Scenario) -> list[int]:
    """The size of each actor's state, bytes; a WASM actor's is a whole number of pages."""
    actors = scenario.actors
    if actors.state_size.constant is not None:
        size = round(actors.state_size.constant)
        return [_whole_pages(size) if scenario.wasm else size] * actors.count  # one number, not a copy for each
    sizes: list[int] = draws(scenario.seed, "state_size", actors.state_size, actors.count).tolist()
    return [_whole_pages(size) for size in sizes] if scenario.wasm else sizes


def task_sizes(scenario: Scenario, tasks: int) -> list[int]:
    """The size of each task's state at its beginning, bytes; the draws follow those of the actors."""
    actors = scenario.actors
    sizes: list[int] = draws(scenario.seed, "state_size", actors.state_size, actors.count + tasks).tolist()
    return sizes[actors.count :]


def _whole_pages(size: int) -> int:
    return pages_of(size) * PAGE

"""The actors at the start: the executor and the state size of each."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.draws.lottery import among
from icnsim.draws.streams import GivenDraws, Integers, draws, uniforms
from icnsim.protocol.wasm import PAGE, pages_of
from icnsim.scenario import Scenario

IN_ORDER: Final = 32
"""The number of the first actors that take the hosts in order."""

KEPT: Final = 128
"""The number of populations whose homes are kept. The points of a sweep have the same seeds, and to draw the homes of
100 000 actors takes more than half of a run of 1 000 migrations."""
LARGEST_KEPT: Final = 100_000
"""The most actors of a population that is kept. All together need at most 51 MB, and half of it with fewer than 2^15
executors."""


@dataclass(frozen=True, slots=True)
class Group:
    """The part of a group of executors on which homes depend."""

    group: str
    count: int
    hosts_actors: bool


def homes(scenario: Scenario) -> Integers:
    """The executor where each actor starts; shape (actors,).

    Each actor draws one of the executors that host actors, all equally likely, so that an added executor takes
    its share of the actors and no other actor moves. The first actors take the hosts in order, so that a scenario with
    few actors is predictable: the first member of each group in turn, then the second members, and so on. An actor
    whose turn falls on a group that has no more members draws its home, as all later actors do.
    """
    groups = tuple(Group(group.group, group.count, bool(group.hosts_actors)) for group in scenario.executors)
    actors = scenario.actors.count
    kept = actors <= LARGEST_KEPT and not isinstance(scenario.seed, GivenDraws)
    found = (_kept if kept else _drawn)(scenario.seed, actors, groups).astype(np.int64)
    firsts = np.cumsum([0, *(group.count for group in groups)]).tolist()
    hosts = [number for number, group in enumerate(groups) if group.hosts_actors]
    for actor in range(min(actors, IN_ORDER)):
        member, turn = divmod(actor, len(hosts))
        if member < groups[hosts[turn]].count:
            found[actor] = firsts[hosts[turn]] + member
    return found


def _drawn(seed: int, actors: int, groups: tuple[Group, ...]) -> NDArray[np.signedinteger]:
    """The home that each actor draws; shape (actors,)."""
    hosting = [float(group.hosts_actors) for group in groups]
    small = np.int16 if sum(group.count for group in groups) < 1 << 15 else np.int32
    return among(groups, hosting, uniforms(seed, "home", actors)).chosen.astype(small)


_kept = lru_cache(maxsize=KEPT)(_drawn)


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

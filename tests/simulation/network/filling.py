"""A naive simulator of transfers that share bandwidth: exact fractions, and no state that is kept between instants."""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from icnsim.simulation.network.maxmin import Resource


class Offered(NamedTuple):
    """A transfer: when it begins, µs, its bytes, and what it uses."""

    began: int
    size: int
    route: tuple[Resource, ...]


def rates(routes: Mapping[int, tuple[Resource, ...]], capacities: Mapping[Resource, int]) -> dict[int, Fraction]:
    """Raise all rates together until a resource is full; its flows keep their rates, and the others go on."""
    found = dict.fromkeys(routes, Fraction(0))
    growing = set(routes)
    while growing:
        steps = []
        for resource, capacity in capacities.items():
            count = sum(resource in routes[flow] for flow in growing)
            if count:
                used = sum(rate for flow, rate in found.items() if resource in routes[flow])
                steps.append((capacity - used) / count)
        step = min(steps)
        for flow in growing:
            found[flow] += step
        full = {
            resource
            for resource, capacity in capacities.items()
            if sum(rate for flow, rate in found.items() if resource in routes[flow]) == capacity
        }
        growing = {flow for flow in growing if not full & set(routes[flow])}
    return found


def ends(offered: Sequence[Offered], capacities: Mapping[Resource, int]) -> list[Fraction]:
    """When each transfer ends, µs."""
    left = {flow: Fraction(transfer.size) for flow, transfer in enumerate(offered)}
    found: dict[int, Fraction] = {}
    now = Fraction(0)
    while len(found) < len(offered):
        active = {
            flow: transfer.route for flow, transfer in enumerate(offered) if flow not in found and transfer.began <= now
        }
        rate = rates(active, capacities)
        coming = [Fraction(transfer.began) for transfer in offered if transfer.began > now]
        then = min([*coming, *(now + left[flow] * 1_000_000 / rate[flow] for flow in active)])
        for flow in active:
            left[flow] -= rate[flow] * (then - now) / 1_000_000
            if left[flow] == 0:
                found[flow] = then
        now = then
    return [found[flow] for flow in range(len(offered))]


def used(routes: Iterable[tuple[Resource, ...]], shares: Iterable[float]) -> dict[Resource, float]:
    """The sum of the rates on each resource."""
    total: dict[Resource, float] = {}
    for route, share in zip(routes, shares, strict=True):
        for resource in route:
            total[resource] = total.get(resource, 0.0) + share
    return total

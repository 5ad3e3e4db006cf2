"""Max-min fair rates of flows that share resources.

An allocation is max-min fair if no flow can have a higher rate without lowering that of a flow whose rate is not
higher. Progressive filling finds it: all rates grow together until a resource is full; the flows that use it keep their
rates, and the others continue to grow (Bertsekas and Gallager, "Data Networks", section 6.5.2).

The share of a resource that is not full only grows while other flows stop growing. Therefore a heap of the shares may
contain old values: an entry that is too small is computed again when it is the smallest.
"""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

Resource = tuple[str, int, int]
"""A shared resource: its kind and the executors that it belongs to."""


def fair_rates(routes: Sequence[tuple[Resource, ...]], capacities: Mapping[Resource, int]) -> list[float]:
    """The max-min fair rate of each flow.

    Parameters
    ----------
    routes : the resources that each flow uses, at least one.
    capacities : the capacity of each resource, in the unit of the rates.

    The result depends on the order of the flows only by the rounding of floating-point numbers.
    """
    flows_of: dict[Resource, list[int]] = {}
    for flow, route in enumerate(routes):
        for resource in route:
            flows_of.setdefault(resource, []).append(flow)
    free = {resource: float(capacities[resource]) for resource in flows_of}
    growing = {resource: len(flows) for resource, flows in flows_of.items()}
    rates = [0.0] * len(routes)
    settled = bytearray(len(routes))
    heap = [(free[resource] / count, resource) for resource, count in growing.items()]
    heapify(heap)
    while heap:
        share, resource = heappop(heap)
        if not growing[resource]:
            continue
        present = free[resource] / growing[resource]
        if present > share:
            heappush(heap, (present, resource))
            continue
        for flow in flows_of[resource]:
            if settled[flow]:
                continue
            settled[flow] = 1
            rates[flow] = share
            for used in routes[flow]:
                free[used] -= share
                growing[used] -= 1
    return rates

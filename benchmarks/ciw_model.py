"""The stages of a migration in Ciw: nodes with infinite servers, a delay each, no protocol."""

import ciw


def simulate(migrations: int, rate: float) -> int:
    """Simulate about that many migrations; the number of customers that left."""
    stages = [
        ciw.dists.Uniform(1.2, 2.2),  # Request: latency and gossip
        ciw.dists.Deterministic(0.1),  # evaluation
        ciw.dists.Deterministic(0.2),  # Accept
        ciw.dists.Uniform(1.0, 5.0),  # final checkpoint
        ciw.dists.Deterministic(0.2),  # Complete
        ciw.dists.Deterministic(0.5),  # restore
        ciw.dists.Deterministic(0.2),  # Ack
        ciw.dists.Uniform(60.0, 90.0),  # a target that never answers, until detection
        ciw.dists.Uniform(300.0, 330.0),  # the ended records, until cleanup
    ]
    count = len(stages)
    routing = [[0.0] * count for _ in stages]
    routing[0][1], routing[0][7] = 0.9, 0.1
    for stage in range(1, 6):
        routing[stage][stage + 1] = 1.0
    routing[6][8] = routing[7][8] = 1.0
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate), *[None] * (count - 1)],
        service_distributions=stages,
        number_of_servers=[float("inf")] * count,
        routing=routing,
    )
    ciw.seed(1)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(migrations / rate + 900)
    return len(simulation.nodes[-1].all_individuals)

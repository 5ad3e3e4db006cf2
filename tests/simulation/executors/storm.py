"""A run with every kind of fault, for the properties that a detector must keep under all faults."""

from icnsim.recording.columns import Recording
from tests.simulation.small import simulated


def stormy(detector: dict[str, str], profile: str) -> Recording:
    """Four executors with short timeouts, loss, and a fault of each kind."""
    changes = {
        "executors": [{"group": "a", "count": 4}], "actors.count": 40, "workload.migrations": 120, "network.loss": 0.1,
        "protocol.profile": profile, "manager.phase": "random", "manager.detector": detector, "record.messages": False,
        "manager.tracked_states": ["requesting", "checkpointing", "transferring", "restoring"],
        "manager.timeout": "4s", "workload.arrivals.rate": "2/s",
    }  # fmt: skip
    return simulated(
        changes,
        "kind: crash, executors: a-0, at: 12s, state: durable, restart_after: 5s",
        "kind: crash, executors: a-1, at: 13s, state: volatile, restart_after: 5s",
        "kind: pause, executors: a-2, at: 20s, for: 7s",
        "kind: clock_step, executors: a-3, at: 25s, by: -2min",
        "kind: clock_drift, executors: a-0, at: 30s, rate: 1.5, for: 10s",
        "kind: slow, executors: a-1, at: 35s, factor: 5, for: 10s",
        "kind: partition, executors: a-2, at: 40s, for: 10s",
        "kind: manager_error, executors: a-3, at: 0s, ticks: 100",
    )

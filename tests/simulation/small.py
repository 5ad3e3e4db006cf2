"""Small scenarios whose times are known in advance.

An actor lives at `a-0` and is asked for by one executor. With these stages and latencies an
attempt that begins at t comes to each step at t + the second of `STEPS`. All loops tick
at 0, 30 s, 60 s and so on.
"""

from collections.abc import Mapping

from icnsim.protocol.messages import Kind
from icnsim.recording.columns import Recording
from icnsim.scenario import loads
from icnsim.simulation import simulate

S = 1_000_000
NEVER = -1

STEPS = {
    "requested": 0.0,
    "admitted": 0.3,
    "accepted": 0.5,
    "checkpointed": 2.5,
    "transferred": 2.7,
    "restored": 3.2,
    "completed": 3.4,
}
"""When an attempt comes to each step, s after its beginning."""

BASE = """
name: small
executors:
  - {group: a, count: 1}
  - {group: b, count: 1, hosts_actors: false}
actors: {count: 1}
network: {gossip: {delay: 0s, messages: []}}
stages: {evaluation: 100ms, checkpoint: 2s, restore: 500ms}
manager: {phase: aligned}
drain: 10min
workload: {migrations: 1, arrivals: {process: periodic, rate: 1/s}}
record: {messages: true}
"""


def simulated(changes: Mapping[str, object] | None = None, *faults: str, base: str = BASE, **more: object) -> Recording:
    """A small scenario with other values by dotted keys (with `__` for the dots in `more`), and with faults."""
    text = base + ("faults:\n" + "".join(f"  - {{{fault}}}\n" for fault in faults) if faults else "")
    overrides = dict(changes or {}) | {key.replace("__", "."): value for key, value in more.items()}
    return simulate(loads(text, overrides=overrides))


def times(run: Recording, row: int = 0) -> dict[str, float]:
    """When an attempt came to each step that it came to, s."""
    steps = {name: int(run.attempts[name][row]) for name in (*STEPS, "failed", "target_failed")}
    return {name: at / S for name, at in steps.items() if at != NEVER}


def messages(run: Recording) -> list[tuple[str, float, float]]:
    """Each message that was sent: its kind, when it was sent and when it arrived, s; -1 where it did not."""
    log = run.message_log
    assert log is not None
    columns = (log[name].tolist() for name in ("kind", "sent", "arrives"))
    return [
        (Kind(kind).label, sent / S, arrives if arrives < 0 else arrives / S) for kind, sent, arrives in zip(*columns)
    ]


def took_effect(run: Recording) -> dict[str, int]:
    """How often a fault of each kind took effect."""
    return dict(run.observed.faults)


def absent(run: Recording) -> dict[str, float]:
    """How many actors run nowhere at the end, and why."""
    return {name: run.absent[name] for name in ("nowhere", "in_doubt", "down")}

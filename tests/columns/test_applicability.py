"""`unsupported` names the key that the columnar engine does not support."""

import pytest

from icnsim.columns import unsupported
from icnsim.scenario import loads

BASE = """
name: base
executors: [{group: all, count: 4}]
actors: {count: 10}
workload: {migrations: 10}
"""


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("protocol.profile", "hardened", "protocol.profile"),
        ("protocol.fresh_requests", True, "protocol.fresh_requests"),
        ("faults", [{"kind": "crash", "at": "1s", "executors": ["all-0"], "restart_after": "1s"}], "faults"),
        ("workload.target", "trust", "workload.target"),
        ("workload.trigger", "policy", "workload.trigger"),
        ("actors.message_rate", "1/s", "actors.message_rate"),
        ("actors.mode", {"wasm_stateful": {}}, "actors.mode"),
        ("manager.overrides", [{"actors": "*", "retry": {"max_retries": 1}}], "manager.overrides.retry"),
        ("manager.detector.kind", "adaptive", "manager.detector"),
        ("manager.detector", {"kind": "phi-accrual", "threshold": 5}, "manager.detector"),
        ("manager.overrides", [{"actors": "*", "detector": {"kind": "chen"}}], "manager.overrides.detector"),
        ("manager.adjustments", [{"at": "1s", "retention": "1s"}], "manager.adjustments"),
        ("quorum.enabled", True, "quorum.enabled"),
        ("checkpoints.flush", "1s", "checkpoints.flush"),
        ("checkpoints.store_bandwidth", "1MiB/s", "checkpoints.store_bandwidth"),
        ("network.sharing", "executor", "network.sharing"),
        ("network.pairs", [{"from": "eu", "to": "eu", "loss": 0.5}], "network.pairs"),
    ],
)
def test_an_unsupported_key_is_named(key: str, value: object, named: str) -> None:
    overrides: dict[str, object] = {key: value}
    if key == "workload.trigger":
        overrides |= {"workload.target": "policy", "workload.migrations": None, "duration": "10s"}
    if key == "network.sharing":
        overrides |= {"network.bandwidth": "1MB/s"}
    if key == "network.pairs":
        overrides |= {"executors.0.region": "eu"}
    assert unsupported(loads(BASE, overrides=overrides)) == named


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("retry.max_retries", 5), ("manager.overrides", [{"actors": "*", "timeout": "1s"}]),
        ("manager.overrides", [{"min_state_size": "1MiB", "tracked_states": []}]),
        ("manager.detector.kind", "deadline"), ("manager.detector", {"kind": "wheel", "tick": "3s"}),
        ("manager.overrides", [{"actors": "*", "detector": {"kind": "wheel"}}]),
        ("manager.timeout", "10s + 2s/MiB"), ("manager.timeout", {"requesting": "10s + 1ms/KiB"}),
        ("network.loss", 0.5), ("network.duplication", 0.5), ("record.messages", True),
        ("manager.tracked_states", ["requesting", "restoring"]), ("manager.enabled", False),
        ("executors.0.behavior", "slow"),
    ],
)  # fmt: skip
def test_a_supported_key_is_not_named(key: str, value: object) -> None:
    assert unsupported(loads(BASE, overrides={key: value})) is None

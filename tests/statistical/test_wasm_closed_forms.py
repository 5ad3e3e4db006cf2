"""WASM migrations with random stages compared with the closed forms.

The seed is fixed, so that a result does not vary. A correct program fails any one of these comparisons, by the normal
approximation, with a probability of at most 3e-5.
"""

import math

import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

FAR = 4.2
"""The tolerance in standard errors."""
MIGRATIONS = 1500
TEXT = f"""
name: wasm
seed: 31
executors: [{{group: n, count: 12}}]
actors:
  count: 4000
  state_size: 16MiB
  mode: {{wasm_stateful: {{dirty_rate: 40/s, max_state_size: 1GiB}}}}
network:
  latency: {{distribution: exponential, mean: 150ms}}
  bandwidth: 6.25MiB/s
stages:
  checkpoint: {{distribution: uniform, low: 20ms, high: 300ms}}
  restore: {{distribution: exponential, mean: 400ms}}
workload: {{migrations: {MIGRATIONS}, arrivals: {{rate: 4/s}}}}
record: {{timeline: null}}
"""
VARIANCE = 0.15**2 + 0.28**2 / 12 + 0.4**2
"""The variance of the pause: a latency, the checkpoint and the restoring. The other parts are constant."""


@pytest.mark.parametrize("mode", ["stop-and-copy", "pre-copy", "post-copy"])
def test_means_are_the_predicted_ones(mode: str) -> None:
    scenario = loads(TEXT, overrides={"actors.mode.wasm_stateful.migration": mode})
    found, predicted = summarise(simulate(scenario), scenario), predict(scenario)
    count = found["wasm"]["total"]["count"]
    assert count > 0.95 * MIGRATIONS
    error = FAR * math.sqrt(VARIANCE / count)
    for name, mean in (("downtime", found["downtime"]["mean"]), ("wasm.total", found["wasm"]["total"]["mean"])):
        expected = predicted[f"{name}.mean"].value
        assert expected is not None and abs(mean - expected) < error
    for name in ("rounds", "final_pages", "live_copy", "post_copy"):  # these are not random
        assert found["wasm"][name]["mean"] == pytest.approx(predicted[f"wasm.{name}.mean"].value, abs=1e-6)

"""Final checkpoints that share a store against M/G/1 processor sharing, whose mean depends on no moment but the first.

Writes of one run depend on each other, so the error of a mean comes from independent runs. The seeds are fixed.
"""

from statistics import mean, stdev

import pytest

from icnsim.analysis.predictions import predict
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate

TEXT = """
name: stored
executors: [{group: a, count: 3}]
actors: {count: 3000}
checkpoints: {store_bandwidth: 1MiB/s}
network: {gossip: {messages: []}}
workload: {migrations: 6000, arrivals: {rate: 90/min}}
record: {timeline: null}
"""
RUNS = 6
FAR = 5
"""Standard errors, estimated from the runs: a right program is as far away with a probability of 0.4 %."""


@pytest.mark.parametrize(
    "size",
    [
        "1MiB",
        {"distribution": "exponential", "mean": "1MiB"},
        {"distribution": "uniform", "low": "1kB", "high": "2MiB"},
    ],
)
def test_the_mean_write_is_that_of_processor_sharing(size: object) -> None:
    errors = []
    for seed in range(RUNS):
        scenario = loads(TEXT, overrides={"actors.state_size": size, "seed": seed})
        expected = predict(scenario)["checkpoint_writes.time.mean"].value
        assert expected == pytest.approx(2, rel=0.1)  # the load is 1/2
        errors.append(summarise(simulate(scenario), scenario)["checkpoint_writes"]["time"]["mean"] - expected)
    assert abs(mean(errors)) < FAR * stdev(errors) / RUNS**0.5
    assert stdev(errors) / RUNS**0.5 < 0.05

"""Transfers over shared links and writes into shared stores compared with M/G/1 processor sharing.

Its mean depends only on the first moment of the sizes. Durations of one run depend on each other. Therefore the error
of a mean is estimated from independent runs. The seeds are fixed.
"""

from statistics import mean, stdev

import pytest

from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

TEXT = """
name: shared
executors: [{group: a, count: 3}]
actors: {count: 3000}
network: {gossip: {messages: []}}
warmup: 100s
workload: {migrations: 1600, arrivals: {rate: 90/min}}
record: {timeline: null}
"""
SHARED = {
    "network.transfer": {"network.bandwidth": "1MiB/s", "network.sharing": "link"},
    "checkpoint_writes.time": {"checkpoints.store_bandwidth": "1MiB/s"},
}
"""For each section of durations, the keys that make them share a bandwidth."""
RUNS = 6
FAR = 5
"""The tolerance in estimated standard errors. A correct program exceeds it with a probability of 0.4 %."""


EXPONENTIAL = {"distribution": "exponential", "mean": "1MiB"}


@pytest.mark.parametrize(
    ("section", "size"),
    [("network.transfer", "1MiB"), ("network.transfer", EXPONENTIAL), ("checkpoint_writes.time", EXPONENTIAL)],
)
def test_the_mean_is_that_of_processor_sharing(section: str, size: object) -> None:
    outer, inner = section.split(".")
    errors = []
    for seed in range(RUNS):
        scenario = loads(TEXT, overrides={**SHARED[section], "actors.state_size": size, "seed": seed})
        expected = predict(scenario)[f"{section}.mean"].value
        assert expected == pytest.approx(2, rel=0.1)  # the load is 1/2
        errors.append(summarise(simulate(scenario), scenario)[outer][inner]["mean"] - expected)
    assert abs(mean(errors)) < FAR * stdev(errors) / RUNS**0.5
    assert stdev(errors) / RUNS**0.5 < 0.09

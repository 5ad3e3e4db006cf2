"""Every distribution against its own integral, and quantities against their text."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.draws.streams import Streams, whole_of_one
from icnsim.scenario import loads
from icnsim.scenario.composite import FAMILIES, Scaled
from icnsim.scenario.datafiles import DataFolder
from icnsim.scenario.distributions import Distribution, Pareto, Weibull
from icnsim.scenario.quantities import DURATION, parse, spec
from icnsim.scenario.resolved import run_id, to_yaml
from icnsim.scenario.units import (
    LONGEST_US,
    format_duration,
    format_rate,
    format_size,
    parse_duration,
    parse_rate,
    parse_size,
    shortened,
)

SPECS: dict[str, object] = {
    "uniform": {"distribution": "uniform", "low": "1s", "high": "5s"},
    "exponential": {"distribution": "exponential", "mean": "3s"},
    "normal": {"distribution": "normal", "mean": "1s", "std": "2s"},
    "lognormal": {"distribution": "lognormal", "mean": "2s", "std": "1s"},
    "gamma": {"distribution": "gamma", "mean": "2s", "std": "3s"},
    "weibull": {"distribution": "weibull", "scale": "2s", "shape": 1.5},
    "pareto": {"distribution": "pareto", "minimum": "1s", "alpha": 3.5},
    "mixture": {
        "distribution": "mixture",
        "parts": [
            {"weight": 1, "distribution": "uniform", "low": "1s", "high": "2s"},
            {"weight": 3, "value": "10s"},
            {"weight": 0, "distribution": "exponential", "mean": "1h"},
        ],
    },
    "constant": "200ms",
}
NOWHERE = DataFolder(None)


def test_every_family_is_tried() -> None:
    assert set(FAMILIES) <= {*SPECS, "empirical"}


@pytest.mark.parametrize("kind", SPECS)
def test_one_number_has_the_bits_of_a_column(kind: str) -> None:
    ends = [0.0, 2.0**-53, 1e-9, 0.075, 0.5, 0.925, 1 - 1e-9, 1 - 2.0**-53]
    u = np.concatenate([ends, np.random.default_rng(1).random(5_000)])
    for law in (parse(SPECS[kind], DURATION, NOWHERE), Scaled(parse(SPECS[kind], DURATION, NOWHERE), 1.7)):
        assert [law.at(each) for each in u.tolist()] == law.ppf(u).tolist()


@pytest.mark.parametrize("law", [Pareto(1e6, 0.01), Weibull(1e6, 0.01)])
def test_a_number_beyond_the_range_of_floats_is_infinite_without_a_warning(law: Distribution) -> None:
    with np.errstate(over="ignore"):
        assert law.at(1 - 2.0**-53) == law.ppf(np.array([1 - 2.0**-53]))[0]
    assert whole_of_one(law.at(1 - 2.0**-53)) == LONGEST_US


@pytest.mark.parametrize("kind", SPECS)
def test_mean_and_variance_are_those_of_the_inverse_s_integral(kind: str) -> None:
    distribution = parse(SPECS[kind], DURATION, NOWHERE)
    values = distribution.ppf((np.arange(2_000_000) + 0.5) / 2_000_000)
    assert values.min() >= 0
    assert distribution.mean() == pytest.approx(values.mean(), rel=1e-3)
    assert distribution.variance() == pytest.approx(values.var(), rel=3e-2, abs=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in SPECS if kind not in ("mixture", "constant", "normal")])
def test_the_inverse_undoes_the_distribution_function(kind: str) -> None:
    distribution = parse(SPECS[kind], DURATION, NOWHERE)
    shares = np.linspace(0.001, 0.999, 500)
    assert distribution.cdf(distribution.ppf(shares)) == pytest.approx(shares, abs=1e-9)


@pytest.mark.parametrize("kind", SPECS)
def test_the_share_of_draws_below_a_value_is_its_distribution_function(kind: str) -> None:
    distribution = parse(SPECS[kind], DURATION, NOWHERE)
    draws = distribution.ppf((np.arange(100_000) + 0.5) / 100_000)
    for value in (5e5, 1.5e6, 3e6, 1.1e7):
        assert (draws <= value).mean() == pytest.approx(float(distribution.cdf(np.array(value))), abs=1e-4)


@pytest.mark.parametrize("kind", SPECS)
def test_a_distribution_is_written_as_it_is_read(kind: str) -> None:
    distribution = parse(SPECS[kind], DURATION, NOWHERE)
    assert parse(spec(distribution, DURATION), DURATION, NOWHERE) == distribution


def test_an_empirical_distribution_draws_the_file_s_values(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "x.csv").write_text("a,b\n3,1\n1,1\n2,1\n", "utf-8")
    described = {"distribution": "empirical", "file": "x.csv", "column": "a"}
    distribution: Distribution = parse(described, DURATION, DataFolder(tmp_path))
    assert distribution.ppf(np.array([0.0, 0.5, 0.99])).tolist() == [1e6, 2e6, 3e6]
    assert (distribution.mean(), distribution.variance()) == (2e6, pytest.approx(2e12 / 3))
    assert math.isclose(float(distribution.cdf(np.array(2e6))), 2 / 3)


@given(st.integers(0, 10**15))
def test_quantities_are_read_as_they_are_written(value: int) -> None:
    assert parse_duration(format_duration(value)) == value
    assert parse_size(format_size(value)) == value


@given(st.floats(1e-6, 1e6))
def test_rates_are_read_as_they_are_written(rate: float) -> None:
    assert parse_rate(format_rate(rate)) == rate


@given(st.integers(1, 10**6), st.sampled_from(["s", "min", "h"]))
def test_a_rate_is_shown_in_a_short_unit_and_is_exactly_the_same(count: int, unit: str) -> None:
    rate = parse_rate(f"{count}/{unit}")
    short = shortened(format_rate(rate))
    assert parse_rate(short) == rate
    assert len(short.partition("/")[0]) <= max(4, len(str(count)))


def test_only_a_rate_is_shortened() -> None:
    assert [shortened(text) for text in ("0.016666666666666666/s", "0.5/s", "100MiB/s", "30s", "")] == [
        "1/min", "0.5/s", "100MiB/s", "30s", ""
    ]  # fmt: skip


def test_a_resolved_scenario_reads_as_itself_and_keeps_its_identity() -> None:
    text = "name: x\nworkload: {migrations: 5, arrivals: {rate: 3/min}}\nnetwork: {loss: 0.1}\n"
    scenario = loads(text)
    written = to_yaml(scenario)
    again = loads(written)
    assert again == scenario
    assert to_yaml(again) == written
    assert run_id(again, "1") == run_id(scenario, "1") != run_id(scenario, "2")
    assert run_id(loads(text, seed=9), "1") != run_id(scenario, "1")


def test_a_tail_beyond_floats_has_no_moments_and_still_draws() -> None:
    for described in (
        {"distribution": "weibull", "scale": "1h", "shape": 0.003},
        {"distribution": "pareto", "minimum": "1us", "alpha": 0.001},
    ):
        distribution = parse(described, DURATION, NOWHERE)
        assert math.isinf(distribution.mean()) and math.isinf(distribution.variance())
        scenario = loads("name: x\nworkload: {migrations: 50}\n", overrides={"network.latency": described})
        delays = Streams(scenario, np.arange(50)).delays[0]
        assert min(delays) >= 0 and max(delays) <= 2 * LONGEST_US

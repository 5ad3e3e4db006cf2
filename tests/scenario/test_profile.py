"""The profile of an arrival rate: its time scale, the arrivals that follow from it, and bad files."""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from icnsim import engines
from icnsim.draws.arrivals import arrival_times
from icnsim.errors import ScenarioError
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, load
from icnsim.scenario.coherence import arrivals_expected, arriving_us
from icnsim.scenario.profile import Profile
from icnsim.scenario.resolved import to_yaml
from icnsim.theory.predictions import predict

S = 1_000_000
ROWS = "at_s,factor\n0,1\n50,0\n75,2\n"
"""Of 100 s: 50 s at the rate, 25 s without arrivals, 25 s at twice the rate."""
TEXT = """
name: varying
duration: 200s
executors: [{group: node, count: 5}]
workload: {arrivals: {process: periodic, rate: 1/s, profile: {file: load.csv, period: 100s}}}
"""


def scenario(folder: Path, rows: str = ROWS, **keys: object) -> Scenario:
    (folder / "load.csv").write_text(rows)
    (folder / "varying.yaml").write_text(TEXT)
    return load(folder / "varying.yaml", overrides={key.replace("__", "."): value for key, value in keys.items()})


def test_elapsed_time_is_the_integral_of_the_factor() -> None:
    profile = Profile((0, 50 * S, 75 * S), (1.0, 0.0, 2.0), 100 * S)
    instants = [0, 10, 50, 60, 75, 80, 100, 110, 250]
    elapsed = [0, 10, 50, 50, 50, 60, 100, 110, 250]
    assert [profile.elapsed(at * S) / S for at in instants] == elapsed
    passed = [0, 10, 51, 60, 99, 100, 110, 251]
    assert (profile.instants(np.array(passed) * 1e6) / S).tolist() == [0, 10, 75.5, 80, 99.5, 100, 110, 275.5]
    assert (profile.mean, profile.peak) == (1, 2)


def test_periodic_arrivals_come_at_the_varying_rate(tmp_path: Path) -> None:
    times = (arrival_times(scenario(tmp_path)) / S).tolist()
    first = [*range(50), *(75 + k / 2 for k in range(50))]
    assert times == [*first, *(100 + at for at in first)]


def test_a_constant_factor_of_1_changes_nothing(tmp_path: Path) -> None:
    keys = {"workload__arrivals__process": "poisson"}
    same = scenario(tmp_path, "at_s,factor\n0,1\n30,1\n", **keys)
    without = scenario(tmp_path, workload__arrivals__profile=None, **keys)
    assert arrival_times(same).tolist() == arrival_times(without).tolist()


def test_each_arrival_keeps_its_draw(tmp_path: Path) -> None:
    """With a factor of 2 the same arrivals come in half the time."""
    keys = {"workload__arrivals__process": "poisson", "duration": None, "workload__migrations": 100}
    once = arrival_times(scenario(tmp_path, "at_s,factor\n0,1\n", **keys))
    twice = arrival_times(scenario(tmp_path, "at_s,factor\n0,2\n", **keys))
    assert np.abs(once - 2 * twice).max() <= 1


def test_the_number_of_poisson_arrivals_in_each_part_is_as_expected(tmp_path: Path) -> None:
    keys = {"workload__arrivals__process": "poisson", "duration": "100h", "workload__arrivals__rate": "1/s"}
    times = arrival_times(scenario(tmp_path, **keys)) / S % 100
    counts = np.histogram(times, [0, 50, 75, 100])[0]
    assert counts[1] == 0
    for count, mean in ((counts[0], 180_000), (counts[2], 180_000)):
        assert abs(count - mean) < stats.norm.isf(5e-7) * mean**0.5


def test_the_expected_arrivals_are_the_integral_of_the_rate(tmp_path: Path) -> None:
    found = scenario(tmp_path, duration="150s")
    assert arrivals_expected(found) == 150
    assert arriving_us(scenario(tmp_path, duration=None, workload__migrations=61)) == pytest.approx(80 * S)


def test_both_engines_take_the_same_arrivals(tmp_path: Path) -> None:
    found = scenario(tmp_path)
    events, columns = (summarise(engines.simulate(found, name)[0], found) for name in ("events", "columns"))
    assert events == columns and events["migrations"]["total"] + events["migrations"]["skipped"] == 200


def test_closed_forms_that_assume_a_steady_state_are_not_given(tmp_path: Path) -> None:
    found = predict(scenario(tmp_path, duration="2h", workload__arrivals__process="poisson"))
    assert found["records.mean"].reason == "the rate of arrivals varies: there is no steady state"
    assert found["migration_duration.mean"].value is not None


def test_a_profile_is_written_and_read_again(tmp_path: Path) -> None:
    found = scenario(tmp_path)
    (tmp_path / "again.yaml").write_text(to_yaml(found))
    again = load(tmp_path / "again.yaml")
    assert to_yaml(again) == to_yaml(found) and again.profile == found.profile and "load.csv" in again.files


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("at_s,rate\n0,1\n", "a CSV file with the columns at_s and factor"),
        ("at_s,factor\n1,1\n", "the first one at 0"),
        ("at_s,factor\n0,1\n7,1\n3,1\n", "rows in ascending order"),
        ("at_s,factor\n0,0\n", "a factor above 0"),
        ("at_s,factor\n0,-1\n", "a factor from 0 to 1,000,000, line 2"),
        ("at_s,factor\n0,1\n100,1\n", r"a time in \[0, 100\) s, the period, in at_s, line 3"),
        ("at_s,factor\n0,x\n", "numbers in at_s and factor, not 'x', line 2"),
        ("at_s,factor\n0,nan\n", "numbers in at_s and factor, not 'nan', line 2"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, rows: str, expected: str) -> None:
    with pytest.raises(ScenarioError, match=expected):
        scenario(tmp_path, rows)


def test_bursts_and_policies_have_no_profile(tmp_path: Path) -> None:
    burst = {"process": "burst", "size": 3, "every": "10s", "profile": {"file": "load.csv", "period": "100s"}}
    with pytest.raises(ScenarioError, match="bursts have no rate"):
        scenario(tmp_path, workload__arrivals=burst)
    with pytest.raises(ScenarioError, match="nothing else has a rate"):
        scenario(tmp_path, workload__trigger="policy")

"""The comparison of a live run with the simulation."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from icnsim.engines import simulate
from icnsim.live.comparison import LEVEL, compare, distance_beyond
from icnsim.live.heartbeatslack import heartbeat_slack_us
from icnsim.live.matching import STEPS, beginnings, matched
from icnsim.protocol.detectors.kinds import detector_of
from icnsim.recording.columns import TIMED_OUT
from icnsim.scenario import loads
from icnsim.simulation.faults.supervisor import Supervisor
from icnsim.simulation.heartbeats.memory import Memory

SCENARIO = """
name: compared
executors: [{group: a, count: 4}, {group: u, count: 1, behavior: unresponsive}]
actors: {count: 100}
duration: 3min
drain: 2min
manager: {check_interval: 10s, timeout: 20s, retention: 30s}
workload: {arrivals: {rate: 1/s}}
"""
NONE_LATE = {kind: {"mean_s": 0.0, "p99_s": 0.0, "max_s": 0.0} for kind in ("timer", "socket")}
MEASURES = {"speed": 10, "lag_s": 0.0, **NONE_LATE}


@pytest.fixture(scope="module")
def recording():
    return simulate(loads(SCENARIO))[0]


def compared(live, simulated):
    return compare(loads(SCENARIO), live, simulated, measures=MEASURES, calibration=MEASURES, worst_s=0.001)


def test_the_distance_without_a_tolerance_is_that_of_scipy():
    random = np.random.default_rng(7)
    one, other = random.normal(0, 1, 300), random.normal(0.2, 1, 200)
    assert distance_beyond(one, other, 0.0) == pytest.approx(stats.ks_2samp(one, other).statistic)


def test_a_displacement_within_the_tolerance_does_not_count():
    values = np.full(50, 0.5)
    spread = values + np.random.default_rng(8).uniform(-0.09, 0.09, 50)
    assert distance_beyond(spread, values, 0.0) > 0.2
    assert distance_beyond(spread, values, 0.1) == 0
    assert distance_beyond(values + 1, values, 0.1) == 1


def test_a_run_agrees_with_itself(recording):
    found = compared(recording, recording)
    assert found.agrees
    assert found.attempts.same == found.attempts.live == found.attempts.simulated > 100
    assert found.attempts.largest_shift_us == 0
    assert (found.table["live"].dropna() == found.table["simulated"].dropna()).all()
    assert found.table.loc["detection_latency", "test"] == "Kolmogorov-Smirnov"


def test_a_vote_on_the_checkpoint_adds_its_timers_and_messages(recording):
    slow = MEASURES | {kind: {"mean_s": 0.01, "p99_s": 0.0, "max_s": 0.0} for kind in ("timer", "socket")}
    added = []
    for quorum in ("", "quorum: {enabled: true, on: [checkpoint]}"):
        scenario = loads(SCENARIO + quorum)
        found = compare(scenario, recording, recording, measures=MEASURES, calibration=slow, worst_s=0.001)
        added.append({row.figure: (row.added, row.tolerance) for row in found.rows})
    assert added[0]["downtime"] == pytest.approx((0.3, 0.4))
    assert added[1]["downtime"] == pytest.approx((0.6, 0.9))
    assert added[1]["request_to_accept"] == added[0]["request_to_accept"]


def test_another_law_of_a_duration_is_found(recording):
    slower = simulate(loads(SCENARIO + "stages: {checkpoint: 4s}"))[0]
    rows = {row.figure: row for row in compared(slower, recording).rows}
    assert rows["migration_duration"].p < LEVEL
    assert not rows["migration_duration"].agrees
    assert rows["detection_latency"].agrees


def test_another_share_of_outcomes_is_found(recording):
    refusing = simulate(loads(SCENARIO.replace("behavior: unresponsive", "behavior: rejecting")))[0]
    rows = {row.figure: row for row in compared(refusing, recording).rows}
    assert not rows["rejected"].agrees
    assert not rows["timed_out"].agrees


def changed(attempts, row, **values):
    """The attempts with other values in one row."""
    columns = {name: np.array(column) for name, column in attempts.items()}
    for name, value in values.items():
        columns[name][row] = value
    return columns


def match(live, simulated, delay_us=1000, faults=(), lag_us=0, slack_us=None):
    timeouts = {"requested": 20_000_000}
    live, simulated = ({**run, "begun": run["requested"]} for run in (live, simulated))
    return matched(
        live, simulated, timeouts_us=timeouts, instants_us=np.array(faults, np.int64), delay_us=delay_us,
        interval_us=10_000_000, lag_us=lag_us, slack_us=slack_us,
    )  # fmt: skip


def test_a_difference_without_a_race_is_unexplained(recording):
    attempts = recording.attempts
    row = int(np.flatnonzero(attempts["completed"] >= 0)[40])
    other = (int(attempts["target"][row]) + 1) % 5
    found = match(changed(attempts, row, target=other), attempts)
    assert found.unexplained == ((int(attempts["migration"][row]), 1),)
    assert found.same + 1 == found.live


def test_a_difference_next_to_a_fault_is_a_race(recording):
    attempts = recording.attempts
    row = int(np.flatnonzero(attempts["completed"] >= 0)[40])
    live = changed(attempts, row, target=(int(attempts["target"][row]) + 1) % 5)
    near = int(attempts["accepted"][row]) + 900
    assert match(live, attempts, faults=[near]).within_error == 1
    assert match(live, attempts, faults=[near + 200]).within_error == 0


def test_attempts_whose_events_are_closer_together_than_a_delay_are_exposed_to_it(recording):
    attempts = recording.attempts
    closest = match(attempts, attempts).closest_us
    assert match(attempts, attempts, delay_us=closest - 1).exposed == 0
    assert 1 <= match(attempts, attempts, delay_us=closest).exposed < len(attempts["actor"])


def test_a_beginning_is_decided_from_reports_that_are_as_old_as_the_lag(recording):
    attempts = recording.attempts
    first = int(np.flatnonzero(attempts["completed"] >= 0)[40])
    fewer = {name: np.delete(column, first) for name, column in attempts.items()}
    near = int(attempts["requested"][first]) - 150_900
    assert match(fewer, attempts, faults=[near], lag_us=149_000).unexplained
    assert match(fewer, attempts, faults=[near], lag_us=150_000).within_error == 1
    later = int(attempts["accepted"][first]) + 150_900
    assert match(fewer, attempts, faults=[later], lag_us=150_000).unexplained  # no one decides about this step


def test_a_heartbeat_that_is_later_than_the_slack_may_change_every_attempt(recording):
    attempts = recording.attempts
    row = int(np.flatnonzero(attempts["completed"] >= 0)[40])
    live = changed(attempts, row, completed=-1, failed=int(attempts["completed"][row]), failure=1)
    assert match(live, attempts, slack_us=1001).unexplained
    assert match(live, attempts, slack_us=1000).within_error == 1


BEATS = """
name: slack
executors: [{group: a, count: 2}]
duration: 30s
manager: {heartbeat: {every: 1s}, detector: %s}
workload: {arrivals: {rate: 1/s}}
"""


def suspected_after(silence_ms, detector):
    """Whether a federation suspects a peer whose heartbeats, every 1 s until then, have stopped for that time."""
    rule = detector_of(Supervisor(loads(BEATS % detector), [1]).settings.detector).rule
    numbers = np.arange(20)
    return rule.suspected_from(Memory(numbers, numbers * 1000)) <= 19_000 + silence_ms


@pytest.mark.parametrize(
    "detector", ["{kind: phi-accrual, min_std: 80ms}", "{kind: phi-accrual, pause: 3s}", "{kind: chen, alpha: 700ms}"]
)
def test_a_peer_is_suspected_when_its_heartbeat_is_later_than_the_slack(detector):
    slack_us = heartbeat_slack_us(loads(BEATS % detector))
    assert slack_us > 0
    assert suspected_after(1000 + slack_us // 1000, detector)
    assert not suspected_after(1000 + slack_us // 1000 - 1, detector)


def test_a_scenario_without_heartbeats_has_no_slack():
    assert heartbeat_slack_us(loads(SCENARIO)) is None


def test_the_shortest_slack_of_all_settings_counts():
    adjusted = BEATS % "{kind: chen, alpha: 700ms}"
    adjusted = adjusted.replace("detector:", "adjustments: [{at: 9s, detector: {kind: chen, alpha: 400ms}}], detector:")
    assert heartbeat_slack_us(loads(adjusted)) == 401_000  # suspected when 400 ms have passed
    assert heartbeat_slack_us(loads(BEATS % "{kind: chen, alpha: 700ms}")) == 701_000


def test_a_migration_with_a_vote_begins_when_the_vote_is_asked_for(recording):
    attempts = {**recording.attempts, "attempt": np.array(recording.attempts["attempt"])}
    attempts["attempt"][1] = 2
    decisions = {"migration": attempts["migration"][:2], "asked": attempts["requested"][:2] - 700}
    expected = attempts["requested"] - 700 * (np.arange(len(attempts["actor"])) == 0)
    assert beginnings(attempts, decisions).tolist() == expected.tolist()
    assert beginnings(attempts, recording.decisions).tolist() == attempts["requested"].tolist()


def test_a_timeout_next_to_the_deadline_is_a_race(recording):
    attempts = recording.attempts
    row = int(np.flatnonzero(attempts["completed"] >= 0)[40])
    begun = int(attempts["requested"][row])
    simulated = changed(attempts, row, accepted=begun + 20_000_400)
    live = changed(simulated, row, completed=-1, failed=begun + 25_000_000, failure=1)
    assert match(live, simulated).within_error == 1
    assert match(live, simulated, delay_us=300).within_error == 0


def test_an_attempt_that_completes_at_the_end_of_the_run_is_a_race(recording):
    row = int(np.flatnonzero(recording.attempts["completed"] >= 0)[40])
    for before_us, races in ((9_000, 1), (2_000_000, 0)):
        late = changed(recording.attempts, row, completed=recording.horizon - before_us)
        live = changed(late, row, completed=-1)
        found = compared(replace(recording, attempts=live), replace(recording, attempts=late)).attempts
        assert (found.within_error, len(found.unexplained)) == (races, 1 - races)


def test_an_arrival_that_takes_another_actor_because_the_first_one_ends_at_that_time_is_a_race(recording):
    attempts = recording.attempts
    done = np.flatnonzero(attempts["completed"] >= 0)
    row, other = int(done[40]), int(done[30])
    begun, actor = int(attempts["requested"][row]), int(attempts["actor"][other])
    assert actor != attempts["actor"][row]
    for wait, lag_us, races in ((900, 0, 1), (1100, 0, 0), (1900, 900, 1)):
        simulated = changed(attempts, other, completed=begun + wait)  # it is busy, so the arrival takes another actor
        live = changed(changed(attempts, other, completed=begun + wait), row, actor=actor)
        found = match(live, simulated, lag_us=lag_us)
        assert (found.within_error, len(found.unexplained)) == (races, 1 - races)


def test_what_follows_from_a_race_is_a_consequence(recording):
    attempts = recording.attempts
    actors = attempts["actor"]
    actor = next(actor for actor in actors.tolist() if np.count_nonzero(actors == actor) >= 2)
    first, second = np.flatnonzero(actors == actor)[:2].tolist()
    live = changed(attempts, first, target=4, source=4)
    live = changed(live, second, source=3, target=3)
    near = int(attempts["requested"][first])
    found = match(live, attempts, faults=[near])
    assert (found.within_error, found.consequences, found.unexplained) == (1, 1, ())


def test_an_attempt_that_the_simulation_does_not_have_is_reported(recording):
    attempts = recording.attempts
    more = {name: np.append(column, column[-1]) for name, column in attempts.items()}
    more["attempt"][-1] = 2
    for step in STEPS:
        more[step][-1] += (more[step][-1] >= 0) * 60_000_000
    more["deadline"][-1] += 61_000_000
    found = match(more, attempts)
    assert found.unexplained == ((int(attempts["migration"][-1]), 2),)
    assert match(more, attempts, faults=[int(more["requested"][-1]) + 900]).within_error == 1


def test_an_attempt_that_only_the_simulation_has_is_a_race_if_a_fault_is_next_to_it(recording):
    attempts = recording.attempts
    first = int(np.flatnonzero(attempts["completed"] >= 0)[40])
    fewer = {name: np.delete(column, first) for name, column in attempts.items()}
    key = int(attempts["migration"][first]), 1
    assert match(fewer, attempts).unexplained == (key,)
    assert match(fewer, attempts, faults=[int(attempts["requested"][first]) - 900]).within_error == 1


def test_a_detection_at_another_tick_explains_later_differences_of_the_actor(recording):
    attempts = recording.attempts
    actors, failed = attempts["actor"], attempts["failure"] == TIMED_OUT
    first, second = next(
        (row, int(later[0]))
        for row in np.flatnonzero(failed).tolist()
        if len(later := row + 1 + np.flatnonzero(actors[row + 1 :] == actors[row]))
    )
    tick = int(attempts["failed"][first])
    live = changed(attempts, first, failed=tick + 10_000_000)
    live = changed(live, second, target=(int(attempts["target"][second]) + 1) % 5)
    key = (int(attempts["migration"][second]), 1)
    near, far = (changed(attempts, first, deadline=tick - before) for before in (900, 4_000_000))
    assert match(live, near).consequences == 1
    assert match(live, far).unexplained == (key,)

"""Figures of runs with retries, crashes and lost messages compared with their closed forms.

The seeds are fixed, so that a result does not vary. A correct program fails each comparison with a probability of at
most `ALPHA`. There are fewer than 20, so that all of them hold with a probability above 0.999.
"""

import math
from functools import cache

import numpy as np
import pytest
from scipy import stats

from icnsim.recording.columns import Recording
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from icnsim.theory.predictions import predict

ALPHA = 2e-5
S = 1_000_000

# Retries: N executors, m of them silent, uniform targets, another target after each failure.

ANSWERING, SILENT, RETRIES, MIGRATIONS = 12, 8, 3, 4000
RETRYING = f"""
name: retrying
seed: 11
executors:
  - {{group: answering, count: {ANSWERING}}}
  - {{group: silent, count: {SILENT}, behavior: unresponsive}}
actors: {{count: 20000}}
manager: {{timeout: 10s, check_interval: 5s}}
retry: {{max_retries: {RETRIES}, alternative_target_after: 1}}
workload: {{migrations: {MIGRATIONS}, arrivals: {{rate: 20/s}}}}
"""
FIRST = SILENT / (ANSWERING + SILENT - 1)
"""The source asks one of the others."""
LATER = (SILENT - 1) / (ANSWERING + SILENT - 2)
"""A retry asks one of the others but the one that has just failed."""


@cache
def retrying() -> Recording:
    return simulate(loads(RETRYING))


def test_the_share_of_migrations_that_fail_despite_their_retries() -> None:
    attempts = retrying().attempts
    failed = int((attempts["failed"] >= 0)[attempts["attempt"] == RETRIES + 1].sum())
    assert len(np.unique(attempts["migration"])) == MIGRATIONS
    assert stats.binomtest(failed, MIGRATIONS, FIRST * LATER**RETRIES).pvalue > ALPHA


def test_the_number_of_attempts_is_geometric_up_to_the_retries() -> None:
    attempts = retrying().attempts
    numbers = np.bincount(np.bincount(attempts["migration"]), minlength=RETRIES + 2)[1:]
    more = [
        1.0,
        *(FIRST * LATER**k for k in range(RETRIES)),
        0.0,
    ]  # probabilities of more than 0, 1, … attempts
    expected = [MIGRATIONS * (more[k] - more[k + 1]) for k in range(RETRIES + 1)]
    assert len(numbers) == RETRIES + 1
    assert stats.chisquare(numbers, expected).pvalue > ALPHA


# Crashes: executors that crash and restart, with an actor each.

MTBF, MTTR, INTERVAL, HOURS, EXECUTORS = 1200, 240, 60, 20, 50
CRASHING = f"""
name: crashing
seed: 12
executors: [{{group: e, count: {EXECUTORS}}}]
actors: {{count: {EXECUTORS}, mode: {{stateful: {{checkpoint_interval: {INTERVAL}s}}}}}}
manager: {{check_interval: 1h}}
drain: {HOURS}h
workload: {{migrations: 1, arrivals: {{process: periodic, rate: 1/s}}}}
faults: {{random: {{kinds: [crash], mtbf: {MTBF}s, mttr: {MTTR}s}}}}
"""


@cache
def crashing() -> Recording:
    return simulate(loads(CRASHING))


def test_the_work_lost_at_a_crash_is_uniform_on_the_checkpoint_interval() -> None:
    """An actor has run for an exponential time, whose mean is twenty intervals.

    Hence the density decreases by 5 % over the interval. The distribution differs from the uniform one by 0.6 %,
    which the comparison includes.
    """
    table = crashing().recoveries
    assert table is not None
    lost = table["work_lost"] / S
    assert len(lost) > 2000 and lost.min() >= 0 and lost.max() < INTERVAL
    assert stats.kstest(lost, stats.truncexpon(INTERVAL / MTBF, scale=MTBF).cdf).pvalue > ALPHA
    half = INTERVAL / 2 * (1 - INTERVAL / MTBF / 6)  # the mean of that distribution, to first order
    error = INTERVAL / math.sqrt(12 * len(lost))
    assert abs(lost.mean() - half) < stats.norm.isf(ALPHA / 2) * error


def test_an_executor_is_available_for_the_share_of_mtbf_in_a_cycle() -> None:
    run = crashing()
    table, horizon = run.recoveries, run.horizon / S
    assert table is not None
    assert run.actors is not None
    moved = int(run.attempts["actor"][0])
    # Nothing reports the crashes of an executor without actors.
    hosts = {home for actor, home in enumerate(run.actors["home"].tolist()) if actor != moved}
    down = {
        (executor, crashed): (back if back >= 0 else run.horizon) - crashed
        for executor, crashed, back in zip(*(table[name].tolist() for name in ("executor", "crashed", "restarted")))
        if executor in hosts
    }
    available = 1 - sum(down.values()) / S / horizon / len(hosts)
    cycle = MTBF + MTTR
    # All are up at first. This increases the mean share by the time in which the effect of the start decays.
    expected = MTBF / cycle + MTTR / cycle * (MTBF * MTTR / cycle) / horizon
    error = math.sqrt(2 * MTBF**2 * MTTR**2 / cycle**3 / horizon / len(hosts))
    assert abs(available - expected) < stats.norm.isf(ALPHA / 2) * error


def test_the_number_of_crashes_is_that_of_the_cycles_in_the_time() -> None:
    faults = crashing().observed
    assert faults is not None
    horizon, cycle = HOURS * 3600, MTBF + MTTR
    deviation = math.sqrt(EXECUTORS * horizon * (MTBF**2 + MTTR**2) / cycle**3)
    # A renewal process that begins with an up time has this number, with an error below one for each executor.
    assert abs(faults.faults["crash"] - EXECUTORS * horizon / cycle) < stats.norm.isf(ALPHA / 2) * deviation + EXECUTORS


# The actors' messages

RATE, LATENCY = 2, 0.2
CHATTING = f"""
name: chatting
seed: 13
executors: [{{group: e, count: 10}}]
actors: {{count: 40, message_rate: {RATE}/s}}
network: {{latency: {LATENCY}s}}
duration: 10min
workload: {{arrivals: {{rate: 1/s}}}}
"""


def test_messages_wait_while_the_actor_runs_nowhere_and_older_ones_are_in_transit() -> None:
    """They wait while the actor is paused, and then for the Ack and the forwarded messages: two latencies."""
    run = simulate(loads(CHATTING))
    attempts, tally = run.attempts, run.actor_messages
    assert tally is not None
    done = attempts["completed"] >= 0
    waiting = attempts["downtime"][done] / S + 2 * LATENCY
    queued = int(attempts["queued"][done].sum())
    assert done.sum() > 500
    expected = RATE * waiting.sum()
    assert 2 * min(stats.poisson.cdf(queued, expected), stats.poisson.sf(queued - 1, expected)) > ALPHA
    sent = RATE * 40 * (600 + 900)  # until the end of the drain
    assert 2 * min(stats.poisson.cdf(tally["sent"], sent), stats.poisson.sf(tally["sent"] - 1, sent)) > ALPHA
    assert tally["delivered"] == tally["sent"] and tally["lost"] == tally["reordered"] == tally["waiting"] == 0


# Lost messages

LOSING = """
name: losing
seed: 14
executors: [{group: e, count: 10}]
actors: {count: 20000}
network: {loss: %s}
workload: {migrations: 2000, arrivals: {rate: 50/s}}
faults: [%s]
"""


@pytest.mark.parametrize(
    ("everywhere", "windows", "share"),
    [
        (0, (0.1,), 0.1),
        (0.1, (0.2,), 1 - 0.9 * 0.8),
        (0, (0.3, 0.4), 1 - 0.7 * 0.6),
    ],
)
def test_the_share_of_lost_messages(everywhere: float, windows: tuple[float, ...], share: float) -> None:
    faults = ", ".join(f"{{kind: loss, at: 0s, probability: {probability}}}" for probability in windows)
    run = simulate(loads(LOSING % (everywhere, faults)))
    # Messages are lost independently. Hence lost - share x sent has this variance.
    error = math.sqrt(share * (1 - share) * run.messages_sent)
    assert abs(run.messages_lost - share * run.messages_sent) < stats.norm.isf(ALPHA / 2) * error
    completed = int((run.attempts["completed"] >= 0).sum())
    assert stats.binomtest(completed, 2000, (1 - share) ** 4).pvalue > ALPHA


# Checkpoints that take time: the work that crashes lose, and the useful share.


@pytest.mark.parametrize(
    ("interval", "costs", "lost_about"),
    [
        (60, "{time: 5s, pauses: false}", 60 / 2 + 5),
        (60, "{time: 5s, flush: 2s, pauses: false}", 60 / 2 + 7),
        (60, "{time: 5s}", 60 / 2),
        (300, "{time: 30s}", 300 / 2),
        (20, "{time: 1s, bandwidth: 1MiB/s}", 20 / 2),  # states of 1 MiB
    ],
)
def test_the_lost_work_and_the_useful_share_if_checkpoints_take_time(
    interval: int, costs: str, lost_about: float
) -> None:
    """The mean of the lost work, with the variance of the run, and the share of time that became work.

    The share's error is that of a mean over independent cycles: (useful - share x cycle), a cycle each. All are up
    at first and cut off at the end, which is less than an M of 100: within 1 %.
    """
    horizon = 100 * MTBF
    scenario = loads(
        CRASHING.replace("seed: 12", f"seed: {interval}").replace(f"interval: {INTERVAL}s", f"interval: {interval}s")
        + f"checkpoints: {costs}",
        overrides={"drain": f"{horizon}s", "record.timeline": None},
    )
    run = simulate(scenario)
    predicted, found = predict(scenario), summarise(run, scenario)
    lost = run.recoveries["work_lost"] / S
    expected = predicted["recoveries.work_lost.mean"].value
    assert expected == pytest.approx(lost_about, rel=0.06)
    assert len(lost) > 3000
    assert abs(lost.mean() - expected) < stats.norm.isf(ALPHA / 2) * lost.std() / math.sqrt(len(lost))
    share = predicted["work.useful_share"].value
    assert share is not None
    cycles = EXECUTORS * horizon / (MTBF + MTTR)
    spread = math.hypot((1 - share) * MTBF, share * MTTR, lost.std()) / (MTBF + MTTR)
    error = stats.norm.isf(ALPHA / 2) * spread / math.sqrt(cycles)
    assert abs(found["work"]["useful_share"] - share) < error + 0.01
    assert found["work"]["done_s"] - found["work"]["lost_s"] == pytest.approx(
        found["work"]["useful_share"] * EXECUTORS * run.horizon / S
    )

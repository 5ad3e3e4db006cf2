"""Closed forms of PROTOCOL section 8 and of the design document's claims.

Plain functions of numbers and distributions, in seconds unless they say otherwise. Each states its
formula, its assumptions and its source. "Random phase" means that a manager's ticks are
independent of the records that they check, so that the time from any moment to the next
tick is uniform on (0, I].
"""

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.scenario import Distribution
from icnsim.scenario.composite import Mixture, Scaled
from icnsim.theory.convolution import sum_of
from icnsim.theory.drawn import drawn_mean, drawn_variance
from icnsim.theory.integral import running_integral

Floats = NDArray[np.float64]
Parts = Sequence[Distribution]
"""Independent durations that follow one another."""
NEVER: Final = 1e-6
"""The probability below which an event is taken never to happen."""
BEYOND: Final = 1 - 1e-9
"""The quantile that is used as the longest duration."""


def detection_latency_mean(interval: float) -> float:
    """Mean delay from deadline to detection, s: I/2.

    Assumes random phase; then the delay is uniform on (0, I]. The protocol's clock has
    whole milliseconds, which adds less than 1 ms. Source: PROTOCOL section 8.
    """
    return interval / 2


def detection_latency_variance(interval: float) -> float:
    """Variance of that delay, s²: I²/12. Assumes random phase. Source: PROTOCOL section 8."""
    return interval**2 / 12


def detection_latency_quantile(interval: float, share: float) -> float:
    """The delay that a share of detections does not exceed, s: share x I. Assumes random phase."""
    return share * interval


def detection_latency_maximum(interval: float) -> float:
    """The longest delay, s: I, and less than 1 ms for the clock. Assumes ticks on time."""
    return interval


def detection_total(timeout: float, interval: float, share: float) -> float:
    """Quantile of the time from entering the state to detection, s: T + share x I.

    Assumes random phase; the total is uniform on (T, T + I]. Source: PROTOCOL section 8.
    """
    return timeout + detection_latency_quantile(interval, share)


def record_life_mean(retention: float, interval: float) -> float:
    """Mean life of a terminal record that a message ended, s: R + I/2.

    Uniform on [R, R + I). Assumes random phase. Source: PROTOCOL section 8.
    """
    return retention + interval / 2


def record_life_after_tick(retention: float, interval: float) -> float:
    """Life of a record that a tick ended, s: I x ceil(R / I).

    Detection and cleanup share their ticks, so a record that timed out goes at the first
    tick of the same phase that is R later. No assumption.
    """
    return math.ceil(retention / interval - 1e-9) * interval


def records_held(rate: float, alive: Callable[[Floats], Floats], start: float, end: float) -> float:
    """Mean records held over the window [start, end), s, of a run that begins without records.

    Parameters
    ----------
    rate : new records a second. alive : the probability that a record is older than an age, s.

    rate x the mean over t of ∫₀ᵗ P(life > a) da, by the trapezoidal rule. If `start` is
    beyond the longest life, this is rate x mean life: Little, "A proof for the queuing
    formula L = λW" (1961). Assumes that records begin evenly from 0 to `end`.
    """
    ages: Floats = np.linspace(0.0, end, 20_001)
    share = alive(ages)
    held = running_integral(share, np.diff(ages))
    return rate * float(held[ages >= start].mean())


def memory(records: float, record_bytes: float) -> float:
    """Memory of records, bytes: records x bytes of one.

    Assumes the design's 100 B per record, or the scenario's value. Source: PROTOCOL section 4.
    """
    return records * record_bytes


def ticks(executors: int, simulated: float, interval: float, *, aligned: bool = False) -> float:
    """Mean ticks of all loops: N x time / I with random phase, N x ceil(time / I) where aligned."""
    each = simulated / interval
    return executors * (math.ceil(each) if aligned else each)


def all_busy(offered: float, actors: int) -> float:
    """The probability that an arrival finds every actor busy: Erlang's B of that load.

    Parameters
    ----------
    offered : mean number of actors that would migrate at once if no actor were busy.

    Assumes Poisson arrivals. Source: Erlang (1917); the recursion 1/B(n) = 1 + n / (a B(n - 1)).
    """
    if actors > 1000 and offered < actors / 2:
        return 0.0  # less than e^(-190)
    if offered >= 2 * actors:
        return 1 - actors / offered
    inverse = 1.0
    for servers in range(1, actors + 1):
        inverse = 1 + inverse * servers / offered if offered else math.inf
    return 1 / inverse


def servers_wait(servers: int, rate: float, service: float) -> float:
    """Mean time that a customer waits in M/M/c, s: C(c, a) / (c / S - λ), a = λ S.

    C is Erlang's probability that all servers are busy. It follows from his loss formula B by
    C = B / (1 - ρ (1 - B)), and B(c) = a B(c - 1) / (c + a B(c - 1)). Assumes that ρ = a / c < 1. Source: A. K. Erlang
    (1917); Kleinrock, Queueing Systems I, section 3.5.
    """
    offered = rate * service
    lost = 1.0
    for busy in range(1, servers + 1):
        lost = offered * lost / (busy + offered * lost)
    all_busy_share = lost / (1 - offered / servers * (1 - lost))
    return all_busy_share / (servers / service - rate)


def one_server_wait(rate: float, service: float, variance: float) -> float:
    """Mean time that a customer waits in M/G/1, s: λ E[S²] / 2 (1 - ρ).

    Source: Pollaczek (1930), Khinchine (1932); Kleinrock, Queueing Systems I, section 5.6.
    """
    return rate * (variance + service**2) / (2 * (1 - rate * service))


def scans_until_answer(duration: float, interval: float) -> float:
    """Mean ticks that scan a record which is active for `duration`, s: d / I. Random phase."""
    return duration / interval


def tick_cost(tick: float, detect: float, cleanup: float, active: float, removed: float) -> float:
    """Cost of one tick, s: tick + detect x active + cleanup x removed. Source: PROTOCOL section 4."""
    return tick + detect * active + cleanup * removed


def cpu_share(cost: float, executors: int, simulated: float) -> float:
    """Share of one core that an executor's manager takes: cost / (N x time), cost in s.

    Assumes the design's costs of a tick. Source: PROTOCOL section 4.
    """
    return cost / (executors * simulated)


def processor_sharing_mean(alone: float, load: float) -> float:
    """Mean time of a transfer on a shared link, or of a write into a shared store, s: mean time alone / (1 - load).

    Assumes a load below 1, Poisson arrivals of migrations and an equal share for every transfer. The sizes may have
    any distribution. A migration may use the station again after an independent time; a processor-sharing station
    keeps its distribution then (Baskett, Chandy, Muntz and Palacios, "Open, closed, and mixed networks of queues with
    different classes of customers", 1975). Source of the formula: Kleinrock, "Queueing Systems" II (1976), section 4.4.
    """
    return alone / (1 - load)


def duration_mean(parts: Parts) -> float:
    """Mean of a duration that is a sum of stages, µs: the sum of the means of their draws. No assumption.

    Draws are whole µs, see `drawn`. Source: PROTOCOL section 3, the stages of a migration.
    """
    return sum(drawn_mean(part) for part in parts)


def duration_variance(parts: Parts) -> float:
    """Variance of that duration, µs²: the sum of the variances of their draws. Assumes independent stages."""
    return sum(drawn_variance(part) for part in parts)


def far(duration: Distribution) -> float:
    """Its quantile of 1 - 10⁻⁹, which it almost never exceeds; for a mixture the largest quantile of its parts."""
    if isinstance(duration, Mixture):
        return max(far(part) for part, weight in zip(duration.parts, duration.weights, strict=True) if weight)
    if isinstance(duration, Scaled):
        return duration.factor * far(duration.part)
    return float(duration.ppf(np.array([BEYOND]))[0])


def outlasts(parts: Parts, limit: float) -> float:
    """The probability that a sum of independent stages is longer than `limit`.

    By convolution on a grid, see `convolution`; `limit` in the unit of the parts, at least 0. A sum is 0 only if each
    part is 0, so a limit of 0 needs no grid.
    """
    return _excess(tuple(parts), limit)


@lru_cache(maxsize=1024)
def _excess(parts: tuple[Distribution, ...], limit: float) -> float:
    if sum(part.support()[1] for part in parts) <= limit:
        return 0.0
    if limit == 0:
        return 1 - math.prod(float(part.cdf(np.array([0.0]))[0]) for part in parts)
    return float(sum_of(parts, limit).exceeds(np.array(limit)))


def false_positive_probability(reply: Parts, timeout: float, interval: float) -> float:
    """The probability that the answer of a willing target comes too late.

    (1/I) ∫₀ᴵ P(reply > T + u) du, by the trapezoidal rule over the convolution of the
    reply's parts: a request is found at T + U, U uniform on (0, I]. All in the unit of the
    parts, which may have any distribution. Assumes random phase and that no message is
    lost. Source: Chen, Toueg and Aguilera (2002), the probability of a mistake.
    """
    return _mean_excess(tuple(reply), timeout, interval)


@lru_cache(maxsize=1024)
def _mean_excess(reply: tuple[Distribution, ...], timeout: float, interval: float) -> float:
    if sum(part.support()[1] for part in reply) <= timeout:
        return 0.0
    points: Floats = np.linspace(timeout, timeout + interval, 2001)
    late = sum_of(reply, timeout + interval).exceeds(points)
    return float(np.trapezoid(late, points)) / interval


def success_rate(completed: float, rejected: float, timed_out: float) -> float:
    """Completed of all that ended: C / (C + R + T), from the probabilities of the outcomes.

    Source: PROTOCOL section 6 (metrics). Assumes that attempts are independent.
    """
    ended = completed + rejected + timed_out
    return completed / ended if ended else 0.0

"""Closed forms of PROTOCOL section 8 and of the design document's claims.

Plain functions of plain numbers, in seconds unless a name says otherwise. Each states its
formula, what it assumes and where it comes from. "Random phase" means that a manager's
ticks stand in no relation to what they look at, so that the time from any moment to the
next tick is uniform on (0, I].
"""

import math


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


def truncated_life_mean(retention: float, interval: float, rate: float) -> float:
    """Mean life of a terminal record that may be replaced before, s: E[min(L, X)].

    L uniform on [R, R + I), X exponential with `rate`: (1 - e^(-rR) (1 - e^(-rI)) / (rI)) / r.
    Assumes that new migrations of one actor come at random, at that rate.
    """
    if rate <= 0:
        return record_life_mean(retention, interval)
    share = math.exp(-rate * retention) * -math.expm1(-rate * interval) / (rate * interval)
    return (1 - share) / rate


def records_held(rate: float, mean_life: float) -> float:
    """Mean records held in steady state: rate x mean life.

    Source: Little, "A proof for the queuing formula L = λW" (1961). Assumes steady state.
    """
    return rate * mean_life


def ticks(executors: int, simulated: float, interval: float) -> float:
    """Mean ticks of all loops: N x time / I. Assumes random phase; exact to one tick a loop."""
    return executors * simulated / interval


def scans_until_answer(duration: float, interval: float) -> float:
    """Mean ticks that scan a record which is active for `duration`, s: d / I. Random phase."""
    return duration / interval


def scans_until_detection(timeout: float, interval: float) -> float:
    """Mean ticks that scan a record up to and with its detection: T / I + 1. Random phase."""
    return timeout / interval + 1


def tick_cost(tick: float, detect: float, cleanup: float, active: float, removed: float) -> float:
    """Cost of one tick, s: tick + detect x active + cleanup x removed. Source: PROTOCOL section 4."""
    return tick + detect * active + cleanup * removed

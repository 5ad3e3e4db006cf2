"""Reports that a run ended before its last migrations could end, with the drain that they need.

A migration without an answer ends when the manager detects it. A run that ends earlier contains only the fast ends.
These are the successes if failures are detected late, and the failures if a copy takes longer than a timeout. So its
success rate may be too high or too low, and no interval shows this.
"""

from collections.abc import Mapping
from typing import Any

from icnsim.numbers import figure
from icnsim.protocol.retry import Backoff
from icnsim.scenario import Scenario
from icnsim.scenario.units import format_duration, rounded_up
from icnsim.theory.model import Model


def of_run(summary: Mapping[str, Any], scenario: Scenario) -> str | None:
    """Returns the effect of a short drain on the figures, and the drain to set; None if migrations had time to end."""
    if not summary["migrations"]["unfinished"]:
        return None
    needed = rounded_up(needed_s(scenario) * 1e6)
    if scenario.drain >= needed:
        return None
    return (
        f"The drain of {format_duration(scenario.drain)} is too short: a migration may need {format_duration(needed)} "
        "to end. success_rate counts only the migrations that have ended; the others may succeed more often or less "
        f"often, so it may be too high or too low.{_by_time(summary)} Set drain: {format_duration(needed)}."
    )


def _by_time(summary: Mapping[str, Any]) -> str:
    """Returns a sentence on the share that has completed by the latest time for which it is known."""
    known = [(time, share) for time, share in summary["success_by"].items() if share is not None]
    if not known:
        return " The share that completes by any time is not known either."
    time, share = known[-1]
    return f" success_by.{time} counts all of them: about {figure(share, '%')} complete within {time}."


def needed_s(scenario: Scenario) -> float:
    """Returns the time in which a migration with all its attempts ends, except with a negligible probability, s.

    Each attempt may need the timeout and one check interval, or ten times the mean duration if that is longer. The
    longest pauses come between attempts, and the window and grace of a quorum before them. Faults are not included.
    """
    model, retries, quorum, given = Model(scenario), scenario.most_retries, scenario.quorum, scenario.retry.backoff
    backoff = Backoff(given.base, given.factor, given.max, given.jitter)
    longest = (backoff.most if given.jitter == "decorrelated" else backoff.longest(k) for k in range(1, retries + 1))
    vote = quorum.window + quorum.grace if quorum.enabled else 0
    attempt = max(model.attempt_detected_within(), 10 * model.longest_usual())
    return (1 + retries) * (attempt + vote / 1e6) + sum(longest) / 1e6

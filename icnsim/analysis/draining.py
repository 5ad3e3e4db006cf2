"""Whether a run ended before its last migrations could end, and the drain that they need.

A migration that nobody answers ends when the manager detects it. A run that ends earlier has seen only the fast ends,
which are the successes. So its success rate is too high, and no interval shows this.
"""

from collections.abc import Mapping
from typing import Any

from icnsim.analysis.model import Model
from icnsim.protocol.retry import Backoff
from icnsim.scenario import Scenario
from icnsim.scenario.units import format_duration, rounded_up


def of_run(summary: Mapping[str, Any], scenario: Scenario) -> str | None:
    """What the short drain of a run does to its figures, and what to set; None if migrations had time to end."""
    if not summary["migrations"]["unfinished"]:
        return None
    needed = rounded_up(needed_s(scenario) * 1e6)
    if scenario.drain >= needed:
        return None
    return (
        f"The drain of {format_duration(scenario.drain)} is too short: a migration may need {format_duration(needed)} "
        "to end, and those that fail take longest. success_rate counts only the migrations that have ended, so it is "
        f"too high; success_by is not. Set drain: {format_duration(needed)}."
    )


def needed_s(scenario: Scenario) -> float:
    """The time in which a migration with all of its attempts ends, except with a negligible probability, s.

    Each attempt may need the timeout and one check interval, or ten times the mean duration if that is longer. The
    longest pauses come between attempts, and the window and grace of a quorum before them. Faults are not included.
    """
    model, retries, quorum, given = Model(scenario), scenario.most_retries, scenario.quorum, scenario.retry.backoff
    backoff = Backoff(given.base, given.factor, given.max, given.jitter)
    longest = (backoff.most if given.jitter == "decorrelated" else backoff.longest(k) for k in range(1, retries + 1))
    vote = quorum.window + quorum.grace if quorum.enabled else 0
    attempt = max(model.attempt_detected_within(), 10 * model.longest_usual())
    return (1 + retries) * (attempt + vote / 1e6) + sum(longest) / 1e6

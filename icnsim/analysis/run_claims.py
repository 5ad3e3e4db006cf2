"""Compares one run with the claims of the design document: each claim holds, fails, or is not tested.

`report_claims` measures the claims with several seeds of chosen scenarios. A single run of any scenario tests fewer of
them: a claim about the design's 30 s says nothing about a run with another check interval. The sentences are those of
`docs/claims.md`, from `claims.REASONS`.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from icnsim.analysis import claims
from icnsim.analysis.claims import REASONS
from icnsim.analysis.draining import needed_s
from icnsim.numbers import CPU, figure
from icnsim.protocol.states import State
from icnsim.recording.expectations import flatten
from icnsim.scenario import Scenario
from icnsim.scenario.units import format_duration, rounded_up

Known = Mapping[str, Any]
"""Every figure of a summary by its name."""

DESIGN: Final = {"timeout": 60_000_000, "check_interval": 30_000_000, "retention": 300_000_000}
"""The design's settings of the manager, µs."""
USUAL_DURATION_S: Final = 5.9
"""The mean duration of a migration with the design's delays, s. The reasons of `docs/claims.md` assume these delays."""


class RunClaim(NamedTuple):
    """A claim in one run.

    Attributes
    ----------
    claim : the claim of the design document. holds : None if the run does not test it.
    found : the figure of the run that decides, as text; may be empty. why : the reason, as a sentence.
    """

    claim: str
    holds: bool | None
    found: str
    why: str


class Rule(NamedTuple):
    """A rule that decides a claim: a figure of the summary must be from `low` to `high`.

    Attributes
    ----------
    keys : the manager's settings that must be those of the design. reasons : the claim whose sentences apply.
    """

    claim: str
    metric: str
    low: float
    high: float
    keys: tuple[str, ...]
    unit: str = "s"
    reasons: str = ""


BOTH: Final = ("timeout", "check_interval")
EARLY: Final = (
    Rule(claims.DETECTED_AT_WORST, "detection_latency.max", 0, 30.001, ("check_interval",)),
    Rule(claims.AT_LEAST, "detection_total.min", 60, 90.001, ("timeout",)),
    Rule(claims.AT_MOST, "detection_total.max", 60, 90.001, BOTH),
    Rule(claims.SILENT, "qos.detection_time.max", 60, 90.001, BOTH, reasons=claims.AT_MOST),
)
LATE: Final = (
    Rule(claims.REMOVED, "record_life.max", 300, 330.001, ("retention", "check_interval")),
    Rule(claims.NEGLIGIBLE, "manager.cpu_share", 0, 1e-3, (), CPU),
)
UNTESTED: Final = (
    RunClaim(claims.TICK_COST, None, "", "the costs of one record are settings, which no simulation can measure"),
    RunClaim(claims.RECORD_SIZE, None, "", "the bytes of a record are a setting, which no simulation can measure"),
)


def run_claims(summary: Mapping[str, Any], scenario: Scenario) -> list[RunClaim]:
    """Returns the claims in one run: those that fail first, then those that hold, then those that are not tested."""
    if not (scenario.migrates and scenario.manager.enabled):
        return []
    known = dict(flatten(summary))
    judges: tuple[Callable[[Known, Scenario], RunClaim], ...] = (_typical, _generous, _bounded, _stuck)
    found = [
        _mean(known, scenario, summary["detection_latency"]),
        *(_decided(rule, known, scenario) for rule in EARLY),
        *(judge(known, scenario) for judge in judges),
        *(_decided(rule, known, scenario) for rule in LATE),
        *UNTESTED,
    ]
    return sorted(found, key=lambda each: (each.holds is None, each.holds))


def counted(found: list[RunClaim]) -> str:
    """Returns the numbers of claims that hold, fail and are not tested, in one sentence."""
    held, failed, untested = (sum(each.holds is verdict for each in found) for verdict in (True, False, None))
    parts = [
        f"{held} hold" if held != 1 else "1 holds",
        f"{failed} fail" if failed != 1 else "1 fails",
        f"{untested} are not tested" if untested != 1 else "1 is not tested",
    ]
    return f"Of {len(found)} claims of the design, {parts[0]} in this run, {parts[1]}, and {parts[2]}."


def _decided(rule: Rule, known: Known, scenario: Scenario) -> RunClaim:
    value = known.get(rule.metric)
    if value is None:
        return RunClaim(rule.claim, None, "", "this run has no such event")
    found = figure(value, rule.unit)
    if why := _differs(scenario, rule.keys):
        return RunClaim(rule.claim, None, found, why)
    holds = rule.low <= value <= rule.high
    reasons = REASONS[rule.reasons or rule.claim]
    return RunClaim(rule.claim, holds, found, reasons.holds if holds else reasons.fails)


def _mean(known: Known, scenario: Scenario, section: Mapping[str, Any]) -> RunClaim:
    """Judges the mean delay: 15 s must be within twice the 95 % interval around the mean, as on the page of claims."""
    claim, mean, interval = claims.DETECTED_ON_AVERAGE, known["detection_latency.mean"], section["ci95"]
    if mean is None:
        return RunClaim(claim, None, "", "this run has no such event")
    found = figure(mean, "s")
    if why := _differs(scenario, ("check_interval",)):
        return RunClaim(claim, None, found, why)
    if interval is None:
        return RunClaim(claim, None, found, f"the mean has no interval: {section['ci95_why']}")
    holds = abs(mean - 15) <= interval[1] - interval[0]
    return RunClaim(claim, holds, found, REASONS[claim].holds if holds else REASONS[claim].fails)


def _typical(known: Known, _: Scenario) -> RunClaim:
    claim, mean = claims.TYPICAL, known["migration_duration.mean"]
    if mean is None:
        return RunClaim(claim, None, "", "no migration completed")
    holds = 1 <= mean <= 5
    reasons = REASONS[claim]
    why = reasons.holds if holds else reasons.fails if _usual(known) else "The stages of this scenario add up to more."
    return RunClaim(claim, holds, f"mean {figure(mean, 's')}", why)


def _generous(known: Known, scenario: Scenario) -> RunClaim:
    claim, rate = claims.GENEROUS, known["false_positives.rate"]
    if rate is None:
        return RunClaim(claim, None, "", "no target would have accepted")
    found = figure(rate, "%") if rate else "none"
    if why := _differs(scenario, ("timeout",)):
        return RunClaim(claim, None, found, why)
    if not rate:
        return RunClaim(claim, True, found, REASONS[claim].holds if _usual(known) else "No answer came too late.")
    return RunClaim(claim, False, found, "Answers that were late or lost count as a dead target.")


def _bounded(known: Known, scenario: Scenario) -> RunClaim:
    claim, left = claims.BOUNDED, known["records.unremoved"]
    found = f"{left:,} records left" if left else "no record left"
    manager = scenario.manager
    needed = rounded_up((needed_s(scenario) * 1e6) + manager.retention + manager.check_interval)
    if left and scenario.drain < needed:
        return RunClaim(claim, None, found, f"the run ends too early; set drain: {format_duration(needed)}")
    lossy = REASONS[claims.BOUNDED_WITH_LOSS if known["messages.lost"] else claim]
    if not left:
        return RunClaim(claim, True, found, lossy.holds)
    return RunClaim(claim, False, found, (lossy if _only_requesting(scenario) else REASONS[claim]).fails)


def _stuck(known: Known, scenario: Scenario) -> RunClaim:
    claim, open_ = claims.STUCK, known["migrations.unfinished"]
    if not _only_requesting(scenario):
        return RunClaim(claim, None, "", "this run tracks later states, too")
    if not open_:
        return RunClaim(claim, None, "", "no migration was stuck")
    found = f"{open_:,} unfinished"
    if scenario.drain < (needed := rounded_up(needed_s(scenario) * 1e6)):
        return RunClaim(claim, None, found, f"the run ends too early; set drain: {format_duration(needed)}")
    return RunClaim(claim, True, found, REASONS[claim].holds)


def _only_requesting(scenario: Scenario) -> bool:
    return tuple(scenario.manager.ever_tracked) == (State.REQUESTING,)


def _usual(known: Known) -> bool:
    """Returns whether the delays are those of the design, by the closed form of the mean duration."""
    value = known.get("predicted.migration_duration.mean.value")
    return value is not None and abs(value - USUAL_DURATION_S) < 1e-6


def _differs(scenario: Scenario, keys: tuple[str, ...]) -> str:
    """Returns the first setting that is not the design's, in words; may be empty."""
    return next(_differences(scenario, keys), "")


def _differences(scenario: Scenario, keys: tuple[str, ...]) -> Iterator[str]:
    manager = scenario.manager
    for key in keys:
        value = getattr(manager, key)
        if value != DESIGN[key]:
            shown = format_duration(value) if isinstance(value, int) else "not the same in all states"
            yield f"manager.{key} is {shown}; the design's is {format_duration(DESIGN[key])}"
    if keys and manager.detector.kind != "poll":
        yield f"manager.detector is {manager.detector.kind}; the design's is poll"
    if keys and (manager.overrides or manager.adjustments):
        yield "manager.overrides or manager.adjustments change the settings"

"""Measures every claim of the design document and writes `docs/claims.md`: `python -m docs.programs.claims`.

A rule on numbers gives the verdict on each claim (PROTOCOL section 4). The rules were written before the numbers were
known. The shipped scenarios run with several seeds, and the page shows each figure with its 95 % interval over the
seeds. Averages over time are those of the steady state: their runs have a warm-up.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from icnsim import typed
from icnsim.analysis import claims
from icnsim.analysis.claims import REASONS
from icnsim.numbers import rounded
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.expectations import flatten
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, load
from icnsim.simulation import simulate
from icnsim.statistics.intervals import half_width
from icnsim.theory import design
from icnsim.theory.predictions import predict
from icnsim.theory.record_figures import steady_tick_cost

SEEDS = range(1, 11)
CONFIRMED, REFUTED, DEPENDS = "confirmed", "refuted", "depends"

Figures = Sequence[float]
"""The values of a figure, one for each seed."""
Judge = Callable[[Figures], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Experiment:
    """A shipped scenario with overrides."""

    scenario: str
    overrides: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return typed.command(["icnsim", "run", f"scenarios/{self.scenario}.yaml", *typed.settings(self.overrides)])


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, and the figure and the rule that decide it.

    Attributes
    ----------
    text, figure : the claim of the design document, and its number.
    experiment, metric : the runs, and the figure: one of the summary or of `MEASURES`.
    judge : returns the verdict and its reason from the figures of all seeds.
    unit, scale : the displayed unit, and the factor from the figure's unit to it.
    """

    text: str
    figure: str
    experiment: Experiment
    metric: str
    judge: Judge
    unit: str = "s"
    scale: float = 1.0


# Figures that are not in a summary


def tick_cost(recording: Recording, scenario: Scenario) -> float:
    """Returns the mean cost of a tick in the window, s. These runs have no idle ticks."""
    ticks, costs = recording.ticks, scenario.manager.costs
    inside = (ticks["at"] >= recording.window_start) & (ticks["at"] < recording.window_end)
    active, removed = float(ticks["active"][inside].mean()), float(ticks["removed"][inside].mean())
    return design.tick_cost(costs.tick, costs.detect, costs.cleanup, active, removed) / 1e6


def life_of_failed(recording: Recording, _: Scenario) -> float:
    """Returns the longest time for which a source kept the record of a failed attempt, s."""
    a = recording.attempts
    gone = (a["failed"] != NEVER) & (a["removed"] != NEVER)
    return float((a["removed"] - a["failed"])[gone].max() / 1e6)


def within_five_seconds(recording: Recording, _: Scenario) -> float:
    """Returns the share of completed migrations that took 1 to 5 s."""
    a = recording.attempts
    took = (a["completed"] - a["requested"])[a["completed"] != NEVER] / 1e6
    return float(((took >= 1) & (took <= 5)).mean())


MEASURES: Mapping[str, Callable[[Recording, Scenario], float]] = {
    "cost of a tick": tick_cost,
    "share of a core": lambda recording, scenario: (
        tick_cost(recording, scenario) / (scenario.manager.check_interval / 1e6)
    ),
    "life of a failed record": life_of_failed,
    "share within 1-5 s": within_five_seconds,
}

CLOSED_FORMS: Mapping[str, Callable[[Scenario], float]] = {
    "cost of a tick": steady_tick_cost,
    "share of a core": lambda scenario: steady_tick_cost(scenario) / (scenario.manager.check_interval / 1e6),
    "life of a failed record": lambda scenario: design.record_life_after_tick(
        scenario.manager.retention / 1e6, scenario.manager.check_interval / 1e6
    ),
}


# Rules


def near(value: float, sentence: str, otherwise: str = "The mean is different.") -> Judge:
    """Returns a rule that confirms a claim if the value is within twice the half-width of the seeds' 95 % interval."""

    def judge(figures: Figures) -> tuple[str, str]:
        mean, half = mean_and_half_width(figures)
        return (CONFIRMED, sentence) if abs(mean - value) <= 2 * half + 1e-9 else (REFUTED, otherwise)

    return judge


def within(low: float, high: float, sentence: str, otherwise: str) -> Judge:
    """Returns a rule that confirms a claim if the figures of all seeds are from `low` to `high`."""

    def judge(figures: Figures) -> tuple[str, str]:
        inside = all(low <= figure <= high for figure in figures)
        return (CONFIRMED, sentence) if inside else (REFUTED, otherwise)

    return judge


def depends(sentence: str) -> Judge:
    """Returns a rule whose verdict is "depends", with this sentence."""
    return lambda _: (DEPENDS, sentence)


# Claims

WEEK4, ATTACK = Experiment("week4"), Experiment("timeout-attack")
STEADY = Experiment("week4", {"warmup": "7min"})
STUCK, MISTAKES = Experiment("stuck-later-states"), Experiment("false-positives")


def crowded(rate: str) -> Experiment:
    """Returns four executors that answer 54 % of requests: at 8.6/s, a tick scans 100 records and removes 100."""
    return Experiment("week4", {
        "executors": [{"group": "moody", "count": 4, "answer_probability": 0.54}], "actors.count": 1_000_000,
        "workload.arrivals.rate": rate, "workload.migrations": None, "duration": "20min", "warmup": "8min",
        "drain": "1min", "expect": {},
    })  # fmt: skip


BUSY, BUSIER = crowded("8.6/s"), crowded("86/s")

CLAIMS = (
    Claim(claims.DETECTED_ON_AVERAGE, "15 s", WEEK4, "detection_latency.mean",
          near(15.0, *REASONS[claims.DETECTED_ON_AVERAGE])),
    Claim(claims.DETECTED_AT_WORST, "30 s", WEEK4, "detection_latency.max",
          within(0, 30.001, *REASONS[claims.DETECTED_AT_WORST])),
    Claim(claims.AT_LEAST, "60 s", WEEK4, "detection_total.min",
          within(60, 90.001, *REASONS[claims.AT_LEAST])),
    Claim(claims.AT_MOST, "90 s", WEEK4, "detection_total.max",
          within(60, 90.001, *REASONS[claims.AT_MOST])),
    Claim(claims.TICK_COST, "1.5 ms", BUSY, "cost of a tick",
          within(1.4e-3, 1.6e-3, *REASONS[claims.TICK_COST]), "ms", 1e3),
    Claim("The manager takes 0.005 % of a core (1.5 ms in 30 s)", "0.005 %", BUSY, "share of a core",
          within(4.6e-5, 5.4e-5, "This holds if a tick scans 100 active records and removes 100.",
                 "The share is different."), "%", 100),
    Claim("The manager takes 0.005 % of a core in a federation of the design's size", "0.005 %", WEEK4,
          "manager.cpu_share",
          depends("It takes a fortieth of that over the whole run, including warm-up and drain, because there are few "
                  "records to scan at 0.1 migrations per second on each executor. The design's figure is a bound for "
                  "about 2 migrations per second on each executor."), "%", 100),
    Claim("Both scans grow linearly", "10 times the records, 10 times the cost", BUSIER, "cost of a tick",
          within(14e-3, 16e-3, "Ten times the records of the row above take ten times its cost, less the fixed 10 µs.",
                 "The cost grows in another way."), "ms", 1e3),
    Claim(claims.NEGLIGIBLE, "negligible", BUSIER, "share of a core",
          within(0, 1e-3, *REASONS[claims.NEGLIGIBLE]), "%", 100),
    Claim(claims.RECORD_SIZE, "~10 KB", STEADY, "records.mean_bytes",
          depends("This assumes the design's 100 B per record, which a simulation cannot measure. In the steady state, "
                  "each of the 100 executors holds about 60 records, which are 6 KB."), "kB", 1e-3),
    Claim(claims.BOUNDED, "bounded", WEEK4, "records.unremoved",
          within(0, 0, *REASONS[claims.BOUNDED]), "records"),
    Claim(claims.BOUNDED_WITH_LOSS, "bounded", STUCK, "records.unremoved",
          within(0, 0, *REASONS[claims.BOUNDED_WITH_LOSS]), "records"),
    Claim("The first tick at or after 5 min removes the record of a failed migration", "300-330 s", WEEK4,
          "life of a failed record",
          within(300, 330.001, "It is exactly 300 s if a tick failed the record: 300 s are ten check intervals, and "
                 "the same loop removes the record.", "It can take longer.")),
    Claim(claims.REMOVED, "300-330 s", WEEK4, "record_life.max",
          within(300, 330.001, *REASONS[claims.REMOVED])),
    Claim(claims.TYPICAL, "1-5 s", WEEK4, "migration_duration.mean",
          within(1, 5, *REASONS[claims.TYPICAL])),
    Claim("Most migrations take 1-5 s", "1-5 s", WEEK4, "share within 1-5 s",
          within(0.5, 1, "More than half of them.", "About three in ten do."), "%", 100),
    Claim(claims.SILENT, "60-90 s", ATTACK, "detection_total.mean",
          near(75.0, "It costs 75 s on average, with three tenths of the executors silent.")),
    Claim("A target that never answers leaks no state", "no leaks", ATTACK, "records.unremoved",
          within(0, 0, "Every record of the attack was removed.", "Some records stay."), "records"),
    Claim(claims.STUCK, "a known limitation",
          STUCK, "migrations.unfinished",
          within(1, math.inf, *REASONS[claims.STUCK]), "migrations"),
    Claim(claims.GENEROUS, "none", WEEK4,
          "false_positives.rate", within(0, 0, *REASONS[claims.GENEROUS]), "%", 100),
    Claim("60 s is generous enough against false positives, with slow executors and a heavy tail", "none", MISTAKES,
          "false_positives.rate",
          depends("About 1 % of willing targets are taken for dead. Each of them keeps a record in Restoring for "
                  "ever."), "%", 100),
)  # fmt: skip


def write(path: Path, scenarios: Path) -> None:
    """Runs the experiments of all claims and writes the page."""
    runs: dict[str, list[Mapping[str, Any]]] = {}
    lines = [
        "# The design document's claims, measured",
        "",
        "Each row is a claim of the design document, the closed form, the simulated figure and the verdict: confirmed,",
        "refuted, or depends on the scenario. `python -m docs.programs.claims` makes this page from",
        f"{len(SEEDS)} seeds of each scenario; do not edit it. Intervals are Student's 95 % intervals over the seeds.",
        "Closed forms are those of `icnsim predict`.",
        "",
        "| claim | the design says | closed form | simulated | verdict |",
        "|---|---|---|---|---|",
    ]
    for claim in CLAIMS:
        file, overrides = scenarios / f"{claim.experiment.scenario}.yaml", claim.experiment.overrides
        key = str(claim.experiment)
        if key not in runs:
            runs[key] = [figures_of(load(file, overrides, seed, allow_large=True)) for seed in SEEDS]
        figures = [float(run[claim.metric]) for run in runs[key]]
        verdict, sentence = claim.judge(figures)
        cells = (
            claim.text, claim.figure, closed_form(claim, load(file, overrides)), simulated(claim, figures),
            f"**{verdict}**: {sentence}",
        )  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"¹ `{BUSY}`", "", f"² `{BUSIER}`", "", f"³ `{STEADY}`"]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def figures_of(scenario: Scenario) -> dict[str, Any]:
    """Returns every figure of one run: those of its summary and those of `MEASURES`."""
    recording = simulate(scenario)
    measures = {name: measure(recording, scenario) for name, measure in MEASURES.items()}
    return {**dict(flatten(summarise(recording, scenario))), **measures}


def closed_form(claim: Claim, scenario: Scenario) -> str:
    """Returns the cell of the closed form, which is empty if the figure has no closed form."""
    if claim.metric in CLOSED_FORMS:
        return shown(CLOSED_FORMS[claim.metric](scenario), claim)
    prediction = predict(scenario).get(claim.metric)
    return "" if prediction is None or prediction.value is None else shown(prediction.value, claim)


def simulated(claim: Claim, figures: Figures) -> str:
    """Returns the cell of the simulated figure: mean, half-width and source."""
    mean, half = mean_and_half_width(figures)
    mark = {str(BUSY): "¹", str(BUSIER): "²", str(STEADY): "³"}.get(str(claim.experiment), "")
    source = f"{claim.metric} of `{claim.experiment.scenario}`{mark}"
    return f"{rounded(mean * claim.scale, 4)} ± {rounded(half * claim.scale, 2)} {claim.unit}<br>{source}"


def mean_and_half_width(figures: Figures) -> tuple[float, float]:
    """Returns the mean of the figures and half the width of Student's 95 % interval.

    Both are NaN if a seed has no figure. Figures that are all the same have no width.
    """
    spread = math.nan if any(map(math.isnan, figures)) else stdev(figures)
    return fmean(figures), half_width(spread, len(figures))


def shown(value: float, claim: Claim) -> str:
    """Returns a value in the claim's unit."""
    return f"{rounded(value * claim.scale, 4)} {claim.unit}"


if __name__ == "__main__":
    write(Path("docs/claims.md"), Path("scenarios"))

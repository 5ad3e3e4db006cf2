"""`docs/claims.md`: every claim of the design document, measured. `python -m icnsim.analysis.report_claims`.

Each claim is judged by a rule on numbers, written down here before they were known; several
seeds of the shipped scenarios are run and the figures are given with their 95 % interval
over the seeds.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from icnsim.analysis.predictions import predict
from icnsim.recording.distribution import interval
from icnsim.recording.expectations import flatten
from icnsim.recording.summary import summarise
from icnsim.scenario import load
from icnsim.simulation import simulate

SEEDS = range(1, 11)
CONFIRMED, REFUTED, DEPENDS = "confirmed", "refuted", "depends"
Figures = Sequence[float]
"""A figure in each of the seeds' runs."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, the figure that decides it, and how.

    Attributes
    ----------
    text, figure : what the design document claims, and its number.
    scenario, overrides, metric : where the figure comes from; scale and unit : how it is shown.
    judge : the verdict and its sentence, from the figures of all seeds.
    """

    text: str
    figure: str
    scenario: str
    metric: str
    judge: Callable[[Figures], tuple[str, str]]
    overrides: tuple[tuple[str, object], ...] = ()
    scale: float = 1.0
    unit: str = "s"


def near(value: float, sentence: str) -> Callable[[Figures], tuple[str, str]]:
    """Confirmed where the value is within twice the half-width of the seeds' 95 % interval."""

    def judge(figures: Figures) -> tuple[str, str]:
        mean, half = _mean(figures)
        return (CONFIRMED if abs(mean - value) <= 2 * half + 1e-9 else REFUTED), sentence

    return judge


def within(low: float, high: float, sentence: str, otherwise: str) -> Callable[[Figures], tuple[str, str]]:
    """Confirmed where all seeds are between the two."""

    def judge(figures: Figures) -> tuple[str, str]:
        inside = all(low <= figure <= high for figure in figures)
        return (CONFIRMED, sentence) if inside else (REFUTED, otherwise)

    return judge


def depends(sentence: str) -> Callable[[Figures], tuple[str, str]]:
    """It depends, as the sentence says."""
    return lambda _: (DEPENDS, sentence)


CLAIMS = (
    Claim("Detection comes on average 15 s after the deadline", "15 s", "week4", "detection_latency.mean",
          near(15.0, "Half of the check interval, as long as its phase is independent of the requests.")),
    Claim("Detection comes at worst 30 s after the deadline", "30 s", "week4", "detection_latency.max",
          within(0, 30.001, "One check interval; the protocol's clock of whole milliseconds can add less than 1 ms.",
                 "It can be later than one check interval.")),
    Claim("From sending to detection it takes 60-90 s", "60-90 s", "week4", "detection_total.max",
          within(60, 90.001, "Timeout, and up to one check interval.", "It takes longer.")),
    Claim("A tick costs 1.5 ms with 100 active records scanned and 100 cleaned", "1.5 ms", "week4",
          "manager.cycle.max",
          depends("The design's own unit costs give 10 µs + 100 x 10 µs + 100 x 5 µs = 1.51 ms for such a tick; "
                  "in this federation no tick has that much to do."), scale=1e6, unit="µs"),
    Claim("The manager takes about 0.005 % of a core", "0.005 %", "week4", "manager.cpu_share",
          within(0, 0.00005, "Far less here: few records are active at once. The claim is a bound for 100 active "
                 "and 100 cleaned records a tick.", "It takes more."), scale=100, unit="%"),
    Claim("100 migration records take about 10 KB", "~10 KB", "week4", "records.peak_bytes",
          depends("At the design's 100 B a record; the simulated federation holds more than 5 000 records in all."),
          scale=1e-3, unit="kB"),
    Claim("Memory is bounded, for ended records go after 5 min", "bounded", "week4", "records.unremoved",
          within(0, 0, "As long as no message is lost or late: every record was removed.", "Records stay."),
          unit="records"),
    Claim("Memory is bounded also when one message in a hundred is lost", "bounded", "stuck-later-states",
          "records.unremoved",
          within(0, 0, "Every record was removed.", "Where only Requesting is tracked, each lost Accept, Complete "
                 "or Ack leaves records behind for ever."), unit="records"),
    Claim("An ended record goes at the first tick at or after 5 min", "300-330 s", "week4", "record_life.max",
          within(300, 330.001, "Uniform on [5 min, 5 min + interval); 5 min exactly for those that a tick ended.",
                 "It can take longer.")),
    Claim("A whole migration typically takes 1-5 s", "1-5 s", "week4", "migration_duration.mean",
          within(1, 5, "The stages add up to that.",
                 "The stages add up to 3.4-8.4 s, mean 5.9 s: latency 4 x 0.2, gossip 1-2, evaluation 0.1, "
            "checkpoint 1-5, restore 0.5.")),
    Claim("A target that never answers costs 60-90 s and leaks no state", "60-90 s", "timeout-attack",
          "detection_total.mean", near(75.0, "With three tenths of the executors silent; nothing is left behind.")),
    Claim("Migrations stuck in a later state stay for ever where only Requesting is tracked", "a known limitation",
          "stuck-later-states", "migrations.unfinished",
          within(1, math.inf, "Each lost Complete or Ack blocks its actor for ever.", "None stays."),
          unit="migrations"),
    Claim("The timeout of 60 s is generous enough against false positives", "not given", "false-positives",
          "false_positives.rate",
          depends("None at the design's delays; about 1 % where latency has a heavy tail and some are slow."),
          scale=100, unit="%"),
)  # fmt: skip


def write(path: Path, scenarios: Path) -> None:
    """Run what the claims need and write the page."""
    runs: dict[str, list[Mapping[str, Any]]] = {}
    lines = [
        "# The design document's claims, measured",
        "",
        f"Made by `python -m icnsim.analysis.report_claims` from {len(SEEDS)} seeds of each scenario; not edited by",
        "hand. Intervals are Student's 95 % over the seeds. Closed forms are those of `icnsim predict`.",
        "",
        "| claim | the design says | closed form | simulated | verdict |",
        "|---|---|---|---|---|",
    ]
    for claim in CLAIMS:
        file = scenarios / f"{claim.scenario}.yaml"
        if claim.scenario not in runs:
            runs[claim.scenario] = [_figures(file, seed) for seed in SEEDS]
        figures = [float(run[claim.metric]) for run in runs[claim.scenario]]
        prediction = predict(load(file)).get(claim.metric)
        closed = "" if prediction is None or prediction.value is None else _shown(prediction.value, claim)
        mean, half = _mean(figures)
        found = f"{_shown(mean, claim)} ± {_shown(half, claim)}"
        verdict, sentence = claim.judge(figures)
        source = f"`{claim.metric}` of `{claim.scenario}`"
        lines.append(f"| {claim.text} | {claim.figure} | {closed} | {found}<br>{source} | **{verdict}**: {sentence} |")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _figures(file: Path, seed: int) -> dict[str, Any]:
    scenario = load(file, seed=seed)
    return dict(flatten(summarise(simulate(scenario), scenario)))


def _mean(figures: Figures) -> tuple[float, float]:
    mean = math.fsum(figures) / len(figures)
    spread = math.sqrt(math.fsum((figure - mean) ** 2 for figure in figures) / (len(figures) - 1))
    bounds = interval(mean, spread, len(figures))
    assert bounds is not None
    return mean, (bounds[1] - bounds[0]) / 2


def _shown(value: float, claim: Claim) -> str:
    return f"{value * claim.scale:.4g} {claim.unit}"


if __name__ == "__main__":
    write(Path("docs/claims.md"), Path("scenarios"))

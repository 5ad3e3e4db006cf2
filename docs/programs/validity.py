"""Measures the share of right recommendations: `python -m docs.programs.validity`.

Each case is a scenario whose optimum is given by closed forms. The command runs with twenty seeds. A recommendation is
*right* if its point meets the limits and is worse than the best such point by at most the indifference zone. It is
also right if it recommends no point and no point meets the limits. It is *false* if the closed forms contradict one of
its claims: that its point meets a limit, that an interval contains a mean, that no point is better by more than the
indifference zone, or that a point is as good. The stated probability of a false recommendation is at most 5 %.

The command writes docs/recommendation-validity.md. It takes about 10 000 small runs, a quarter of an hour on two cores.
"""

import itertools
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

from icnsim import experiment
from icnsim.recommendation.constraints import RELATIONS, Constraint, Goal, goal
from icnsim.recommendation.recommend import Recommendation, recommend
from icnsim.recommendation.wording import listed, settings
from icnsim.scenario import Scenario
from icnsim.scenario.variation import meaning
from icnsim.theory import design
from icnsim.theory.predictions import predict

SEEDS: Final = range(1, 21)
REPLICATIONS: Final = 6
BASE: Final = """
name: known
drain: {drain}
executors: [{{group: a, count: 4}}, {{group: silent, count: 2, behavior: unresponsive}}]
actors: {{count: 3000}}
network: {{latency: {latency}}}
record: {{timeline: null, manager: false}}
workload: {{migrations: 240, arrivals: {{rate: 2/s}}}}
"""
SLOW: Final = BASE.format(drain="3min", latency="{distribution: uniform, low: 1s, high: 9s}")
"""Answers take 2.1 to 18.1 s, so short timeouts make mistakes."""
FAST: Final = BASE.format(drain="12min", latency="200ms")
INTERVAL, TIMEOUT, RETENTION = "manager.check_interval", "manager.timeout", "manager.retention"


@dataclass(frozen=True, slots=True)
class Case:
    """A question about a scenario whose answer is known."""

    title: str
    scenario: str
    vary: Mapping[str, Sequence[str]]
    minimize: str
    subject_to: tuple[str, ...]

    @property
    def goal(self) -> Goal:
        """The question."""
        return goal(self.minimize, self.subject_to)


CASES: Final = (
    Case(
        "earliest detection with few mistakes",
        SLOW,
        {INTERVAL: ["5s", "15s"], TIMEOUT: ["5s", "10s", "19s", "20s", "40s"]},
        "detection_total.p99",
        ("false_positives.rate<5%",),
    ),
    Case(
        "fewest ticks with early detection",
        FAST,
        {INTERVAL: ["10s", "28s", "29s", "40s"], TIMEOUT: ["20s", "30s"]},
        "manager.ticks",
        ("detection_total.p99<50s",),
    ),
    Case(
        "fewest records with early detection",
        FAST,
        {RETENTION: ["30s", "2min", "5min"], TIMEOUT: ["30s", "60s", "90s"]},
        "records.mean",
        ("detection_total.p99<75s",),
    ),
    Case(
        "fewest mistakes with early detection",
        SLOW,
        {INTERVAL: ["5s", "10s"], TIMEOUT: ["5s", "8s", "11s", "30s"]},
        "false_positives.rate",
        ("detection_total.p99<23s",),
    ),
    Case(
        "limits that no point meets",
        SLOW,
        {INTERVAL: ["10s", "20s"], TIMEOUT: ["5s", "10s", "20s"]},
        "manager.ticks",
        ("detection_total.p99<28s", "false_positives.rate<2%"),
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The evaluation of one recommendation.

    Attributes
    ----------
    right, false : see the module. claims : the false claims, in words.
    shown : True if it claimed that no point is better by more than the indifference zone.
    """

    right: bool
    shown: bool
    claims: tuple[str, ...]

    @property
    def false(self) -> bool:
        """Whether any claim is false."""
        return bool(self.claims)


Truth = dict[str, float]
"""The value of each figure of a question at one point."""


def truth_of(scenario: Scenario, metrics: Sequence[str]) -> Truth:
    """Return the closed forms of figures of a scenario with two groups, one of which never answers."""
    predicted = predict(scenario)
    interval, timeout = scenario.manager.check_interval, scenario.timeouts_ms
    wait = next(iter(timeout.values())) * 1000
    network, stages = scenario.network, scenario.stages
    known = {
        "detection_total.p99": design.detection_total(wait, interval, 0.99) / 1e6,
        "false_positives.rate": design.false_positive_probability(
            (network.latency, stages.evaluation, network.latency), wait, interval
        ),
    }
    found: Truth = {}
    for metric in metrics:
        value = known.get(metric, predicted[metric].value if metric in predicted else None)
        assert value is not None, f"no closed form of {metric}: {predicted[metric].reason}"
        found[metric] = value
    return found


def truths(case: Case, place: Path) -> dict[str, Truth]:
    """Return the closed forms of every point of a case, and of the scenario's own, by `name_of` their values."""
    own = experiment.prepare(place, {})
    found = {}
    for values in itertools.product(*case.vary.values()):
        found[name_of(values)] = truth_of(experiment.prepare(place, dict(zip(case.vary, values))), case.goal.metrics)
    manager = own.manager
    usual = {INTERVAL: manager.check_interval, RETENTION: manager.retention, TIMEOUT: 60_000_000}
    found[name_of([f"{usual[key]}us" for key in case.vary])] = truth_of(own, case.goal.metrics)
    return found


def name_of(values: Sequence[Any]) -> str:
    """Return a text that is the same for values with the same meaning."""
    return meaning(list(values))


def outcome(case: Case, place: Path, seed: int) -> Outcome:
    """Ask the question with a seed, and compare the answer with the closed forms."""
    found = recommend(
        place,
        case.vary,
        minimize=case.minimize,
        subject_to=case.subject_to,
        seed=seed,
        replications=REPLICATIONS,
        jobs=1,
    )
    return judged(case.goal, truths(case, place), found)


def judged(asked: Goal, known: Mapping[str, Truth], found: Recommendation) -> Outcome:
    """Compare a recommendation with the closed forms."""
    good = {name: each[asked.objective] for name, each in known.items() if _meets(asked.constraints, each)}
    best = min(good.values(), default=None)
    if found.settings is None:
        return Outcome(best is None, False, ())
    document = found.document
    chosen = known[name_of(list(found.settings.values()))]
    value = chosen[asked.objective]
    delta = document["selection"]["indifference"]
    claims = []
    if not _meets(asked.constraints, chosen):
        claims.append("the recommended point meets the limits")
    objective = document["tries"][-1]["objective"]
    if objective["kind"] == "student" and not objective["low"] <= value <= objective["high"]:
        claims.append(f"{asked.objective} is between {objective['low']} and {objective['high']}")
    if document["selection"]["shown"] and best is not None and value > best + delta:
        claims.append("no point is better by more than the indifference zone")
    for each in document["selection"]["compared"]:
        its = known[name_of(list(each["settings"].values()))]
        if each["standing"] == "as good" and not (
            _meets(asked.constraints, its) and abs(its[asked.objective] - value) <= delta
        ):
            claims.append(f"{each['settings']} is as good")
    right = best is not None and _meets(asked.constraints, chosen) and value <= best + asked.indifference.of(best)
    return Outcome(right, document["selection"]["shown"], tuple(claims))


def _meets(constraints: Sequence[Constraint], known: Truth) -> bool:
    return all(RELATIONS[each.relation](known[each.metric], each.value) for each in constraints)


def _outcome(task: tuple[int, int]) -> Outcome:
    case = CASES[task[0]]
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "known.yaml"
        file.write_text(case.scenario, "utf-8")
        return outcome(case, file, task[1])


def measured(seeds: Sequence[int] = SEEDS) -> list[list[Outcome]]:
    """Return the outcomes of every case with every seed."""
    tasks = list(itertools.product(range(len(CASES)), seeds))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(_outcome, tasks))
    return [found[at : at + len(seeds)] for at in range(0, len(found), len(seeds))]


def page(found: Sequence[Sequence[Outcome]]) -> str:
    """Return the text of the page."""
    rows = [
        f"| {case.title} | `{case.minimize}` | {', '.join(f'`{limit}`' for limit in case.subject_to)} | "
        f"{_best(case)} | {sum(each.right for each in outcomes)} of {len(outcomes)} | "
        f"{sum(each.shown for each in outcomes)} | {sum(each.false for each in outcomes)} |"
        for case, outcomes in zip(CASES, found)
    ]
    every = [each for outcomes in found for each in outcomes]
    claims = sorted({claim for each in every for claim in each.claims})
    return TEXT.format(
        rows="\n".join(rows),
        right=sum(each.right for each in every),
        false=sum(each.false for each in every),
        whole=len(every),
        seeds=len(found[0]),
        replications=REPLICATIONS,
        claims=f"The false claims: {'; '.join(claims)}." if claims else "No claim was false.",
    )


def _best(case: Case) -> str:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "known.yaml"
        file.write_text(case.scenario, "utf-8")
        known = truths(case, file)
        points = list(itertools.product(*case.vary.values()))
    good = [values for values in points if _meets(case.goal.constraints, known[name_of(values)])]
    if not good:
        return "none"
    least = min(known[name_of(values)][case.minimize] for values in good)
    best = [settings(list(case.vary), values) for values in good if known[name_of(values)][case.minimize] == least]
    return listed(best)


TEXT: Final = """# How often recommendations are right

Made by `python -m docs.programs.validity`; not edited by hand.

Closed forms give the optimum of five small questions. `icnsim recommend` is asked each of them with {seeds} seeds,
with {replications} replications for each point. An answer is *right* if its point meets the limits and is within the
indifference zone (5 % of the objective) of the best point, or if it recommends nothing where no point meets the
limits. It *shows* that no point is better if all comparisons allow it. It is *false* if it claims anything that
the closed forms contradict; its stated probability is at most 5 %.

| question | minimise | limits | optimum | right | shown | false |
|---|---|---|---|---|---|---|
{rows}

In all, {right} of {whole} answers are right, and {false} of {whole} claim something false. {claims}
"""


if __name__ == "__main__":
    Path("docs/recommendation-validity.md").write_text(page(measured()), "utf-8")

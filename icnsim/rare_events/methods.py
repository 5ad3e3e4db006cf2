"""Computes the estimates of independent repetitions by one of two unbiased methods.

A pilot by splitting finds the event. Then the repetitions use importance sampling with the shifts that the pilot
suggests (`tilting`), or splitting with the levels of the pilot (`splitting`). A trial decides between them. Its runs
are not part of the estimate, so that the choice does not bias it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Final, Literal, get_args

from icnsim.rare_events import splitting, tilting
from icnsim.rare_events.runs import Runs, Sample
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario
from icnsim.search.crew import in_order
from icnsim.sweeps.engines import Engine

Method = Literal["auto", "tilting", "splitting"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
POPULATION: Final = 200
REPETITIONS: Final = 20
PILOT: Final = 4
SMALLEST_PILOT: Final = 400
"""The pilot's population: a multiple of a repetition's, and its minimum. A small one loses ways to the event."""
FEWEST_HITS: Final = 0.05
AGREES: Final = 4.0
"""`auto` uses tilting on two conditions: this share of the trial's runs has the event, and the pilot's probability is
at most this multiple of the trial's."""
Bar = Callable[[str], AbstractContextManager[Callable[[float, int], None] | None]]
Done = splitting.Repetition | tilting.Batch
Trial = tuple[tuple[tilting.Component, ...], tilting.Batch]


@dataclass(frozen=True, slots=True)
class Orders:
    """The parameters of an estimate.

    Attributes
    ----------
    event : a key of `scores.EVENTS`. method : the method of the repetitions.
    population : the number of runs of each level, and of each repetition by tilting. repetitions : the number of
        independent estimates.
    """

    event: str
    method: Method = "auto"
    population: int = POPULATION
    repetitions: int = REPETITIONS


@dataclass(frozen=True, slots=True)
class Found:
    """The results of the repetitions.

    Attributes
    ----------
    method : the method that was used. values : the unbiased estimate of each repetition.
    split : the repetitions by splitting; empty with tilting. levels : the scores of the pilot's levels.
    pilot_probability : the pilot's rough estimate; None if it did not find the event.
    independent, hits : the number of the pilot's independent runs, and how many of them showed the event.
    runs : the number of runs of each part of the work.
    """

    method: Literal["tilting", "splitting"]
    values: tuple[float, ...]
    split: tuple[splitting.Repetition, ...]
    levels: tuple[float, ...]
    pilot_probability: float | None
    independent: int
    hits: int
    runs: dict[str, int]


def find(scenario: Scenario, orders: Orders, workers: Engine, bar: Bar, budget: Budget | None = None) -> Found:
    """Run the pilot, the trial and the repetitions; raises BudgetError if one of the runs uses up the budget."""
    runs = Runs.of(scenario, orders.event, budget)
    with bar(f"{scenario.name}: pilot"):
        size = max(PILOT * orders.population, SMALLEST_PILOT)
        pilot = splitting.pilot(runs.moves(), size, splitting.seed_of(f"{scenario.seed}/pilot"))
    trial = _trial(runs, pilot, orders)
    tilts = trial is not None and (orders.method == "tilting" or _suits(trial[1], pilot.probability))
    task: Callable[[int], Done]
    if tilts and trial is not None:
        task = partial(_tilted, runs, trial[0], orders.population)
    else:
        task = partial(_split, runs, pilot.levels, orders.population)
    seeds = [splitting.seed_of(f"{scenario.seed}/repetition/{number}") for number in range(orders.repetitions)]
    done: list[Done] = []
    results: Iterator[Done] = in_order(workers, task, seeds)
    with bar(scenario.name) as progress:
        for result in results:
            done.append(result)
            if progress is not None:
                progress(len(done) / len(seeds), sum(each.runs for each in done))
    split = tuple(each for each in done if isinstance(each, splitting.Repetition))
    by_splitting = (0.0 if pilot.stuck else each.probability(len(pilot.levels)) for each in split)
    counted = {
        "pilot": pilot.runs,
        "trial": 0 if trial is None else trial[1].runs,
        "repetitions": sum(each.runs for each in done),
    }
    return Found(
        "tilting" if tilts else "splitting",
        (*(each.mean for each in done if isinstance(each, tilting.Batch)), *by_splitting),
        split,
        tuple(level.score for level in pilot.levels),
        None if pilot.stuck else pilot.probability,
        pilot.independent,
        pilot.hits,
        counted,
    )


def _trial(runs: Runs, pilot: splitting.Pilot[Sample], orders: Orders) -> Trial | None:
    """The components and a trial batch, which is not part of the estimate; None if there is no draw to shift."""
    components = () if pilot.stuck or orders.method == "splitting" else tilting.fitted(pilot.reached)
    if not components:
        return None
    seed = splitting.seed_of(f"{runs.scenario.seed}/trial")
    return components, tilting.batch(runs.begin, components, orders.population, seed)


def _suits(trial: tilting.Batch, pilot: float) -> bool:
    """Whether importance sampling finds the event often, and not with a far smaller probability than the pilot.

    A trial with a far smaller probability has lost ways to the event. If the trial's probability is larger, the pilot
    has lost some.
    """
    return trial.mean >= pilot / AGREES and trial.hits >= FEWEST_HITS * trial.runs


def _tilted(runs: Runs, components: tuple[tilting.Component, ...], size: int, seed: int) -> tilting.Batch:
    return tilting.batch(runs.begin, components, size, seed)


def _split(runs: Runs, levels: tuple[splitting.Level, ...], size: int, seed: int) -> splitting.Repetition:
    return splitting.repeat(runs.moves(), levels, size, seed)

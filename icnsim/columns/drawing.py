"""The columns of draws that the kernel reads: the values of `draws.streams` for a range of arrivals.

A draw with a constant distribution becomes a constant column. A draw that cannot matter is not made: an answer with
probability 1, a loss with probability 0.
"""

from collections.abc import Callable, Iterable

import numpy as np

from icnsim.columns.kernel.layout import (
    D_ACTOR,
    D_CHOSEN,
    D_COPIES,
    D_DELAYS,
    D_FATES,
    D_MET,
    D_NAMED,
    D_STAGES,
    D_TIME,
    DOUBLED_BIT,
    LOST_BIT,
    NONE,
    QUEUE_BIT,
    U_ANSWER,
    U_FIRST,
    U_TARGET,
)
from icnsim.draws.lottery import among, index_of_each
from icnsim.draws.streams import Floats, Integers, uniforms, whole
from icnsim.protocol.messages import DESIGNED
from icnsim.protocol.policy import MAX_QUEUE
from icnsim.scenario import Distribution, Scenario

Task = Callable[[], None]


class Drawing:
    """Makes the columns of draws of attempts.

    Parameters
    ----------
    times : the times of all arrivals, µs.
    paces : the different slowdowns of the executors.
    queues : the different random lengths of their queues.

    Attributes
    ----------
    width : the number of columns of whole numbers.
    """

    def __init__(
        self, scenario: Scenario, times: Integers, paces: tuple[float, ...], queues: tuple[Distribution, ...]
    ) -> None:
        self._scenario = scenario
        self._seed = scenario.seed
        self._times = times
        self._paces = paces
        self._queues = queues
        self._certain = all(group.answer_probability == 1 for group in scenario.executors)
        self.width = D_STAGES + 3 * len(paces)

    def arrivals(self, draws: Integers, single: Floats, first: int, *, compiled: bool) -> list[Task]:
        """The tasks that fill the columns of the arrivals from `first` on.

        Parameters
        ----------
        draws : shape (width, count); times in µs. single : shape (UNIFORMS, count). Both are filled in place.
        compiled : whether the kernel is compiled: then it chooses actors and targets itself, which takes less time.
        """
        scenario, count = self._scenario, draws.shape[1]

        def pick() -> None:
            single[U_FIRST] = uniforms(self._seed, "actor", count, first)
            draws[D_ACTOR] = 0 if compiled else index_of_each(single[U_FIRST], scenario.actors.count)
            self._name(draws, first)

        def target() -> None:
            draws[D_MET] = -1  # all executors: the kernel makes each choice
            if not compiled:
                found = among(scenario.executors, weights, single[U_TARGET])
                draws[D_CHOSEN], draws[D_MET] = found.chosen, found.met.view(np.int64)

        weights = [float(group.weight) for group in scenario.executors]
        draws[D_TIME, : len(self._times) - first] = self._times[first : first + count]
        draws[D_NAMED] = NONE
        return [pick, *self._attempts(draws, single, first, 1), target] if scenario.actors.count else []

    def retries(self, draws: Integers, single: Floats, first: int, attempt: int) -> None:
        """Fill the columns of attempt number `attempt`, from 2, of the migrations from `first` on."""
        single[U_FIRST] = uniforms(self._seed, f"backoff/{attempt - 1}", draws.shape[1], first)
        for task in self._attempts(draws, single, first, attempt):
            task()

    def single(self, purpose: str, first: int, count: int) -> Floats:
        """A column of single draws of the migrations from `first` on; shape (count,)."""
        return uniforms(self._seed, purpose, count, first)

    def _name(self, draws: Integers, first: int) -> None:
        """Store the actors and targets that a trace names; actor `k` is stored as -1 - k."""
        trace = self._scenario.trace
        if trace is None:
            return
        last = min(first + draws.shape[1], len(self._times))
        for place, (actor, target) in enumerate(zip(trace.actors[first:last], trace.targets[first:last])):
            if actor is not None:
                draws[D_ACTOR, place] = -1 - actor
            if target is not None:
                draws[D_NAMED, place] = target

    def _attempts(self, draws: Integers, single: Floats, first: int, attempt: int) -> list[Task]:
        """The tasks that fill the columns that arrivals and retries share."""
        network, stages, count = self._scenario.network, self._scenario.stages, draws.shape[1]

        def column(purpose: str) -> Floats:
            return uniforms(self._seed, purpose, count, first)

        def value(purpose: str, distribution: Distribution) -> Integers | int:
            if distribution.constant is not None:
                return round(distribution.constant)
            with np.errstate(over="ignore", divide="ignore"):  # a draw of a heavy tail may be infinite
                return whole(distribution.ppf(column(purpose)))

        def target() -> None:
            single[U_TARGET] = column("target" if attempt == 1 else f"target/{attempt}")

        def answer() -> None:
            single[U_ANSWER] = 0.0 if self._certain else column(f"answered/{attempt}")

        def delay(row: int, kind: str, copy: str) -> Task:
            def fill() -> None:
                purpose = f"{'answer' if kind in ('accept', 'reject') else kind}/{attempt}{copy}"
                draws[row] = value(f"latency/{purpose}", network.latency)
                if kind in network.gossip.messages:
                    draws[row] += value(f"gossip/{purpose}", network.gossip.delay)

            return fill

        def stage(number: int, name: str, distribution: Distribution) -> Task:
            def fill() -> None:
                drawn = np.asarray(value(f"{name}/{attempt}", distribution))
                for place, pace in enumerate(self._paces):
                    draws[D_STAGES + number * len(self._paces) + place] = drawn if pace == 1 else whole(drawn * pace)

            return fill

        def fates() -> None:
            draws[D_FATES] = 0
            for kind in DESIGNED:
                for probability, purpose, bit in (
                    (network.loss, "lost", LOST_BIT), (network.duplication, "duplicated", DOUBLED_BIT)
                ):  # fmt: skip
                    if probability:
                        hit = column(f"{purpose}/{kind.label}/{attempt}") < probability
                        draws[D_FATES] |= hit.astype(np.int64) << (bit + kind)
            if self._queues:
                u = column(f"queue/{attempt}")
                for number, queue in enumerate(self._queues):
                    draws[D_FATES] |= (queue.ppf(u) > MAX_QUEUE).astype(np.int64) << (QUEUE_BIT + number)

        copies: Iterable[Task] = (
            [delay(D_COPIES + kind, kind.label, "/copy") for kind in DESIGNED] if network.duplication else ()
        )
        return [
            target, answer, fates,
            *(delay(D_DELAYS + kind, kind.label, "") for kind in DESIGNED), *copies,
            *(
                stage(number, name, distribution)
                for number, (name, distribution) in enumerate(
                    (("evaluation", stages.evaluation), ("checkpoint", stages.checkpoint), ("restore", stages.restore))
                )
            ),
        ]  # fmt: skip

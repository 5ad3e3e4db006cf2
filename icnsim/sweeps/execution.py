"""Keeps an engine busy with a plan's runs and stores each as it ends.

At most `Engine.slots` runs are submitted at once, and only a count of finished runs is kept,
so that memory does not grow with the sweep. With a `precision` there are rounds: after each,
points whose intervals are too wide get more replications. Their number depends on the figures
alone, and not on the order in which runs end.

If a process dies and breaks the executor, the submitted runs that have not ended are done
again, each alone; a run that kills its worker when it is alone has failed. A cluster continues
without the workers that died, but gives up a run whose workers died too often, even if another
run is the cause. Such runs are done alone after all others.
"""

import logging
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from icnsim.engines import Engine as RunEngine
from icnsim.errors import ResultsError
from icnsim.recording import folder
from icnsim.recording.figures import Figures
from icnsim.recording.progress import Budget
from icnsim.sweeps.engines import Engine, given_up, lost, same_version
from icnsim.sweeps.interruption import Interruptions
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.precision import Precision
from icnsim.sweeps.statistics import matrix
from icnsim.sweeps.store import Store
from icnsim.sweeps.work import Outcome, Task, packed, perform

LOG: Final = logging.getLogger(__name__)
DIED: Final = "the worker process died in it, twice; most often there was not enough memory"
RESUMED: Final = "; finished runs are kept; --resume continues"
LOOKS_S: Final = 2.0
"""The time between two checks, s, whether workers exist for the submitted runs, while none ends."""

RunOf = tuple[int, int]
"""Point and replication of a run."""


class Watch(Protocol):
    """A listener for the progress of a sweep."""

    def planned(self, runs: int) -> None:
        """The sweep has this number of runs, as known so far."""

    def found(self) -> None:
        """A run was stored already."""

    def ended(self, outcome: Outcome) -> None:
        """A run has ended."""

    def waiting(self) -> None:
        """No run has ended for `LOOKS_S`."""

    def written(self, points: int, total: int) -> None:
        """The results of this number of points have been written, of all points."""


class Unwatched:
    """A listener that does nothing."""

    def planned(self, runs: int) -> None:
        """Nothing is done with it."""

    def found(self) -> None:
        """Nothing is done with it."""

    def ended(self, outcome: Outcome) -> None:
        """Nothing is done with it."""

    def waiting(self) -> None:
        """Nothing is done with it."""

    def written(self, points: int, total: int) -> None:
        """Nothing is done with it."""


@dataclass(frozen=True, slots=True)
class Orders:
    """The settings of an execution.

    Attributes
    ----------
    keep : the folder for whole runs, None if only the figures are kept.
    force : run again what is stored. budget : of each run.
    engine : computes each run, see `icnsim.engines`.
    """

    keep: Path | None = None
    force: bool = False
    budget: Budget = field(default_factory=Budget)
    engine: RunEngine = "auto"


class Execution:
    """The runs of one plan.

    Attributes
    ----------
    replications : the number for each point.
    failures : the reason of each failed run, by its run-id.
    imprecise : points that do not reach the precision with the most replications.
    """

    def __init__(self, plan: Plan, store: Store, engine: Engine, orders: Orders, watch: Watch) -> None:
        self.replications = [plan.scenario.sweep.replications] * len(plan.points)
        self.failures: dict[str, str] = {}
        self.imprecise = 0
        self._plan = plan
        self._store = store
        self._engine = engine
        self._orders = orders
        self._watch = watch
        self._executor: Executor | None = None
        self._in_hand: dict[Future[Outcome], RunOf] = {}
        self._busy: set[str] = set()
        self._suspects: list[RunOf] = []
        self._interruptions = Interruptions()
        self._pickled: tuple[int, bytes] = (-1, b"")

    def run(self) -> None:
        """Do every run that is not stored.

        Raises
        ------
        EngineError : no workers. ResultsError : a run cannot be stored.
        """
        precision = Precision.of(self._plan.scenario.sweep)
        name = self._plan.scenario.name
        LOG.info("%s: %d points, %d runs", name, len(self.replications), sum(self.replications))
        runs: dict[int, range] = {point: range(1, have + 1) for point, have in enumerate(self.replications)}
        try:
            with self._interruptions:
                while runs:
                    self._watch.planned(sum(self.replications))
                    self._round((point, replication) for point, numbers in runs.items() for replication in numbers)
                    runs = {} if precision is None else self._more(precision, runs)
                self._interruptions.check()
        except BaseException:
            self._engine.close(at_once=True)
            raise
        self._engine.close(at_once=False)
        LOG.info("%s: %d runs have ended, %d failed", name, sum(self.replications), len(self.failures))

    def figures(self, point: int, replication: int) -> Figures | None:
        """The figures of a finished run; None if it failed.

        Raises
        ------
        ResultsError : the stored run was removed or damaged since.
        """
        run_id = self._plan.run_id(point, replication)
        if run_id in self.failures:
            return None
        found = self._store.get(run_id)
        if found is None:
            raise ResultsError(f"run {run_id} was stored, but was removed or damaged since; run the sweep again")
        return found

    def failure(self, point: int, replication: int) -> str | None:
        """The reason why a run failed; None if it did not."""
        return self.failures.get(self._plan.run_id(point, replication)) if self.failures else None

    def _more(self, precision: Precision, points: Iterable[int]) -> dict[int, range]:
        """The further replications of those points that are not precise enough yet."""
        more = {}
        for point in points:
            have = self.replications[point]
            found = matrix([self.figures(point, replication) for replication in range(1, have + 1)])
            wanted = precision.wanted(found)
            if wanted > have:
                LOG.info("point %d: %d replications are not precise enough, %d are wanted", point, have, wanted)
                more[point] = range(have + 1, wanted + 1)
                self.replications[point] = wanted
            else:
                self.imprecise += not precision.reached(found)
        return more

    def _round(self, runs: Iterator[RunOf]) -> None:
        for run in runs:
            if self._done(run):
                self._watch.found()
                continue
            while len(self._in_hand) >= self._engine.slots:
                self._collect()
            self._submit(run)
        while self._in_hand:
            self._collect()
        if self._suspects:
            suspects, self._suspects = sorted(self._suspects), []
            self._each_alone(suspects)

    def _done(self, run: RunOf) -> bool:
        """Whether a run need not be done: it is stored, or submitted for an equal point."""
        run_id = self._plan.run_id(*run)
        if run_id in self._busy or run_id in self.failures:
            return True
        keep = self._orders.keep
        if self._orders.force or not self._store.whole(run_id):
            return False
        return keep is None or folder.found(keep / run_id, {"run_id": run_id}, ["attempts.parquet"]) is not None

    # Doing the runs

    def _submit(self, run: RunOf) -> None:
        if self._executor is None:
            self._executor = self._engine.open()
            LOG.info("workers started, for %d runs at once and in the queue", self._engine.slots)
        try:
            future = self._executor.submit(perform, self._task(run))
        except BrokenExecutor:
            self._each_alone([*self._in_hand.values(), run])
            return
        except Exception as error:
            raise lost(error, RESUMED) from None
        self._in_hand[future] = run
        self._busy.add(self._plan.run_id(*run))

    def _collect(self) -> None:
        """Collect the runs that have ended, at least one."""
        ended: set[Future[Outcome]] = set()
        while not ended:
            self._interruptions.check()
            ended, _ = wait(self._in_hand, timeout=LOOKS_S, return_when=FIRST_COMPLETED)
            if not ended:
                self._engine.check()
                self._watch.waiting()
        broken = False
        # In the order of the runs, so that the order of storing does not depend on a set.
        for future in sorted(ended, key=self._in_hand.__getitem__):
            try:
                outcome = _result(future)
            except BrokenExecutor:
                broken = True
            except _GivenUp:
                self._suspects.append(self._in_hand.pop(future))
            else:
                self._keep(self._in_hand.pop(future), outcome)
        if broken:
            self._each_alone(list(self._in_hand.values()))

    def _each_alone(self, suspects: list[RunOf]) -> None:
        """Do runs one at a time in a new process, because a worker died in one of them."""
        self._in_hand.clear()
        executor: Executor | None = None
        for run in suspects:
            if executor is None:
                executor = self._engine.open(alone=True)
            try:
                outcome = _result(executor.submit(perform, self._task(run)))
            except (BrokenExecutor, _GivenUp):
                outcome, executor = _died(), None
            self._keep(run, outcome)
        self._executor = None

    def _task(self, run: RunOf) -> Task:
        point, replication = run
        if self._pickled[0] != point:
            self._pickled = (point, packed(self._plan.at(point)))
        keep = self._orders.keep is not None
        return Task(self._pickled[1], self._plan.seed(replication), self._orders.budget, keep, self._orders.engine)

    def _keep(self, run: RunOf, outcome: Outcome) -> None:
        run_id = self._plan.run_id(*run)
        self._busy.discard(run_id)
        point, replication = run
        how = outcome.engine or f"failed: {outcome.failure}"
        LOG.debug("run %s, point %d, replication %d, on %s in %.3f s: %s", run_id, point, replication, outcome.worker,
                  outcome.took_s, how)  # fmt: skip
        if outcome.figures is None:
            self.failures[run_id] = outcome.failure or "the reason is unknown"
        else:
            if self._orders.keep is not None and outcome.files is not None:
                folder.put_folder(self._orders.keep / run_id, outcome.files)
            self._store.put(run_id, outcome.figures)
        self._watch.ended(outcome)


class _GivenUp(Exception):
    """A cluster gave up a run because its workers died too often; the other runs are not affected."""


def _result(future: Future[Outcome]) -> Outcome:
    """The outcome of a run.

    Raises
    ------
    BrokenExecutor : a process died, maybe its own. EngineError : it was not done.
    """
    try:
        outcome = future.result()
    except BrokenExecutor:
        raise
    except (Exception, CancelledError) as error:
        # An error of the run itself is in its outcome; this one is the engine's.
        if given_up(error):
            raise _GivenUp from None
        raise lost(error, RESUMED) from None
    same_version(outcome.version)
    return outcome


def _died() -> Outcome:
    return Outcome(None, DIED, None, "a worker that died", 0.0)

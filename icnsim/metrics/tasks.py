"""The values of the metrics of submitted tasks and of quorums, which have the names of the crate's exporter."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from icnsim.metrics import families
from icnsim.metrics.families import Family
from icnsim.metrics.instants import Instants, Series
from icnsim.recording import quorum, tasks
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column, Integers
from icnsim.scenario import Scenario

NONE: Final = np.array([], dtype=np.int64)
OF_A_TASK: Final = ("submitted", "ended", "outcome")
OF_A_RUN: Final = ("task", "began", "ended", "outcome")
VERDICT_OF: Final = {"completed": "consensus", "divergence": "divergence", "insufficient": "insufficient"}
"""The verdict of a quorum on the results of a task, by the task's outcome."""


class TaskReadings:
    """The metrics of the tasks and quorums of one run; all are 0 in a run without them."""

    def __init__(self, recording: Recording, scenario: Scenario, instants: Instants) -> None:
        self._instants = instants
        self._tasks = recording.tasks or dict.fromkeys(OF_A_TASK, NONE)
        self._runs = recording.executions or dict.fromkeys(OF_A_RUN, NONE)
        self._votes = _votes(recording, scenario)
        ended, began = self._tasks["ended"], self._tasks["submitted"]
        self.of: dict[Family, Callable[[], Series]] = {
            families.TASKS_SUBMITTED: lambda: instants.counter(began),
            families.TASKS_CLAIMED: lambda: instants.counter(self._runs["began"]),
            families.TASKS_COMPLETED: lambda: self._ended("completed"),
            families.TASKS_FAILED: lambda: self._ended("divergence", "insufficient", "failed"),
            families.TASKS_TIMEOUT: lambda: self._ended("timed_out"),
            families.TASKS_PENDING: lambda: instants.open(began, self._no_longer_pending(ended)),
            families.TASKS_EXECUTING: lambda: instants.open(self._runs["began"], self._runs["ended"]),
            families.TASK_DURATION: self._durations,
            families.QUORUM_CONSENSUS: lambda: self._decided("consensus"),
            families.QUORUM_DIVERGENT: lambda: self._decided("divergence"),
            families.QUORUM_TIMEOUT: lambda: self._decided("insufficient"),
            families.QUORUM_COLLECTION: self._collections,
            families.QUORUM_ACTIVE: lambda: instants.open(self._votes["asked"], self._votes["ended"]),
        }
        """A function for each metric that returns its only series."""

    def _ended(self, *names: str) -> Series:
        codes = [tasks.OUTCOMES.index(name) for name in names]
        return self._instants.counter(self._tasks["ended"][np.isin(self._tasks["outcome"], codes)])

    def _no_longer_pending(self, ended: Column) -> Integers:
        """For each task the time at which its first run began or it ended, whichever was earlier; NEVER if neither."""
        late = np.iinfo(np.int64).max
        until = np.where(ended == NEVER, late, ended).astype(np.int64)
        np.minimum.at(until, self._runs["task"], self._runs["began"])
        return np.where(until == late, NEVER, until)

    def _durations(self) -> Series:
        done = self._runs["outcome"] == tasks.BECAME.index("completed")
        ended = self._runs["ended"][done]
        return self._instants.histogram(ended, ended - self._runs["began"][done], families.TASK_DURATION)

    def _decided(self, verdict: str) -> Series:
        code = quorum.VERDICTS.index(verdict)
        return self._instants.counter(self._votes["ended"][self._votes["verdict"] == code])

    def _collections(self) -> Series:
        decided = self._votes["verdict"] != quorum.UNDECIDED
        ended = self._votes["ended"][decided]
        return self._instants.histogram(ended, ended - self._votes["asked"][decided], families.QUORUM_COLLECTION)


def _votes(recording: Recording, scenario: Scenario) -> Mapping[str, Column]:
    """The votes of quorums on migrations, final checkpoints and tasks: `asked` and `ended`, µs, and `verdict`.

    A task that ended in another way, at its deadline or in a crash, has no verdict and an end.
    """
    columns: dict[str, list[Column]] = {"asked": [NONE], "ended": [NONE], "verdict": [NONE]}
    for votes in (recording.decisions, recording.checkpoint_votes):
        if votes is not None:
            for name, source in (("asked", "asked"), ("ended", "decided"), ("verdict", "verdict")):
                columns[name].append(votes[source])
    if recording.tasks is not None and scenario.quorum.enabled:
        t = recording.tasks
        verdicts = [VERDICT_OF.get(name, "unfinished") for name in tasks.OUTCOMES]
        codes = np.array([quorum.VERDICTS.index(verdict) for verdict in verdicts], dtype=np.int64)
        for name, column in (("asked", t["submitted"]), ("ended", t["ended"]), ("verdict", codes[t["outcome"]])):
            columns[name].append(column)
    return {name: np.concatenate(parts) for name, parts in columns.items()}

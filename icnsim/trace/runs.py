"""The runs of submitted tasks in a trace: a slice for each, on separate threads of its executor."""

from collections.abc import Iterator
from typing import Any

from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.tasks import BECAME
from icnsim.scenario import Scenario

Event = dict[str, Any]


def runs(recording: Recording, scenario: Scenario, since: int, until: int | None) -> Iterator[tuple[int, Event]]:
    """The number of each run between these times, µs, and its slice without its thread."""
    executions = recording.executions
    if executions is None:
        return
    names = scenario.executor_names
    for number in range(len(executions["task"])):
        run = {name: int(column[number]) for name, column in executions.items()}
        ended = recording.horizon if run["ended"] == NEVER else run["ended"]
        if ended < since or (until is not None and run["began"] >= until):
            continue
        arguments = {
            "executor": names[run["executor"]], "outcome": BECAME[run["outcome"]], "work_s": run["work"] / 1e6,
            "waited_s": run["waited"] / 1e6, "checkpoints": run["checkpoints"], "crashes": run["crashes"],
        }  # fmt: skip
        slice_ = {"ph": "X", "cat": "run", "name": f"run of task-{run['task']}", "ts": run["began"]}
        yield number, {**slice_, "dur": ended - run["began"], "args": arguments}

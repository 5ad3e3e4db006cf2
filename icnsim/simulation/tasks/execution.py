"""The run of one task at one executor: its progress, and the reasons why it does no work at the moment."""

from dataclasses import dataclass

from icnsim.protocol.task import Progress
from icnsim.recording.columns import NEVER
from icnsim.simulation.executors.executor import Executor


@dataclass(slots=True, eq=False)
class Execution:
    """The run of one task at one executor.

    Attributes
    ----------
    priority : the priority of the task, an index into `PRIORITIES`. came : when the executor received the task, µs.
    resident : whether its task is an actor. row : its place in the columns; NEVER until it begins to run.
    seated : whether it has a slot. held : whether its actor does not run here, so that it does no work.
    down : whether its executor has crashed and has not resumed it.
    since : the process time at which the present stretch of work began; NEVER between two stretches.
    stretch : the number of interrupted stretches. The event that ends a stretch carries the number of its stretch.
    recovery : the row of its newest crash. saved_at : how long its actor had run at its newest checkpoint, µs.
    """

    task: int
    host: Executor
    progress: Progress
    priority: int
    came: int
    resident: bool = False
    row: int = NEVER
    seated: bool = False
    held: bool = False
    down: bool = False
    since: int = NEVER
    stretch: int = 0
    recovery: int = NEVER
    saved_at: int = 0

"""Reads a scenario within the limit of the wall time, because its data files may be large."""

from collections.abc import Callable

from icnsim.cli.progress import progress_bar
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario


def read(path: str, prepare: Callable[[], Scenario], budget: Budget, *, quiet: bool) -> Scenario:
    """The scenario that `prepare` reads; a bar on a terminal shows that it is being read.

    Raises
    ------
    BudgetError : the wall time is used up. ScenarioError : the scenario cannot be used.
    """
    with progress_bar(path, quiet=quiet) as progress:
        if progress is not None:
            progress.stage("reading")
        return within(budget, prepare)

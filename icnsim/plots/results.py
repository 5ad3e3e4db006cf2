"""The part of a run and of a sweep that plots read."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from icnsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from icnsim.recording.columns import Recording


class RunResult(Protocol):
    """A run; see `icnsim.experiment.Run`."""

    @property
    def scenario(self) -> Scenario:
        """The resolved scenario."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """The figures of the run, as in summary.json."""

    @property
    def folder(self) -> Path | None:
        """The folder of its results; None if they were not written."""

    @property
    def reused(self) -> bool:
        """Whether the results were there already."""

    @property
    def live(self) -> bool:
        """Whether real processes made the run."""

    def some(self, table: str, columns: Sequence[str]) -> "pd.DataFrame":
        """Some columns of one of its tables."""

    def replayed(self) -> "Recording":
        """Every column that the run recorded. A run that was loaded from a folder is simulated again."""


class SweepResult(Protocol):
    """A sweep; see `icnsim.sweeps.sweep.Sweep`."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """The content of the sweep's summary: its keys, values and replications."""

    def some(self, table: str, columns: Sequence[str], rows: int | None = None) -> "pd.DataFrame":
        """Some columns of the first rows of one of its tables."""

    def replayed(self) -> Iterator["Recording"]:
        """The recordings of the replications of the first point, each simulated again."""

    @property
    def plugged(self) -> tuple[str, ...]:
        """The figures of plug-ins that its runs have."""

    def unit(self, name: str) -> str:
        """The unit of a key or of a figure: s, B, %, or empty."""

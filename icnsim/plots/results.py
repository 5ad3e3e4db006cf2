"""The part of a run and of a sweep that plots read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from icnsim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from icnsim.recording.columns import Recording


class RunResult(Protocol):
    """A run; see `icnsim.experiment.Run`."""

    @property
    def scenario(self) -> Scenario:
        """As resolved."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """Its figures."""

    def some(self, table: str, columns: Sequence[str]) -> "pd.DataFrame":
        """Some columns of one of its tables."""

    def replayed(self) -> "Recording":
        """Every column that the run recorded; the run is simulated again if its results were read from a folder."""


class SweepResult(Protocol):
    """A sweep; see `icnsim.sweeps.sweep.Sweep`."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """What was varied, how often it ran."""

    def some(self, table: str, columns: Sequence[str], rows: int | None = None) -> "pd.DataFrame":
        """Some columns of one of its tables, and its first rows only."""

    def replayed(self) -> Iterator["Recording"]:
        """The recordings of the replications of the first point, each simulated again."""

    @property
    def plugged(self) -> tuple[str, ...]:
        """The figures of plug-ins that its runs have."""

    def unit(self, name: str) -> str:
        """The unit of a key or of a figure: s, B, %, or none."""

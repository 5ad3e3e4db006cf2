"""The measurements of a comparison of detectors, curve by curve."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from icnsim.scenario.detector import DetectorKind
from icnsim.sweeps import statistics
from icnsim.sweeps.detectors.curves import Counts
from icnsim.sweeps.detectors.planning import REFERENCE, PlannedCurve, Prepared
from icnsim.sweeps.detectors.settings import own_timeout_s
from icnsim.sweeps.statistics import Floats

TIME: Final = "qos.detection_time.mean"
COUNT: Final = "qos.detection_time.count"
MISTAKES: Final = "qos.mistakes"
TRUSTED: Final = "qos.trusted"


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured curve of one kind of detector under one condition.

    Attributes
    ----------
    planned : its settings. folder : of the sweep's results; None if they were not kept.
    figures : points × replications × `icnsim.sweeps.figures.names`, NaN where a figure does not exist.
    failures : the reasons of runs that failed.
    """

    planned: PlannedCurve
    folder: Path | None
    figures: Floats
    failures: tuple[str, ...]

    @property
    def kind(self) -> DetectorKind:
        """The kind of detector."""
        return self.planned.curve.kind

    @property
    def condition(self) -> str:
        """The name of the condition."""
        return self.planned.condition.name

    def figure(self, name: str) -> Floats:
        """One figure, points × replications."""
        return self.figures[:, :, statistics.place(name)]

    @property
    def counts(self) -> Counts:
        """The detections and the mistakes of its runs."""
        time, detections, mistakes, trusted = (
            np.nan_to_num(self.figure(name)) for name in (TIME, COUNT, MISTAKES, TRUSTED)
        )
        return Counts(time * detections, detections, mistakes, mistakes + trusted)


@dataclass(frozen=True, slots=True)
class Results:
    """All measurements.

    Attributes
    ----------
    prepared : the plan of the runs. curves : the measured curves, in the same order.
    """

    prepared: Prepared
    curves: Sequence[Measured]

    @property
    def conditions(self) -> tuple[str, ...]:
        """The names of the conditions that were run."""
        return tuple(self.prepared.changes)

    @property
    def failed(self) -> int:
        """The number of runs that failed."""
        return sum(len(each.failures) for each in self.curves)

    def compared(self, condition: str) -> list[Measured]:
        """The curves of the compared kinds under a condition."""
        return [each for each in self.curves if each.condition == condition and each.planned.compared]

    def reference(self, condition: str) -> Counts:
        """The counts of the reference: poll at the scenario's own interval and timeout."""
        own = own_timeout_s(self.prepared.scenario)
        for each in self.curves:
            values = each.planned.curve.values
            if each.condition == condition and each.kind == REFERENCE and own in values:
                return each.counts.only(values.index(own))
        raise LookupError(condition)

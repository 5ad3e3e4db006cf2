"""The results of one recommendation, for the parts that describe and write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Goal
from icnsim.recommendation.screening import Screening, Search
from icnsim.recommendation.selection import Selection
from icnsim.recommendation.tradeoff import TradeOff
from icnsim.recommendation.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Findings:
    """The search space of a recommendation and its results.

    Attributes
    ----------
    tries : the points that were run again, in their order; empty for a trade-off.
    selection : the comparison of the confirmed point with all others, None if no point is confirmed.
    trade_off : None if there is a single objective.
    """

    where: Search
    screening: Screening
    verdict: Verdict
    tries: tuple[Try, ...]
    selection: Selection | None
    trade_off: TradeOff | None

    @property
    def goal(self) -> Goal:
        """The question."""
        return self.verdict.goal

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys that vary."""
        return self.screening.plan.keys

    @property
    def vary(self) -> Mapping[str, Any]:
        """The keys that vary with their lists or ranges."""
        return self.screening.plan.scenario.sweep.vary

    @property
    def chosen(self) -> Try | None:
        """The recommended point; None if no point is confirmed."""
        return self.tries[-1] if self.tries and self.tries[-1].confirmed else None

    @property
    def own(self) -> Candidate | None:
        """The screened design's own point; None if it was not screened."""
        number = self.screening.own
        return None if number is None else self.screening.candidates[number]

    @property
    def samples(self) -> int | None:
        """The number of points that the optimiser had to evaluate; None for a design."""
        return self.screening.plan.scenario.sweep.samples if self.where.optimised else None

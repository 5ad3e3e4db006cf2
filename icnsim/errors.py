"""What icnsim raises, and nothing else: one small hierarchy, every message of use to its reader.

Each message says what was found, where, what was expected and what to do about it. The
command line turns these into an exit code without a traceback; see `icnsim.cli`.
"""

from collections.abc import Sequence
from dataclasses import dataclass


class IcnsimError(Exception):
    """Base of every error that icnsim raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a scenario file.

    Parameters
    ----------
    file, line : where; `line` counts from 1, None where the value came from elsewhere.
    key : dotted path of the key, "" for the file as a whole.
    found, expected : what stands there and what should.
    hint : what to do, for example "did you mean 'timeout'?".
    """

    file: str
    line: int | None
    key: str
    found: str
    expected: str
    hint: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        subject = f"{self.key}: " if self.key else ""
        advice = f" ({self.hint})" if self.hint else ""
        return f"{place}: {subject}found {self.found}, expected {self.expected}{advice}"


class ScenarioError(IcnsimError):
    """A scenario cannot be used; `problems` holds everything that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ResultsError(IcnsimError):
    """Results could not be written or read."""


class BudgetError(IcnsimError):
    """A run would need, or has used, more than it was allowed."""

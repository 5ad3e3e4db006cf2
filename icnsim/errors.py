"""The errors that icnsim raises: one small hierarchy.

Each message says what was found, where, what was expected, and what to do. The command line turns an error into an exit
code without a traceback, see `icnsim.cli`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SHOWN = 100
"""The most problems of one file that a message lists."""
LONGEST_LINE = 2000


def printable(text: str) -> str:
    """The text on one line, without characters that control a terminal."""
    return "".join(character if character.isprintable() else "�" for character in text)


class IcnsimError(Exception):
    """Base of every error that icnsim raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a scenario file.

    Parameters
    ----------
    file, line : the place; `line` counts from 1, and is None if the value did not come from a file.
    key : dotted path of the key, "" for the file as a whole.
    found, expected : the value that was found, and the values that are valid.
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
        line = f"{place}: {subject}found {self.found}, expected {self.expected}{advice}"
        return printable(line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…")


class ScenarioError(IcnsimError):
    """A scenario cannot be used; `problems` holds all its mistakes."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more problems")
        super().__init__("\n".join(lines))


class PluginError(IcnsimError, ValueError):
    """A plug-in is missing, clashes with another one, cannot be loaded, or breaks the rules of its interface."""


class ResultsError(IcnsimError):
    """Results could not be written or read."""


class MissingEntryError(ResultsError, KeyError):
    """Results that were read lack an entry, because another version of icnsim wrote them."""

    __str__ = Exception.__str__


class EngineError(IcnsimError):
    """No process or cluster can do the runs, or it has stopped."""


class BudgetError(IcnsimError):
    """A run would need, or has used, more than its budget."""


class DefectError(Exception):
    """The results of a run contradict themselves. The fault is icnsim's, so this is no `IcnsimError`."""

"""The scenarios in which coverage is measured. Each is a file in `cases/`, whose first line states its purpose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from icnsim import experiment
from icnsim.scenario import Scenario

FOLDER: Final = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Case:
    """A scenario, and the dependence between its values.

    Attributes
    ----------
    name : the name of the scenario and of its file. question : the first line of the file.
    """

    name: str
    question: str

    def scenario(self, seed: int = 1) -> Scenario:
        """The scenario with this seed."""
        return experiment.prepare(FOLDER / f"{self.name}.yaml", seed=seed)


def _case(path: Path) -> Case:
    return Case(path.stem, path.read_text("utf-8").splitlines()[0].removeprefix("# "))


CASES: Final = tuple(map(_case, sorted(FOLDER.glob("*.yaml"))))
"""All cases in the order of their names."""

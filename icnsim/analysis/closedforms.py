"""`icnsim.predict`: computes the closed forms of a scenario without a simulation."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from icnsim.errors import Problem, ScenarioError
from icnsim.scenario import Scenario, load
from icnsim.theory.prediction import Prediction
from icnsim.theory.predictions import predict as predictions_of

if TYPE_CHECKING:
    import pandas as pd


class Predictions(Mapping[str, Prediction]):
    """The closed form of each figure that has one, by the figure's dotted name.

    A notebook shows it as a table. ``predictions["detection_latency.mean"].value`` is in the unit of the figure.
    """

    def __init__(self, name: str, found: Mapping[str, Prediction]) -> None:
        self._name = name
        self._found = dict(found)

    def __getitem__(self, figure: str) -> Prediction:
        return self._found[figure]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return f"<icnsim.Predictions {self._name}, {len(self)} figures>"

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each figure: value, low, high, formula, reason. A missing value or bound is NaN."""
        import pandas as pd

        rows = {
            name: (each.value, each.low, each.high, each.formula, each.reason) for name, each in self._found.items()
        }
        columns = ["value", "low", "high", "formula", "reason"]
        found = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
        return found.astype(dict.fromkeys(columns[:3], "float64")).rename_axis("figure")

    def _repr_html_(self) -> str:
        from icnsim.analysis import html
        from icnsim.analysis.overview import ROWS, predicted

        units = {metric: unit for _, metric, unit in ROWS}
        rows = [
            (name, predicted(each.fields(), units.get(name, "")) or "-", each.formula, each.reason or "")
            for name, each in self._found.items()
        ]
        return html.table(f"{self._name}: closed forms", ("figure", "predicted", "formula", "no value because"), rows)


def predict(scenario: str | Path | Scenario, overrides: Mapping[str, object] | None = None) -> Predictions:
    """Computes the closed forms of a scenario, as `icnsim predict` prints them, without a simulation.

    Parameters
    ----------
    scenario, overrides : as in `icnsim.run`.

    Raises
    ------
    ScenarioError : the scenario cannot be used.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario, overrides, allow_large=True)
    elif overrides:
        found, expected = "overrides for a scenario that is already loaded", "overrides in the call that loads it"
        raise ScenarioError([Problem(scenario.origin, None, "", found, expected)])
    return Predictions(scenario.name, predictions_of(scenario))

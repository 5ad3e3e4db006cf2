"""The file that a user writes: its schema, its units, its distributions, its loading.

`load` reads a file, `loads` a text; both give a `Scenario` or raise a `ScenarioError` that
holds everything that is wrong with it.
"""

from icnsim.scenario.distributions import Distribution
from icnsim.scenario.loading import load, loads
from icnsim.scenario.schema import Scenario

__all__ = ["Distribution", "Scenario", "load", "loads"]

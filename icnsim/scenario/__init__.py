"""The scenario file: its schema, units, distributions and loading.

`load` reads a file, `loads` a text; both return a `Scenario`, or raise a `ScenarioError` that holds all problems.
"""

from icnsim.scenario.distributions import Distribution
from icnsim.scenario.loading import load, loads
from icnsim.scenario.schema import Scenario

__all__ = ["Distribution", "Scenario", "load", "loads"]

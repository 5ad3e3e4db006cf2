"""The interfaces of plug-ins: everything that a plug-in's module needs to import. See docs/plugins.md."""

from icnsim.errors import PluginError
from icnsim.protocol.policy import LOAD_BALANCING, LOCALITY_OPTIMIZATION, Candidate, Choice, Own
from icnsim.scenario.plugins.detectors import DetectorPlugin as Detector
from icnsim.scenario.plugins.distributions import DistributionPlugin as Distribution
from icnsim.scenario.plugins.metrics import Figure, Metric
from icnsim.scenario.plugins.parameters import Parameter
from icnsim.scenario.plugins.policies import PolicyPlugin as Policy

__all__ = [
    "LOAD_BALANCING", "LOCALITY_OPTIMIZATION", "Candidate", "Choice", "Detector", "Distribution", "Figure", "Metric",
    "Own", "Parameter", "PluginError", "Policy",
]  # fmt: skip

"""The interfaces of plug-ins: everything that a plug-in's module needs to import. See docs/plugins.md."""

from icnsim.errors import PluginError
from icnsim.scenario.plugins.detectors import DetectorPlugin as Detector
from icnsim.scenario.plugins.distributions import DistributionPlugin as Distribution
from icnsim.scenario.plugins.metrics import Figure, Metric
from icnsim.scenario.plugins.parameters import Parameter

__all__ = ["Detector", "Distribution", "Figure", "Metric", "Parameter", "PluginError"]

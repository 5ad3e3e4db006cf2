"""icnsim: migrations of actors in a federation of executors, simulated.

>>> import icnsim
>>> run = icnsim.run("scenarios/week4.yaml", overrides={"manager.timeout": "90s"})
>>> run["detection_latency.mean"]

`run` simulates a scenario, `load` opens results of any kind, `predict` computes the closed forms, `sweep`
runs a scenario at many points, `compare` compares two scenarios, `recommend` finds the best settings, `check` searches
for violated invariants, and `run_live` runs a scenario with real processes. Heavy modules are imported on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from icnsim.version import VERSION as __version__

__all__ = [
    "Check", "Comparison", "DetectorComparison", "Live", "Predictions", "Rare", "Recommendation", "Run", "Sweep",
    "__version__", "check", "compare", "compare_detectors", "load", "predict", "rare", "recommend", "run", "run_live",
    "sweep", "with_units",
]  # fmt: skip

if TYPE_CHECKING:
    from icnsim.analysis.closedforms import Predictions, predict
    from icnsim.experiment import Run, run
    from icnsim.frames import with_units
    from icnsim.live.running import Live, run_live
    from icnsim.opening import load
    from icnsim.rare_events.rare import Rare, rare
    from icnsim.recommendation.recommend import Recommendation, recommend
    from icnsim.search.check import Check
    from icnsim.search.searching import check
    from icnsim.sweeps.comparison import Comparison, compare
    from icnsim.sweeps.detectors.comparison import DetectorComparison, compare_detectors
    from icnsim.sweeps.sweep import Sweep, sweep

_HOMES: Final = {
    "icnsim.experiment": ("Run", "run"),
    "icnsim.frames": ("with_units",),
    "icnsim.live.running": ("Live", "run_live"),
    "icnsim.opening": ("load",),
    "icnsim.analysis.closedforms": ("Predictions", "predict"),
    "icnsim.search.check": ("Check",),
    "icnsim.search.searching": ("check",),
    "icnsim.sweeps.sweep": ("Sweep", "sweep"),
    "icnsim.sweeps.comparison": ("Comparison", "compare"),
    "icnsim.sweeps.detectors.comparison": ("DetectorComparison", "compare_detectors"),
    "icnsim.rare_events.rare": ("Rare", "rare"),
    "icnsim.recommendation.recommend": ("Recommendation", "recommend"),
}


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'icnsim' has no attribute {name!r}")

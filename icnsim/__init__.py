"""icnsim: migrations of actors in a federation of executors, simulated.

>>> import icnsim
>>> run = icnsim.run("scenarios/week4.yaml", overrides={"manager.timeout": "90s"})
>>> run.summary["detection_latency"]["mean"]

`run` simulates a scenario, `load` opens results that a run has written, `sweep` runs it at
many points, `compare` tells two scenarios apart, `recommend` finds the best settings.
Everything heavy is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from icnsim.version import VERSION as __version__

__all__ = [
    "Comparison", "DetectorComparison", "Rare", "Recommendation", "Run", "Sweep", "__version__", "compare",
    "compare_detectors", "load", "rare", "recommend", "run", "sweep",
]  # fmt: skip

if TYPE_CHECKING:
    from icnsim.experiment import Run, run
    from icnsim.opening import load
    from icnsim.rare_events.rare import Rare, rare
    from icnsim.recommendation.recommend import Recommendation, recommend
    from icnsim.sweeps.comparison import Comparison, compare
    from icnsim.sweeps.detectors.comparison import DetectorComparison, compare_detectors
    from icnsim.sweeps.sweep import Sweep, sweep

_HOMES: Final = {
    "icnsim.experiment": ("Run", "run"),
    "icnsim.opening": ("load",),
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

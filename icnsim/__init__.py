"""icnsim: migrations of actors in a federation of executors, simulated.

>>> import icnsim
>>> run = icnsim.run("scenarios/week4.yaml", overrides={"manager.timeout": "90s"})
>>> run.summary["detection_latency"]["mean"]

`run` simulates a scenario, `load` opens results that a run has written. Everything heavy is
imported when it is first used.
"""

from typing import TYPE_CHECKING, Any

from icnsim.version import VERSION as __version__

__all__ = [
    "Comparison", "Recommendation", "Run", "Sweep", "__version__", "compare", "load", "recommend", "run", "sweep",
]  # fmt: skip

if TYPE_CHECKING:
    from icnsim.experiment import Run, load, run
    from icnsim.sweeps.comparison import Comparison, compare
    from icnsim.sweeps.recommendation import Recommendation, recommend
    from icnsim.sweeps.sweep import Sweep, sweep


def __getattr__(name: str) -> Any:
    if name in ("Run", "load", "run"):
        from icnsim import experiment

        return getattr(experiment, name)
    if name in ("Sweep", "sweep"):
        from icnsim.sweeps import sweep as sweeps

        return getattr(sweeps, name)
    if name in ("Comparison", "compare"):
        from icnsim.sweeps import comparison

        return getattr(comparison, name)
    if name in ("Recommendation", "recommend"):
        from icnsim.sweeps import recommendation

        return getattr(recommendation, name)
    raise AttributeError(f"module 'icnsim' has no attribute {name!r}")

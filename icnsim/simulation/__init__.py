"""Virtual time: executors bound to a network, timers, loops and a workload on SimPy.

`federation.simulate` is the way in: a scenario goes in, a `Recording` comes out.
"""

from icnsim.simulation.environment import Budget
from icnsim.simulation.federation import simulate

__all__ = ["Budget", "simulate"]

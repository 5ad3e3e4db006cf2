"""An exhaustive check of small worlds: every order of deliveries, losses, stages, time-outs and crashes.

`explore` visits each state that a few executors with one actor can reach and checks the invariants
in it. It drives the same manager that the simulation drives. `python -m icnsim.modelcheck` runs one.
"""

from icnsim.modelcheck.configuration import Configuration
from icnsim.modelcheck.explore import Result, explore

__all__ = ["Configuration", "Result", "explore"]

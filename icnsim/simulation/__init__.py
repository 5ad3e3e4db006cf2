"""The event engine: executors bound to a network, loops, a workload and faults, in virtual time on SimPy.

`simulate` takes a scenario and returns a `Recording`. `federation` assembles the parts; `hooks` lists the events
that they subscribe to. The packages are `time`, `network`, `executors`, `workload`, `tasks`, `faults` and
`watching`.
"""

from icnsim.simulation.runs import simulate

__all__ = ["simulate"]

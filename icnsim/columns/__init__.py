"""The columnar engine: it computes the recording of a run without an event queue for the whole federation.

`simulate` returns the recording that the event engine returns. `unsupported` names the key of a scenario that only the
event engine supports.

A run goes through the files in this order. `applicability` checks the scenario. `population`, `parameters` and
`drawing` make the inputs, and `memory` arranges them for the kernel. `engine` calls the kernel (package `kernel`),
which package `compiler` compiles. Package `tables` makes the recording.
"""

from icnsim.columns.applicability import NotExact, unsupported
from icnsim.columns.engine import Computed, simulate

__all__ = ["Computed", "NotExact", "simulate", "unsupported"]

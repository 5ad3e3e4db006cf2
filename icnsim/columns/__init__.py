"""The columnar engine: the recording of a run without a queue of events for the whole federation.

`simulate` computes what the event engine simulates, for the scenarios for which `unsupported` names no key.
"""

from icnsim.columns.applicability import NotExact, unsupported
from icnsim.columns.engine import Computed, simulate

__all__ = ["Computed", "NotExact", "simulate", "unsupported"]

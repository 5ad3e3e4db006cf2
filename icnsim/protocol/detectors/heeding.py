"""The detector that uses heartbeats: it suspects a record when it suspects the record's peer.

A record that waits for a peer is too old when the peer is suspected, or after the fixed timeout. Heartbeats say nothing
about a lost Request, or about an executor whose process runs and does not answer. A record that waits for no peer has
the fixed timeout alone.

The driver keeps the arrivals (`Port.heard`), so the detector has no state.
"""

from typing import ClassVar

from icnsim.protocol.detectors.detector import Detector
from icnsim.protocol.detectors.heartbeats import Rule


class Heeding(Detector):
    """A timer for each record: at its fixed timeout, or before it when its peer is suspected.

    Parameters
    ----------
    rule : when a peer is suspected.
    """

    __slots__ = ("rule",)

    fixed: ClassVar[bool] = False

    def __init__(self, rule: Rule) -> None:
        self.rule: Rule | None = rule

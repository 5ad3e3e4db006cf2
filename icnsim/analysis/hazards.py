"""The hazards of PROTOCOL section 7: the invariants that each one breaks, its fix, and its scenario.

Each has a scenario in scenarios/hazards whose file name begins with its number. In the file the fix is off and the
hazard shows. With the fix's key set to `fixed`, it does not.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

from icnsim.protocol.profile import FIXES, TRACKED


class Hazard(NamedTuple):
    """One hazard.

    Attributes
    ----------
    number, name : the number and name in PROTOCOL.
    happens : the effect without the fix. costs : the cost of the fix, in words.
    breaks : the invariants that its scenario violates with the fix off.
    figure : a figure of the summary that the fix improves; each hazard that breaks no invariant has one.
    key, fixed : the scenario's key of the fix, and its value for on.
    persists : whether the first step of the hazard still happens with the fix on, and is then harmless.
    """

    number: int
    name: str
    happens: str
    costs: str
    breaks: tuple[str, ...]
    figure: str | None
    key: str
    fixed: object
    persists: bool

    @property
    def overrides(self) -> Mapping[str, object]:
        """The override that switches its fix on."""
        return {self.key: self.fixed}

    def scenario(self, folder: Path) -> Path:
        """Its file in the folder of hazard scenarios."""
        (path,) = folder.glob(f"{self.number:02}-*.yaml")
        return path


_KNOWN: Final = (
    (1, "scan/write race", ("I5", "I8"), None, False),
    (2, "resurrection", ("I1", "I5"), None, True),
    (3, "crossed accepts", ("I1",), None, True),
    (4, "stale Request or Reject", ("I1", "I5"), None, True),
    (5, "success called failure", ("I6", "I8"), None, False),
    (6, "nobody runs", ("I2",), None, True),
    (7, "two run", ("I1",), None, True),
    (8, "loopback", ("I5",), None, False),
    (9, "swallowed retry", (), "migrations.completed", True),
    (10, "lost message", (), "detection_total.max", True),
    (11, "reordered Complete", ("I3", "I4"), None, True),
    (12, "empty checkpoint", ("I3",), None, True),
    (13, "amnesia", ("I1", "I2"), None, True),
    (14, "one sequence minted twice", ("I4",), None, False),
    (15, "clock step or skew", ("I6",), "detection_total.max", True),
    (16, "blocked for ever", ("I6",), "migrations.completed", False),
    (17, "herd", (), "requests.peak_per_second", True),
    (18, "retry storm", ("I7",), "attempts.total", True),
    (19, "healed partition", ("I1", "I5"), None, True),
    (20, "double vote", ("consensus",), "quorum.wrong", True),
    (21, "forged Accept", ("I1",), None, True),
    (22, "slow gossip", (), "false_positives.count", False),
    (23, "nothing in it", ("I3",), None, False),
    (24, "nobody's signature", ("I2", "I6"), None, False),
)


def _hazards() -> tuple[Hazard, ...]:
    fixes = {fix.hazard: fix for fix in reversed(FIXES)}  # of several fixes, the first removes the hazard
    found = []
    for number, name, breaks, figure, persists in _KNOWN:
        if number == 16:
            happens = "a record in a state that is not tracked stays active and refuses every later migration"
            costs = "a scan of the records in all four states"
            key: str = "manager.tracked_states"
            fixed: object = list(TRACKED["hardened"])
        else:
            fix = fixes[number]
            happens, costs, key, fixed = fix.without, fix.cost, f"protocol.{fix.switch}", True
        found.append(Hazard(number, name, happens, costs, breaks, figure, key, fixed, persists))
    return tuple(found)


HAZARDS: Final = _hazards()
"""All hazards, in the order of their numbers."""

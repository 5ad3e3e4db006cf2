"""The deadlines of records whose timeout or detector the supervisor has adjusted.

An adjustment does not change the past. The deadline of an existing record is the later of two times. One is the time of
the newest adjustment that changed the timeout of its actor and state, or its detector. The other is its entry into the
state + its present timeout. So a lower timeout makes no record late before the adjustment. An adjustment that changes
neither has no effect on deadlines.
"""

from collections.abc import Mapping

from icnsim.protocol.messages import ActorId
from icnsim.protocol.states import State
from icnsim.protocol.watch import NO_OVERRIDE, Settings
from icnsim.recording.columns import NEVER


class Deadlines:
    """The times at which timeouts were adjusted."""

    __slots__ = ("_common", "_exchanged", "_own", "_unaffected")

    def __init__(self) -> None:
        self._common: dict[State, int] = {}
        self._own: dict[ActorId, dict[State, int]] = {}
        self._exchanged = NEVER
        self._unaffected: frozenset[ActorId] = frozenset()

    def adjusted(self, before: Settings, after: Settings, now: int) -> None:
        """Record an adjustment of timeouts or of the detector at `now`, µs."""
        if before.detector != after.detector:
            self._exchanged = now
            self._unaffected = frozenset(actor for actor, own in after.overrides.items() if own.detector is not None)
        common = dict(self._common)
        _note(self._common, before.timeouts, after.timeouts, now)
        for actor in {**before.overrides, **after.overrides}:
            own = [settings.overrides.get(actor, NO_OVERRIDE).timeouts for settings in (before, after)]
            if own != [None, None]:
                former, present = own[0] or before.timeouts, own[1] or after.timeouts
                _note(self._own.setdefault(actor, dict(common)), former, present, now)

    def of(self, actor: ActorId, state: State, entered: int, timeout_ms: int) -> int:
        """The deadline of an actor's record that entered the state at `entered`, µs."""
        adjusted = self._own.get(actor, self._common).get(state, NEVER)
        if actor not in self._unaffected:
            adjusted = max(adjusted, self._exchanged)
        return max(adjusted, entered + timeout_ms * 1000)


def _note(adjusted: dict[State, int], before: Mapping[State, int], after: Mapping[State, int], now: int) -> None:
    """Store the time for each state whose timeout has changed."""
    adjusted |= {state: now for state in State if before.get(state) != after.get(state)}

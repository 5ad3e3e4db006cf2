"""The migration manager with every fix as a switch: from the implementation to the hardened protocol.

Theory of operation. `MigrationManager` is the design, and fast. This one has the same handlers
with a question wherever a hazard begins (`Switches`); with the switches of `as-designed` it does
what the design does, call for call (tests hold it). It differs in three ways. It knows which
actors run here (`runtime`), for a copy that runs twice or nowhere is what most hazards end in.
Its table depends on the switches (`states.table`). And it reports to its port when what a
hazard begins with has happened, whether or not the fix then keeps it from doing harm.

The hand-over of the hardened protocol: a source that has sent the final checkpoint never
resumes the actor by itself. When it has waited too long it asks the target to cancel, again
and again; the target either has begun the epoch, and says so with an Ack, or promises
never to begin it, and only then does the source resume. See docs/hardened.md.
"""

from collections.abc import Callable
from typing import Final

from icnsim.protocol.messages import Kind, SwitchedMessage
from icnsim.protocol.source import SourceSide
from icnsim.protocol.states import Event
from icnsim.protocol.target import TargetSide

EVENTS: Final = {
    Kind.REQUEST: Event.ADMIT,
    Kind.ACCEPT: Event.ACCEPT,
    Kind.REJECT: Event.REJECT,
    Kind.COMPLETE: Event.COMPLETE,
    Kind.ACK: Event.ACK,
    Kind.CANCEL: Event.CANCEL,
    Kind.CANCELLED: Event.CANCELLED,
}
"""What the arrival of each kind of message is to a record."""

EXPIRING: Final = (Kind.REQUEST, Kind.ACCEPT, Kind.REJECT, Kind.COMPLETE)
"""What settles a hand-over in doubt never expires."""


class SwitchedManager(SourceSide, TargetSide):
    """Follows every migration of one executor, with the fixes that are switched on; see `RecordKeeper`."""

    __slots__ = ()

    def receive(self, message: SwitchedMessage, now: int) -> None:
        """Hand a message that has arrived to its handler, unless it has expired."""
        kind, actor, attempt = message.kind, message.actor, message.attempt
        if now - message.sent_at > self.settings.message_lifetime:
            self._port.hazard(19, actor, attempt)
            if self.switches.message_expiry and kind in EXPIRING:
                self._ignore(actor, attempt, EVENTS[kind])
                return
        _HANDLERS[kind](self, message, now)
        self.runtime.hear(actor, message.epoch)


_HANDLERS: Final[dict[Kind, Callable[[SwitchedManager, SwitchedMessage, int], None]]] = {
    Kind.REQUEST: SwitchedManager.on_request,
    Kind.ACCEPT: SwitchedManager.on_accept,
    Kind.REJECT: SwitchedManager.on_reject,
    Kind.COMPLETE: SwitchedManager.on_complete,
    Kind.ACK: SwitchedManager.on_ack,
    Kind.CANCEL: SwitchedManager.on_cancel,
    Kind.CANCELLED: SwitchedManager.on_cancelled,
}

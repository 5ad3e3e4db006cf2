"""What a federation looks like while it runs: taken when somebody looks, and paid for only then."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from icnsim.protocol.manager import MigrationManager
from icnsim.protocol.states import ACTIVE
from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, Recorder


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A federation at one instant; counts are since the beginning.

    Attributes
    ----------
    at, horizon : virtual time now and at the end, µs. events : processed.
    attempts : begun, the retries among them. ended : attempts by outcome.
    skipped : arrivals that found every actor busy.
    active : records in each active state. records : held. in_flight : messages under way.
    running, nowhere : copies of actors that run, and actors that run nowhere; None in a plain run.
    faults : in effect, by kind. violations : so far, by invariant; None in a plain run.
    tasks : submitted so far, by what has become of them, those under way among them; None where none are submitted.
    """

    at: int
    horizon: int
    events: int
    attempts: int
    retries: int
    ended: Mapping[str, int]
    skipped: int
    active: Mapping[str, int]
    records: int
    in_flight: int
    running: int | None = None
    nowhere: int | None = None
    faults: Mapping[str, int] | None = None
    violations: Mapping[str, int] | None = None
    tasks: Mapping[str, int] | None = None


class Onlooker(Protocol):
    """Who is told now and then how far a run is, and may look at it then."""

    def __call__(self, share: float, events: int, look: Callable[[], Glimpse], /) -> None:
        """The share of virtual time that has passed, 1 at the end, and the events so far; `look` costs time."""


def counted(recorder: Recorder) -> tuple[int, int, dict[str, int]]:
    """How many attempts have begun, how many of them are retries, and how many have ended in each way."""
    completed, failed, failure = (
        np.frombuffer(column, column.typecode)
        for column in (recorder.times["completed"], recorder.times["failed"], recorder.flags["failure"])
    )
    done = completed != NEVER
    lost = (failed != NEVER) & ~done
    kinds = np.bincount(failure[lost], minlength=4).tolist()
    ended = {
        "completed": int(done.sum()),
        "timed_out": kinds[TIMED_OUT],
        "rejected": kinds[REJECTED],
        "failed": sum(kinds) - kinds[TIMED_OUT] - kinds[REJECTED],
    }
    begun = np.frombuffer(recorder.times["requested"], "q") != NEVER
    return int(begun.sum()), int(begun[recorder.arrivals :].sum()), ended


def held(managers: Iterable[MigrationManager]) -> tuple[dict[str, int], int]:
    """The active records of these managers by state, and how many records they hold."""
    active: Counter[str] = Counter()
    records = 0
    for manager in managers:
        records += len(manager.active) + len(manager.ended)
        active.update(record.state.label for record in manager.active.values())
    return {state.label: active[state.label] for state in sorted(ACTIVE)}, records

"""The laws of conservation: everything that a run creates goes to exactly one place, or still exists at the end.

Each law compares the number of created objects with the sum of the numbers at the places where they went. The two
sides come from different counters of the engine. `Recording.counts` has the counts that no table holds:
`records_opened` and `records_held` (the balance of all steps of records), `timed_out` (steps by which detection failed
a record), `attempts_begun`, `migrations_begun`, `votes_open`,
`checkpoint_votes_open`, `tasks_submitted`, `tasks_open`, `executions_live` (begun and not ended), `executions_came`
(taken by executors), `executions_gone` (given up before they began), `executions_pending` (not begun at the end),
`transfers_open`, `writes_open`. A count that a run does not have is missing, and so is its law.

Every engine checks its recording at the end of the run. A broken law is a defect of icnsim.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.errors import DefectError
from icnsim.recording import actormessages, checkpointwrites, outcome, quorum, tasks, transfers
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column

Places = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Law:
    """A law of conservation.

    Attributes
    ----------
    name : of the created objects. count : the entry of `Recording.counts` without which the law does not apply, "" for
        none.
    created : the number that was created. went : how many of them went to each place.
    """

    name: str
    count: str
    created: Callable[[Recording], int]
    went: Callable[[Recording], Places]


def _outcomes(codes: Column, names: tuple[str, ...]) -> dict[str, int]:
    return dict(zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True))


def _attempts(recording: Recording) -> Places:
    """The attempts by the way in which they ended."""
    return _ended(recording.attempts["completed"], recording.attempts["failed"])


def _ended(completed: Column, failed: Column) -> Places:
    done = completed != NEVER
    lost = (failed != NEVER) & ~done
    counts = {"completed": int(np.count_nonzero(done)), "failed": int(np.count_nonzero(lost))}
    return {**counts, "unfinished": int(np.count_nonzero((failed == NEVER) & ~done))}


def _migrations(recording: Recording) -> Places:
    """The migrations by the way in which they ended: as their last attempts, or prevented by a quorum."""
    a = recording.attempts
    last = outcome.lasts(a)
    places = _ended(a["completed"][last], a["failed"][last])
    without = quorum.not_begun(recording)
    return {**places, "without an attempt": len(without["asked"])} if without else places


def _votes(votes: Mapping[str, Column], unfinished: int) -> Places:
    decided = votes["decided"] != NEVER
    return {**_outcomes(votes["verdict"][decided], quorum.VERDICTS), "unfinished": unfinished}


def _tasks(recording: Recording) -> Places:
    ended = (recording.tasks or {})["outcome"]
    return {**_outcomes(ended, tasks.OUTCOMES), "unfinished": recording.counts["tasks_open"]}


def _executions(recording: Recording) -> Places:
    became = (recording.executions or {})["outcome"]
    return {**_outcomes(became, tasks.BECAME), "unfinished": recording.counts["executions_live"]}


def _transfers(recording: Recording) -> Places:
    became = (recording.transfers or {})["fate"]
    return {**_outcomes(became, transfers.FATES), "transmitting": recording.counts["transfers_open"]}


def _writes(recording: Recording) -> Places:
    became = (recording.checkpoint_writes or {})["fate"]
    return {**_outcomes(became, checkpointwrites.FATES), "writing": recording.counts["writes_open"]}


LAWS: Final = (
    Law(
        "records",
        "",
        lambda r: r.counts["records_opened"],
        lambda r: r.records.fates(),
    ),
    Law(
        "records at the end",
        "",
        lambda r: r.counts["records_held"],
        lambda r: {"left": r.records.fates()["left"]},
    ),
    Law(
        "records that timed out",
        "timed_out",
        lambda r: r.counts["timed_out"],
        lambda r: {
            "found by ticks": int(r.ticks["timed_out"].sum()),
            "found by timers and wheels": int(r.firings["timed_out"].sum()),
        },
    ),
    Law(
        "messages",
        "",
        lambda r: r.messages_sent,
        lambda r: {
            "delivered": r.messages_delivered, "lost": r.messages_lost, "in flight": r.messages_in_flight
        },
    ),
    Law(
        "attempts",
        "",
        lambda r: r.counts["attempts_begun"],
        _attempts,
    ),
    Law(
        "messages to actors",
        "",
        lambda r: r.actor_messages["sent"],
        lambda r: actormessages.places(r.actor_messages),
    ),
    Law("migrations", "migrations_begun", lambda r: r.counts["migrations_begun"], _migrations),
    Law(
        "votes",
        "votes_open",
        lambda r: len((r.decisions or {})["asked"]),
        lambda r: _votes(r.decisions or {}, r.counts["votes_open"]),
    ),
    Law(
        "votes on checkpoints",
        "checkpoint_votes_open",
        lambda r: len((r.checkpoint_votes or {})["asked"]),
        lambda r: _votes(r.checkpoint_votes or {}, r.counts["checkpoint_votes_open"]),
    ),
    Law("tasks", "tasks_open", lambda r: r.counts["tasks_submitted"], _tasks),
    Law("transfers", "transfers_open", lambda r: len((r.transfers or {})["began"]), _transfers),
    Law("writes of checkpoints", "writes_open", lambda r: len((r.checkpoint_writes or {})["began"]), _writes),
    Law("runs of tasks", "executions_live", lambda r: len((r.executions or {})["task"]), _executions),
    Law(
        "tasks that executors took",
        "executions_came",
        lambda r: r.counts["executions_came"],
        lambda r: {
            "begun": len((r.executions or {})["task"]), "given up": r.counts["executions_gone"],
            "waiting": r.counts["executions_pending"],
        },
    ),
)  # fmt: skip
"""Every law."""


def conserved(recording: Recording) -> Recording:
    """The recording, if all laws hold; raises DefectError otherwise."""
    for law in LAWS:
        if law.count and law.count not in recording.counts:
            continue
        created, went = law.created(recording), law.went(recording)
        if created != sum(went.values()):
            places = " + ".join(f"{count} {place}" for place, count in went.items())
            raise DefectError(
                f"{law.name} are not conserved: {created} were created, but {places} = {sum(went.values())}; "
                "the results are wrong and are not written"
            )
    return recording

"""The `Recording` of a run, assembled from the numbers of the kernel. Both engines return the same columns."""

from typing import Any, Final

import numpy as np

from icnsim.columns.kernel import layout as at
from icnsim.columns.kernel.layout import NONE
from icnsim.columns.memory import Memory
from icnsim.columns.population import Population
from icnsim.columns.tables.firing import firings
from icnsim.columns.tables.hazards import observed, ranks
from icnsim.columns.tables.reopened import records, with_all_records
from icnsim.columns.tables.sampling import states
from icnsim.columns.tables.ticking import ticks
from icnsim.draws.arrivals import Span
from icnsim.draws.streams import Integers
from icnsim.protocol.states import Event, State
from icnsim.recording import actormessages
from icnsim.recording.canonical import canonical
from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, MessageLog, Recording, columns_of
from icnsim.recording.conservation import conserved
from icnsim.recording.integers import Column
from icnsim.recording.lattices import Lattices
from icnsim.recording.learned import NOTHING_LEARNED
from icnsim.scenario import Scenario

TIMES: Final = {
    "requested": at.REQUESTED, "accepted": at.ACCEPTED, "checkpointed": at.CHECKPOINTED_AT,
    "completed": at.COMPLETED, "failed": at.FAILED, "admitted": at.ADMITTED, "restored": at.RESTORED_AT,
    "target_failed": at.TARGET_FAILED, "transferred": at.TRANSFERRED, "removed": at.REMOVED,
    "replaced": at.REPLACED, "target_removed": at.TARGET_REMOVED, "target_replaced": at.TARGET_REPLACED,
    "late_at": at.LATE_AT,
}  # fmt: skip
"""The column of the layout of each time of an attempt."""
RECOVERIES: Final = ("actor", "executor", "crashed", "restarted", "sequence", "work_lost", "messages_lost", "elsewhere")


def recording(
    scenario: Scenario,
    memory: Memory,
    population: Population,
    window: Span,
    times: Integers,
    actors: Integers,
    phases: Integers | None,
    checker: Lattices | None,
) -> Recording:
    """The recording of a run.

    Parameters
    ----------
    memory : the sequences of the kernel at the end of the run.
    times : the times of all arrivals, µs; shape (arrivals,).
    actors : rows of the selected actors; shape (selected, ACTOR).
    phases : the phase of each manager's loop, µs; None without managers.
    checker : the instants at which the task checkers tick; None without task checkers.
    """
    numbers = memory.m
    order = _order(memory, scenario.retry.max_retries)
    attempts, reasons = _attempts(memory, population, order, actors, managed=phases is not None)
    sent, lost, delivered = (int(numbers[place]) for place in (at.N_SENT, at.N_LOST, at.N_DELIVERED))
    reopened = memory.reopened()
    place = _places(order, int(numbers[at.N_ROWS]))[reopened[:, at.O_ROW]]
    columns = with_all_records(attempts, reopened, place)
    interval = scenario.manager.check_interval
    polled = population.polled(columns["actor"])
    counted = ticks(columns, polled, phases, interval, window.horizon)
    fired = firings(columns, polled, scenario.executor_count, window.horizon)
    recorded = Recording(
        attempts=attempts,
        reasons=reasons,
        ticks=counted,
        firings=fired,
        learned=NOTHING_LEARNED,
        wheels={}
        if phases is None
        else {
            tick // 1000: Lattices.of_phases(phases % tick, tick, window.horizon)
            for tick in scenario.manager.wheel_ticks
        },
        in_flight=_samples(memory, 0, 0),
        skipped=memory.skipped(),
        phases=phases,
        checker=checker,
        events=len(times) + delivered + int(numbers[at.N_STAGES]) + len(counted["at"]) + len(fired["at"]),
        messages_sent=sent,
        messages_delivered=delivered,
        messages_lost=lost,
        messages_in_flight=sent - lost - delivered,
        message_log=_log(scenario, memory, population, order),
        ignored=_ignored(numbers),
        window_start=window.window_start,
        window_end=window.window_end,
        horizon=window.horizon,
        observed=observed(numbers, attempts, population.polled(attempts["actor"]), times),
        samples=_timeline(scenario, memory, columns),
        recoveries={name: np.zeros(0, np.int64) for name in RECOVERIES},
        actor_messages=dict.fromkeys(actormessages.COUNTED, 0),
        actors=_actors(population, actors),
        absent=_absent(actors),
        records=records(columns, polled, window.horizon),
        counts={
            "records_opened": int(numbers[at.N_ROWS]) + int((attempts["admitted"] != NEVER).sum()) + len(reopened),
            "records_held": memory.records_held(actors),
            "attempts_begun": int(numbers[at.N_ROWS]),
            "migrations_begun": len(times) - int(numbers[at.N_SKIPPED]),
        },
        lattices=None if phases is None else Lattices.of_phases(phases, interval, window.horizon),
    )
    return canonical(conserved(recorded))


def _order(memory: Memory, retries: int) -> "Integers | slice":
    """The order of the rows by (migration, attempt)."""
    if not retries:
        return slice(None)
    order: Integers = np.lexsort((memory.attempts(at.ACTOR_OF) >> at.HALF, memory.attempts(at.MIGRATION)))
    return order


def _places(order: "Integers | slice", rows: int) -> Integers:
    """The place of each row in an order."""
    return np.arange(rows) if isinstance(order, slice) else ranks(order)


def _attempts(
    memory: Memory, population: Population, order: "Integers | slice", actors: Integers, *, managed: bool
) -> tuple[dict[str, Column], tuple[str, ...]]:
    """The columns of attempts, and the texts of the reasons of failure."""

    def column(name: int) -> Integers:
        return memory.attempts(name)[order]

    actor, ends, fate = column(at.ACTOR_OF), column(at.ENDS_OF), column(at.FATE_OF)
    columns: dict[str, Column] = {
        "migration": column(at.MIGRATION), "attempt": (actor >> at.HALF).astype(np.int32),
        "actor": _low(actor), "source": _low(ends), "target": (ends >> at.HALF).astype(np.int32),
    }  # fmt: skip
    columns |= {name: column(place) for name, place in TIMES.items()}
    failure = (fate & 3).astype(np.int8)
    columns["failure"] = failure
    # A target is willing if it admitted the actor, or if it did not answer and no other record blocked the attempt.
    asked = (fate & (at.WILLING | at.BLOCKED)) == at.WILLING
    columns["willing"] = ((columns["admitted"] != NEVER) | ((failure != REJECTED) & asked)).astype(np.int8)
    columns["late_reply"] = (columns["late_at"] != NEVER).astype(np.int8)
    columns["reason"], reasons = _reasons((fate // at.REASON).astype(np.int8), columns["failed"])
    columns["state_bytes"] = population.size_of(columns["actor"])
    _deadlines(columns, population, managed=managed)
    columns["downtime"], columns["duplicate_run"] = column(at.DOWNTIME), column(at.DOUBLED)
    # The attempt that last stopped an actor that runs nowhere at the end.
    still_down = np.zeros(int(memory.m[at.N_ROWS]), np.int8)
    caused = actors[actors[:, at.A_RUNNING] == 0, at.A_CAUSED]
    still_down[caused[caused != NONE]] = 1
    columns["downtime_open"] = still_down[order]
    columns["queued"] = np.broadcast_to(np.int64(0), len(actor))
    return columns, reasons


def _low(packed: Integers) -> Column:
    """The lower halves of packed numbers."""
    return (packed & ((1 << at.HALF) - 1)).astype(np.int32)


def _reasons(codes: Column, failed: Column) -> tuple[Column, tuple[str, ...]]:
    """The reasons of failure, numbered in the order of their first occurrence."""
    first = {
        code: (int(failed[codes == code].min()), code == at.TIMED_OUT, code)
        for code in range(1, len(at.REASONS))
        if (codes == code).any()
    }
    number = np.zeros(len(at.REASONS), np.int16)
    occurring = sorted(first, key=lambda code: first[code])
    for place, code in enumerate(occurring, 1):
        number[code] = place
    return number[codes], ("", *(at.REASONS[code] for code in occurring))


def _deadlines(columns: dict[str, Column], population: Population, *, managed: bool) -> None:
    """Add the state in which an attempt timed out or may time out, the entry of this state, and the deadline.

    An attempt may time out if it has not ended, and if managers track its state.
    """
    late = (columns["failed"] != NEVER) & (columns["failure"] == TIMED_OUT)
    waits = (columns["failed"] == NEVER) & (columns["completed"] == NEVER)
    rows = np.flatnonzero(late | waits if managed else late)
    requested, accepted, checkpointed = (columns[name][rows] for name in ("requested", "accepted", "checkpointed"))
    states = np.full(len(rows), int(State.REQUESTING), dtype=np.int8)
    states[accepted != NEVER] = State.CHECKPOINTING
    states[checkpointed != NEVER] = State.TRANSFERRING
    entered = np.maximum(np.maximum(requested, accepted), checkpointed)
    timeouts = population.settings[:, at.S_TIMEOUT : at.S_TIMEOUT + at.STATES] * 1000
    setting = population.setting(columns["actor"][rows])
    tracked = timeouts[setting, states] > 0
    rows, states, entered = rows[tracked], states[tracked], entered[tracked]
    setting = setting[tracked]
    columns["failed_in"] = np.full(len(late), int(State.REQUESTING), np.int8)
    columns["failed_since"], columns["deadline"] = np.full(len(late), NEVER), np.full(len(late), NEVER)
    columns["failed_in"][rows], columns["failed_since"][rows] = states, entered
    columns["deadline"][rows] = entered + timeouts[setting, states]


def _timeline(scenario: Scenario, memory: Memory, attempts: dict[str, Column]) -> dict[str, Integers]:
    """The samples of the timeline, except the messages in flight."""
    copies = {"running": _samples(memory, 1, scenario.actors.count), "paused": _samples(memory, 2, 0)}
    step = scenario.record.timeline
    return {**states(attempts, step or 1, len(copies["running"])), **copies}


def _samples(memory: Memory, series: int, before: int) -> Integers:
    """A series of the timeline: the cumulative sum of its changes."""
    instants = int(memory.m[at.N_INSTANTS])
    changes = memory.table(at.N_SAMPLES, 3 * instants)[series * instants : (series + 1) * instants]
    values: Integers = before + np.cumsum(changes)
    return values


def _log(
    scenario: Scenario, memory: Memory, population: Population, order: "Integers | slice"
) -> dict[str, Column] | None:
    """The messages in the order of their sending times; at one instant in the order of attempt and kind."""
    if not scenario.record.messages:
        return None
    table = memory.log()
    arrived = table[:, at.G_KIND] == at.ARRIVED
    arrives = np.full(len(table), NEVER)
    arrives[table[arrived, at.G_ROW]] = table[arrived, at.G_TIME]
    table, arrives = table[~arrived], arrives[~arrived]
    actors = memory.attempts(at.ACTOR_OF)
    place = _places(order, len(actors))
    row, kind, sent = table[:, at.G_ROW], table[:, at.G_KIND], table[:, at.G_TIME]
    in_time = np.lexsort((np.arange(len(table)), kind, place[row], sent))
    carries = (kind == at.REQUEST) | (kind == at.COMPLETE)
    columns = {
        "kind": kind, "attempt": place[row], "sender": table[:, at.G_SENDER], "receiver": table[:, at.G_RECEIVER],
        "sent": sent, "arrives": arrives, "state_bytes": np.where(carries, population.size_of(_low(actors[row])), 0),
    }  # fmt: skip
    kinds = {name: values.dtype for name, values in columns_of(MessageLog()).items()}
    log: dict[str, Column] = {name: values[in_time].astype(kinds[name]) for name, values in columns.items()}
    log["task"] = np.full(len(table), NEVER)
    return log


def _ignored(numbers: Any) -> dict[str, int]:
    """The number of events that did not fit their records, by event and state."""
    counts = {
        f"{event.label} in {state.label}": count
        for event in Event
        for state in State
        if (count := int(numbers[at.N_IGNORED + event * at.STATES + state]))
    }
    return dict(sorted(counts.items()))


def _actors(population: Population, actors: Integers) -> dict[str, Column]:
    """A row per actor. An actor that no arrival has selected is at its first home."""
    selected, running = actors[:, at.A_NUMBER], actors[:, at.A_RUNNING]

    def column(values: Integers, default: Integers) -> Integers:
        default[selected] = values
        return default

    none = np.zeros(population.actors, np.int64)
    return {
        "actor": np.arange(population.actors), "home": population.homes,
        "executor": column(np.where(running > 0, actors[:, at.A_HOME], NONE), population.homes.copy()),
        "copies": column(running, none + 1), "nowhere": column(actors[:, at.A_NOWHERE], none.copy()),
        "twice": column(actors[:, at.A_TWICE], none.copy()), "delivered": none, "queued": none, "lost": none,
    }  # fmt: skip


def _absent(actors: Integers) -> dict[str, float]:
    """The number of actors that run nowhere at the end, and the total time that actors ran nowhere or twice, s."""
    return {
        "nowhere": int((actors[:, at.A_RUNNING] == 0).sum()), "in_doubt": 0, "down": 0,
        "nowhere_s": sum(actors[:, at.A_NOWHERE].tolist()) / 1e6, "twice_s": sum(actors[:, at.A_TWICE].tolist()) / 1e6,
    }  # fmt: skip

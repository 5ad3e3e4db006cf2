"""The rows of the table."""

from collections.abc import Mapping, Sequence
from typing import Final

from icnsim.draws.streams import phases
from icnsim.protocol.messages import Kind
from icnsim.recording import memories
from icnsim.recording.summary import summarise
from icnsim.simulation.executors.forwards import Bundle
from icnsim.simulation.federation import Federation
from icnsim.simulation.time.environment import SAMPLE
from tests.simulation.cells.cell import Cell, Faults, Measure, Row, Value, cut, fault, links, process, timer, travel
from tests.simulation.cells.scenarios import MIGRATION, TASK, TRACE, S, loaded, migration, run, step, steps

Changes = Mapping[str, object]


def migrated(name: str, **fixed: object) -> Measure:
    """When the migration comes to a step; the other migration must come to each of its steps as ever."""

    def measure(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
        found = migration(faults, fixed | dict(changes))
        return step(found, name), steps(found, 1)

    return measure


WASM: Final = {
    "actors.state_size": "1MiB", "network.bandwidth": "64KiB/s", "stages.checkpoint": "10s",
    "actors.mode": {"wasm_stateful": {"max_state_size": "1MiB"}},
}  # fmt: skip
"""A memory of 16 pages that take 1 s each on the wire. So a Request takes 20 s, and its Accept arrives at 34 s."""


def copied(how: str, name: str) -> Measure:
    """When an actor is paused or has all its pages at the target, after its memory was copied in that way."""

    def measure(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
        found = migration(faults, WASM | {"actors.mode.wasm_stateful.migration": how} | dict(changes))
        if name != "total":
            return step(found, name), steps(found, 1)
        assert found.memories is not None
        took = memories.total(found, found.memories)[found.memories["attempt"] == 0]
        return (None if not len(took) or took[0] < 0 else 34 + took[0] / S), steps(found, 1)

    return measure


def streamed(row: Row, lasting: float) -> Row:
    """A row of a stream of pages: a cut of its link stops it for a time, and lost pages are resent at once."""
    assert row.value is not None
    cells = dict(row.cells)
    for column in ("cut", "hold"):
        cells[column] = Cell(cells[column].faults, row.value + lasting, "stop and continue later")
    return Row(row.name, row.measure, row.value, cells)


def retried(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """When the second attempt of a migration begins that its target rejects."""
    keys = {"executors.1.behavior": "rejecting", "retry.max_retries": 1, "retry.backoff.base": "8s"}
    found = migration(faults, keys | dict(changes))
    again = found.attempts["requested"][found.attempts["attempt"] == 2]
    return (again[0] / S if len(again) else None), ()


def reminded(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """When the source sends a Request again that its target does not answer."""
    keys = {"executors.1.behavior": "unresponsive", "protocol.retransmission": True}
    log = migration(faults, keys | dict(changes)).message_log
    assert log is not None
    sent = log["sent"][(log["kind"] == Kind.REQUEST) & (log["sender"] == 0)]
    return (sent[1] / S if len(sent) > 1 else None), ()


def voted(silent: bool) -> Measure:
    """When a vote of three executors is decided: by a consensus, or if one is silent by the end of its window."""
    text = (
        MIGRATION.replace("{group: d,", "{group: d, weight: 0,")
        + "quorum: {enabled: true, executors: 4, threshold: 1}\n"
    )

    def measure(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
        keys = {"executors.1.behavior": "unresponsive"} if silent else {}
        found = run(text, faults, keys | dict(changes), trace=TRACE.rsplit("\n", 2)[0] + "\n").decisions
        assert found is not None
        right = bool(found["right"][0])
        return (None if right is silent else found["decided"][0] / S), ()

    return measure


def tasked(table: str, outcome: int, body: str = "", liar: str = "", **fixed: object) -> Measure:
    """When a task, or its execution, has come to an outcome; `liar` is one more group that runs it."""
    text = TASK.replace("{group: run,", f"{liar}{{group: run,")

    def measure(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
        keys = {"tasks.run_time": "20s", **{name.replace("__", "."): value for name, value in fixed.items()}}
        found = run(text, faults, keys | dict(changes), bodies=f'{{"at_s": 0, "id": "t", "code": "x"{body}}}')
        rows = getattr(found, table)
        ended = len(rows["ended"]) and rows["outcome"][0] == outcome
        return (rows["ended"][0] / S if ended else None), ()

    return measure


STATEFUL: Final = ', "actor_mode": {"Stateful": {"checkpoint_interval_secs": 12, "max_state_size_bytes": 10485760}}'

LIAR: Final = "{group: liar, count: 1, hosts_actors: false, behavior: byzantine, lies: silent}, "

RESTING: Final = """
name: cells
executors: [{group: a, count: 1}, {group: b, count: 1, hosts_actors: false}]
actors: {count: 1}
duration: 1000s
drain: 0s
manager: {phase: aligned}
policy: {evaluate_every: 100s, report_every: 100s}
workload: {trigger: policy}
"""
"""Actor-0 stays at a-0 for 1000 s."""


def resting(*path: str) -> Measure:
    """A figure of the summary of `RESTING`."""

    def measure(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
        found = run(RESTING, faults, changes)
        figure: object = summarise(found, loaded(RESTING, faults, changes))
        for key in path:
            assert isinstance(figure, dict)
            figure = figure[key]
        assert isinstance(figure, int | float)
        return round(figure, 6), ()

    return measure


def stored(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """The number of the checkpoint from which the actor would restart after a crash at 950 s."""
    last = fault("crash", "a-0", 950, 1)
    found = run(RESTING, [*faults, last], changes)
    return int(found.recoveries["sequence"][-1]), ()


def evaluated(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """The number of evaluations of the policy by both executors."""
    found = run(RESTING, faults, changes).placements
    assert found is not None
    return len(found["seen_at"]), ()


def forwarded(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """When the messages that waited at the old home arrive at the new one."""
    federation = Federation(loaded(MIGRATION, faults, {"actors.message_rate": "1/s"} | dict(changes), trace=TRACE))
    assert federation.mailboxes is not None
    bundles, arrived = federation.mailboxes._bundles, []
    take = bundles._arrived

    def takes(bundle: Bundle) -> bool:
        host = federation.executors[bundle.home]
        if taken := take(bundle):
            arrived.append((bundle.home, federation.env._now, host))
        return taken

    bundles._arrived = takes
    handled: list[tuple[int, int]] = []
    federation.hooks.executor_resumed.append(lambda host: handled.append((host.id, federation.env._now)))
    federation.run()
    times = [at for home, at, _ in arrived if home == 1]
    if not times:
        return None, ()
    resumed = [at for home, at in handled if home == 1 and at >= times[0]]
    return (resumed[0] if resumed else times[0]) / S, ()


def overheard(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """When a forger accepts a Request that it has overheard."""
    forge = "kind: forge, executors: d-0, at: 0s"
    log = migration([forge, *faults], changes).message_log
    assert log is not None
    sent = log["sent"][(log["kind"] == Kind.ACCEPT) & (log["sender"] == 3) & (log["attempt"] == 0)]
    return (sent[0] / S if len(sent) else None), ()


MADE: Final = 400_000_000 + int(phases(loaded(RESTING, [], {}), "report", 100 * S)[1])
"""When b-0 makes its fifth load report, µs."""


def reported(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """When a-0 knows that report, 0.5 s exactly at most."""
    keys = {"network.gossip.delay": "4s", "drain": "10min"} | dict(changes)
    federation = Federation(loaded(RESTING, faults, keys))
    placement, known = federation.placement, list[int]()
    assert placement is not None

    def look(_: None, __: int) -> None:
        now = federation.env._now
        if placement.reports.newest(1, 0, now) >= MADE:
            known.append(now)

    for at in range(MADE, MADE + 90 * S, S // 2):
        federation.env.at(at, look, None, SAMPLE)
    federation.run()
    return (known[0] / S if known else None), ()


def outage(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """How long an actor is down because of a crash at 200 s, s."""
    rows = run(RESTING, [fault("crash", "a-0", 200, 100), *faults], changes).recoveries
    back = int(rows["restarted"][0])
    return (None if back < 0 else (back - int(rows["crashed"][0])) / S), ()


def came(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """How many more messages come to an actor than in the undisturbed run of 1000 s."""
    rate: dict[str, object] = {"actors.message_rate": "1/s"}
    found, undisturbed = run(RESTING, faults, rate | dict(changes)), run(RESTING, [], rate)
    return found.actor_messages["sent"] - undisturbed.actor_messages["sent"], ()


def counted(name: str, measure: Measure, value: Value, down: tuple[float, float], **cells: Cell) -> Row:
    """A row of something that is counted in 1000 s, while a-0 is disturbed from and to these times."""
    begins, ends = down
    lasting = ends - begins
    return Row(name, measure, value, {
        "slow": Cell([fault("slow", "a-0", begins, lasting, factor=3)], value, "–"),
        "clock": Cell([fault("clock_drift", "a-0", 0, rate=2)], value, "–"),
        **links("a-0", begins, ends, value, "–"),
        "drain": Cell([], value, "continues", {"duration": "600s", "drain": "400s"}),
        **cells,
    })  # fmt: skip


def drained(faults: Faults, changes: Changes) -> tuple[Value, Sequence[object]]:
    """When the drain of b-0 is finished, which begins at 100 s; actor-0 can go to a-0 only."""
    keys = {"executors.2.weight": 0, "executors.3.weight": 0, "executors.1.hosts_actors": False} | dict(changes)
    rows = migration(["kind: drain, executors: b-0, at: 100s", *faults], keys).drains
    assert rows is not None
    finished = int(rows["finished"][0])
    return (None if finished < 0 else finished / S), ()


def _lost(value: Value) -> Cell:
    return Cell([fault("crash", "a-0", 105, 700)], value, "stops")


def _stalled(value: Value) -> Cell:
    return Cell([fault("pause", "a-0", 105, 700)], value, "stops")


PROCESSES: Final = (
    process("evaluation of a Request", migrated("admitted"), "b-0", 4, 14),
    process("final checkpoint", migrated("checkpointed"), "a-0", 18, 38),
    process("restore", migrated("restored"), "b-0", 42, 52),
    streamed(
        process("copies of a memory while its actor runs", copied("pre-copy", "checkpointed"), "a-0", 34, 50, 10),
        16 / 3,
    ),
    streamed(process("copies of a memory that follow its actor", copied("post-copy", "total"), "a-0", 59, 74), 5),
    process("work of a task", tasked("executions", 1), "run-0", 4, 24),
    process(
        "checkpoint of a task",
        tasked("executions", 1, STATEFUL, checkpoints__time="5s", checkpoints__pauses=True), "run-0", 16, 21, 8,
        crash=Cell([fault("crash", "run-0", 18.5, 1)], 44.5, "is lost; the task begins again"),
    ),
    process(
        "write of a final checkpoint into a shared store",
        migrated("checkpointed", **{"checkpoints.store_bandwidth": "100kB/s", "actors.state_size": "1MB"}),
        "a-0", 38, 48,
    ),
    counted(
        "work of an actor", resting("work", "done_s"), 1000, (200, 500),
        crash=Cell([fault("crash", "a-0", 200, 300)], 700, "stops; work that is not stored is lost"),
        pause=Cell([fault("pause", "a-0", 200, 300)], 700, "stops"),
        slow=Cell([fault("slow", "a-0", 200, 300, factor=3)], 800, "takes longer from then on"),
    ),
    counted(
        "own checkpoints of an actor", stored, 15, (200, 500),
        crash=Cell([fault("crash", "a-0", 200, 300)], 3 + 7, "stop; the next comes an interval after the restart"),
        pause=Cell([fault("pause", "a-0", 200, 300)], 10, "stop"),
        slow=Cell([fault("slow", "a-0", 200, 300, factor=3)], 12, "come later"),
    ),
)  # fmt: skip

LOOPS: Final = (
    counted(
        "ticks of the manager", resting("manager", "ticks"), 68, (105, 805),
        crash=_lost(34 + 4 + 7), pause=_stalled(34 + 4 + 7),
        clock=Cell([fault("clock_drift", "a-0", 0, rate=2)], 34 + 67, "occur by the clock"),
    ),
    counted(
        "ticks of the task checker", resting("task_checker", "ticks"), 200, (105, 805),
        crash=_lost(100 + 11 + 20), pause=_stalled(100 + 11 + 20),
        clock=Cell([fault("clock_drift", "a-0", 0, rate=2)], 300, "occur by the clock"),
    ),
    counted(
        "evaluations of the policy", evaluated, 20, (100, 800),
        crash=Cell([fault("crash", "a-0", 100, 700)], 10 + 1 + 2, "stop"),
        pause=Cell([fault("pause", "a-0", 100, 700)], 10 + 1 + 2, "stop"),
        clock=Cell([fault("clock_drift", "a-0", 0, rate=2)], 30, "occur by the clock"),
        drain=Cell([], 6 * 2, "end with the arrivals", {"duration": "600s", "drain": "400s"}),
    ),
    timer(
        "detection of a time-out",
        migrated("failed", **{"executors.1.behavior": "unresponsive", "manager.timeout": "1min"}), "a-0", 0, 90,
    ),
    timer(
        "removal of a record", migrated("removed"), "a-0", 56, 360,
        clock=Cell([fault("clock_drift", "a-0", 0, rate=2)], 210, "occurs by the clock"),
    ),
    timer(
        "deadline of a task", tasked("tasks", 4, tasks__deadline="50s", tasks__run_time="1h"), "gate-0", 0, 50,
    ),
)  # fmt: skip

TIMERS: Final = (
    timer("reminder of a Request", reminded, "a-0", 0, 5),
    timer("back-off of a retry", retried, "a-0", 18, 26),
    timer(
        "window of a vote", voted(silent=True), "a-0", 0, 31,
        crash=Cell([fault("crash", "a-0", 15.5, 1)], 15.5, "is lost: no decision"),
    ),
    timer(
        "window of a task", tasked("tasks", 3, liar=LIAR, quorum__enabled=True, quorum__executors=2),
        "gate-0", 28, 59,
    ),
)  # fmt: skip

SHARED: Final = {"network.sharing": "executor", "network.bandwidth": "100kB/s", "actors.state_size": "1MB"}
"""A state takes 10 s: Request until 14 s, Accept at 28 s, and the final checkpoint leaves from 48 s to 58 s."""

TRAVELS: Final = (
    travel("Request", migrated("admitted"), "a-0", "b-0", 0, 4, 10),
    travel("Accept", migrated("accepted"), "b-0", "a-0", 14, 18),
    travel("Complete", migrated("transferred"), "a-0", "b-0", 38, 42),
    travel("Ack", migrated("completed"), "b-0", "a-0", 52, 56),
    travel("question of a vote", voted(silent=False), "a-0", "b-0", 0, 4, 14),
    travel("answer to a vote", voted(silent=False), "b-0", "a-0", 14, 18),
    travel("task to an executor", tasked("executions", 1), "gate-0", "run-0", 0, 4, 20),
    travel("result of a task", tasked("tasks", 1), "run-0", "gate-0", 24, 28),
    travel("forwarded messages of an actor", forwarded, "a-0", "b-0", 56, 60),
    travel("Request that a forger overhears", overheard, "a-0", "d-0", 0, 4),
    travel(
        "final checkpoint that shares bandwidth",
        migrated("transferred", **SHARED),
        "a-0",
        "b-0",
        48,
        62,
        crash=Cell([fault("crash", "a-0", 53, 3600)], None, "is lost if its sender crashes during the transfer"),
        pause=Cell([fault("pause", "a-0", 53, 3)], 62, "–"),
        slow=Cell([fault("slow", "a-0", 53, 9, factor=3)], 62, "–"),
        hold=Cell([cut("a-0", "b-0", 47.999, 7.001, "hold")], 65, "its transfer begins at the healing"),
        duplication=Cell([fault("duplication", "a-0", 47.999, 0.002)], 72, "the second copy takes half the bandwidth"),
    ),
    travel("load report", reported, "b-0", "a-0", MADE / S, MADE / S + 4),
)

COUNTED: Final = (
    Row("drain of an executor", drained, 156, {
        "crash": Cell([fault("crash", "b-0", 99, 11)], 166, "begins at the restart"),
        "pause": Cell([fault("pause", "b-0", 99, 11)], 166, "begins when the process resumes"),
        "slow": Cell([fault("slow", "b-0", 99, 1000, factor=3)], 196, "takes longer from then on"),
        "clock": Cell([fault("clock_drift", "b-0", 0, rate=2)], 156, "–"),
        **links("b-0", 100, 156, 156, "–"),
        "drain": Cell([], 156, "continues", {"drain": "157s"}),
    }),
    counted(
        "messages that come to an actor", came, 0, (200, 500),
        crash=Cell([fault("crash", "a-0", 200, 300)], 0, "–"), pause=Cell([fault("pause", "a-0", 200, 300)], 0, "–"),
    ),
    counted(
        "outage of an actor", outage, 100, (250, 290),
        crash=Cell([fault("crash", "a-0", 250, 150)], 200, "ends with the last crash"),
        pause=Cell([fault("pause", "a-0", 250, 150)], 200, "ends when the process resumes"),
        drain=Cell([], None, "is censored at the end", {"duration": "200s", "drain": "50s"}),
    ),
)  # fmt: skip

ROWS: Final = (*PROCESSES, *LOOPS, *TIMERS, *TRAVELS, *COUNTED)
GROUPS: Final = {
    "Work of a process": PROCESSES, "Loops of a process": LOOPS, "Timers of a process": TIMERS,
    "Messages and other items on links": TRAVELS, "Counts": COUNTED,
}  # fmt: skip

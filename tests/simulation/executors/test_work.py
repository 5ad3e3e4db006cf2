"""The work of a copy and the stored part, compared with a step-by-step simulation."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.checkpoint import Schedule
from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import MigrationRecord, Role
from icnsim.protocol.runtime import Copy
from icnsim.simulation.executors.copies import Copies
from icnsim.simulation.executors.executor import Executor
from icnsim.simulation.executors.work import Work
from icnsim.simulation.hooks import Hooks
from tests.simulation.events import Events

ACTOR, HERE, THERE = ActorId(0), ExecutorId(0), ExecutorId(1)
INTERVAL = 5


def record(sequence: int) -> MigrationRecord:
    made = MigrationRecord(ACTOR, AttemptId(sequence), Role.SOURCE, THERE, 1, 1)
    made.content = (sequence, HERE)
    return made


def working(schedules: list[Schedule]) -> tuple[Work, Events]:
    """The work of one actor, whose copy is at `HERE`."""
    events = Events()
    events.executor(HERE).manager.runtime.settle(ACTOR, (0, HERE))
    copies = Copies(events.env, Hooks(), [HERE], attempts=0)
    return Work(events.env, events.hooks, copies, [events.executor(HERE), events.executor(THERE)], schedules), events


def announce(
    events: Events, listeners: list[Callable[[MigrationRecord, Executor], None]], made: MigrationRecord, where: int
) -> None:
    for listener in listeners:
        listener(made, events.executor(where))


class Naive:
    """One copy, simulated instant by instant: it works, and makes checkpoints of itself."""

    def __init__(self, schedule: Schedule) -> None:
        self.schedule = schedule
        self.runs, self.work, self.stored = True, 0, 0
        self.standing = 0
        self.begin()

    def begin(self) -> None:
        self.instants = 0
        self.begun: list[tuple[int, int]] = []  # when each checkpoint was begun, and what is in it

    def pass_by(self, instants: int) -> None:
        for _ in range(instants if self.runs else 0):
            makes = self.begun and self.instants < self.begun[-1][0] + self.schedule.cost
            if makes and self.schedule.pauses:
                self.standing += 1
            else:
                self.work += 1
            self.instants += 1
            for begun, content in self.begun:
                if self.instants == begun + self.schedule.cost + self.schedule.flush:
                    self.stored = content
            if self.instants % self.schedule.interval == 0:
                self.begun.append((self.instants, self.work))
                if not self.schedule.cost + self.schedule.flush:
                    self.stored = self.work

    def save(self) -> None:
        self.stored = self.work
        self.begin()

    def crash(self) -> tuple[int, int]:
        done, self.work, self.runs = self.work, self.stored, False
        self.begin()
        return done, self.stored


schedules = st.integers(1, 9).flatmap(
    lambda interval: st.builds(
        Schedule, st.just(interval), st.integers(0, interval - 1), st.integers(0, 12), st.booleans()
    )
)


@given(
    schedules,
    st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["pause", "final", "resume", "crash"])), max_size=30),
)
def test_the_work_of_a_copy_that_pauses_crashes_and_restarts_equals_that_of_the_naive_simulation(
    schedule: Schedule,
    steps: list[tuple[int, str]],
) -> None:
    now, naive, down, saved = 0, Naive(schedule), False, False
    work, events = working([schedule])
    copy = Copy(0, (0, HERE))
    for number, (passed, step) in enumerate(steps, 1):
        now += passed
        events.env._now = now
        naive.pass_by(passed)
        if step == "pause" and naive.runs:
            events.stops(ACTOR, HERE, number, now)
            copy.paused_for, copy.saved = AttemptId(number), False
            naive.runs = saved = False
        elif step == "final" and not naive.runs and not down and not saved:
            announce(events, events.hooks.checkpoint_made, record(number), HERE)
            naive.save()
            copy.saved = saved = True
        elif step == "resume" and not naive.runs:
            events.starts(ACTOR, HERE, -1 if down else copy.paused_for or 0, now, copy)
            naive.runs, down = True, False
        elif step == "crash":
            assert work.crashed(ACTOR, HERE) == naive.crash()
            down = True
        assert work.done(ACTOR, HERE) == naive.work
    if naive.runs:
        events.stops(ACTOR, HERE, 0, now, "drop")
        assert work.standing == naive.standing


def test_the_newest_checkpoint_in_any_store_is_left_until_its_store_is_lost() -> None:
    work, events = working([Schedule(INTERVAL)] * 2)
    events.stops(ACTOR, HERE, 1, now=7)
    final = record(1)
    announce(events, events.hooks.checkpoint_made, final, HERE)
    assert work.left([ACTOR]) == {ACTOR: 7}
    announce(events, events.hooks.checkpoint_arrived, final, THERE)
    work.gone(HERE)
    assert work.left([ACTOR, ActorId(1)]) == {ACTOR: 7, ActorId(1): 0}
    announce(events, events.hooks.checkpoint_arrived, record(2), THERE)  # a forged one, which no executor made
    assert work.left([ACTOR]) == {ACTOR: 0}

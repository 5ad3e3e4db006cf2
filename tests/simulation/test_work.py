"""What a copy has done and what of it is stored, against an account of each instant."""

from hypothesis import given
from hypothesis import strategies as st

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.protocol.record import Role, SwitchedRecord
from icnsim.simulation.copies import Copies
from icnsim.simulation.work import Work

ACTOR, HERE, THERE = ActorId(0), ExecutorId(0), ExecutorId(1)
INTERVAL = 5


def record(sequence: int) -> SwitchedRecord:
    made = SwitchedRecord(ACTOR, AttemptId(sequence), Role.SOURCE, THERE, 1, 1)
    made.content = (sequence, HERE)
    return made


class Naive:
    """One copy that is looked at each instant: it works, and makes a checkpoint after each interval of work."""

    def __init__(self) -> None:
        self.runs, self.work, self.unsaved, self.stored = True, 0, 0, 0

    def pass_by(self, instants: int) -> None:
        for _ in range(instants if self.runs else 0):
            self.work += 1
            self.unsaved += 1
            if self.unsaved == INTERVAL:
                self.save()

    def save(self) -> None:
        self.stored, self.unsaved = self.work, 0

    def crash(self) -> tuple[int, int]:
        done, self.work = self.work, self.stored
        self.unsaved, self.runs = 0, False
        return done, self.stored


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["pause", "final", "resume", "crash"])), max_size=30))
def test_a_copy_that_pauses_goes_on_crashes_and_restarts_has_done_and_stored_what_a_naive_account_says(
    steps: list[tuple[int, str]],
) -> None:
    now, naive, down, saved = 0, Naive(), False, False
    work = Work(lambda: now, Copies([HERE], attempts=0), INTERVAL)
    for number, (passed, step) in enumerate(steps, 1):
        now += passed
        naive.pass_by(passed)
        if step == "pause" and naive.runs:
            work.paused(ACTOR, HERE)
            naive.runs = saved = False
        elif step == "final" and not naive.runs and not down and not saved:
            work.made(record(number), HERE)
            naive.save()
            saved = True
        elif step == "resume" and not naive.runs:
            if down:
                work.began(ACTOR, HERE)
            else:
                work.resumed(ACTOR, HERE, saved=saved)
            naive.runs, down = True, False
        elif step == "crash":
            assert work.crashed(ACTOR, HERE) == naive.crash()
            down = True
        assert work.done(ACTOR, HERE) == naive.work


def test_the_newest_checkpoint_that_any_store_holds_is_what_is_left_until_it_is_gone() -> None:
    now = 0
    work = Work(lambda: now, Copies([HERE], attempts=0), INTERVAL)
    now = 7
    work.paused(ACTOR, HERE)
    final = record(1)
    work.made(final, HERE)
    assert work.left([ACTOR]) == {ACTOR: 7}
    work.kept(final, THERE)
    work.gone(HERE)
    assert work.left([ACTOR, ActorId(1)]) == {ACTOR: 7, ActorId(1): 0}
    work.kept(record(2), THERE)  # a forged one, which nobody made
    assert work.left([ACTOR]) == {ACTOR: 0}

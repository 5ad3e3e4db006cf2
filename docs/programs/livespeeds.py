"""The section of docs/validation.md about the cost of a live run and the speed at which the agreement breaks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from docs.programs.livecases import WEEK4, Found, measured
from docs.programs.markdown import rows

SPEEDS: Final = (50, 200, 500, 1000)
"""The speeds at which the agreement is examined, besides that of the cases; the last one is the highest allowed."""

BREAKS: Final = """
The scenario of [week 4](#week-4) at higher speeds. A live run at a speed has that many more migrations per real second,
and each delay of the machine counts that many times more in virtual time. Two causes end the agreement:

- **A delay is longer than a gap.** An attempt ends otherwise if a delay exchanges two events whose order decides it: a
  timeout and an answer, or an arrival and the end of the actor's last migration. The two closest such events of this
  scenario are {closest:.3f} s of virtual time apart, so the largest delay keeps their order up to a speed of
  {closest:.3f} s divided by that delay. *Exposed* are the attempts that have two such events closer together than the
  largest delay. The delays of an attempt add up, so more attempts may differ than are exposed.
- **The cores are busy.** *Cores* is the processor time of the workers and the supervisor during the run, divided by the
  real time in which the migrations arrive. Above the number of cores, here {cores}, messages and timers wait for a
  processor, and each one waits longer than the last one. The delays then grow with the length of the run.

Durations differ first, because the delays are no longer small compared with the spread of a duration, and those of the
calibration and of the run differ.
"""

PROMISE: Final = """
The simulation has {simulated:.0f} migrations per second on one core. `--timer-error` is in real seconds. At a speed of
N it promises an error of N times as many virtual seconds, so a promise that guards the figures at a low speed guards
nothing at a high one. Promise at most the time between the closest events divided by the speed. The command prints the
largest delay and the promise in virtual seconds, too.
"""


@dataclass(frozen=True, slots=True)
class AtSpeed:
    """The agreement at one speed.

    Attributes
    ----------
    migrations_per_s : live, in the real time in which they arrive. cores : the processor time divided by that time.
    """

    found: Found
    migrations_per_s: float
    cores: float

    @property
    def speed(self) -> int:
        """Virtual seconds per real second."""
        return int(self.found.run.measures["speed"])

    @property
    def same_attempts(self) -> bool:
        """Whether all attempts are the same."""
        comparison = self.found.run.comparison
        assert comparison is not None
        attempts = comparison.attempts
        return attempts.same == attempts.simulated == attempts.live

    @property
    def agrees(self) -> bool:
        """Whether all figures agree and all attempts are the same."""
        comparison = self.found.run.comparison
        assert comparison is not None
        return comparison.agrees and self.same_attempts


def at_speed(found: Found) -> AtSpeed:
    """The agreement of a live run."""
    measures, comparison, duration = found.run.measures, found.run.comparison, found.scenario.duration
    assert comparison is not None
    assert duration is not None
    arriving_s = duration / 1e6 / measures["speed"]
    used_s = measures["worker_cpu_s"] + measures["supervisor_cpu_s"]
    return AtSpeed(found, comparison.attempts.live / arriving_s, used_s / arriving_s)


def scale(first: Found, cores: int) -> Iterator[str]:
    """The section about cost and speed; `first` is the live run at the lowest speed."""
    results = [at_speed(first), *(at_speed(measured(WEEK4, speed)) for speed in SPEEDS)]
    comparison = first.run.comparison
    assert comparison is not None
    yield BREAKS.format(closest=(comparison.attempts.closest_us or 0) / 1e6, cores=cores).strip()
    yield ""
    yield verdict(results, cores)
    yield ""
    yield from rows(
        ("speed", "migrations per real s, live", "cores", "timer late, mean ms", "largest delay, ms",
         "largest delay, virtual s", "exposed", "same attempts", "figures that differ"),
        map(agreement, results),
    )  # fmt: skip
    yield PROMISE.format(simulated=comparison.attempts.simulated / first.simulated_s).strip()
    yield ""


def agreement(result: AtSpeed) -> tuple[str, ...]:
    """The row of a speed."""
    run = result.found.run
    comparison, measures = run.comparison, run.measures
    assert comparison is not None
    attempts = comparison.attempts
    return (
        str(result.speed), f"{result.migrations_per_s:.0f}", f"{result.cores:.2f}",
        f"{(measures['timer']['mean_s'] or 0) * 1000:.2f}", f"{run.worst_s * 1000:.1f}",
        f"{run.worst_s * result.speed:.2f}", str(attempts.exposed), f"{attempts.same} of {attempts.simulated}",
        ", ".join(row.figure for row in comparison.rows if not row.agrees) or "–",
    )  # fmt: skip


def verdict(results: Sequence[AtSpeed], cores: int) -> str:
    """The speeds at which figures and attempts begin to differ, the cause, and the cost of a migration."""
    same = list(takewhile(lambda result: result.same_attempts, results))
    agreeing = list(takewhile(lambda result: result.agrees, same))
    found = []
    if agreeing:
        found.append(f"Up to a speed of {agreeing[-1].speed} every figure agrees and every attempt is the same.")
    if len(agreeing) < len(results):
        broken = results[len(agreeing)]
        found.append(f"At {broken.speed} the first figures or attempts differ: {cause(broken, cores)}.")
    if len(agreeing) < len(same) < len(results):
        broken = results[len(same)]
        found.append(
            f"Up to {same[-1].speed} every attempt is the same, and at {broken.speed} not: {cause(broken, cores)}."
        )
    cheapest = (same or results)[-1]
    cost_s = cheapest.cores / cheapest.migrations_per_s
    found.append(
        f"At {cheapest.speed} a migration takes {cost_s * 1000:.1f} ms of processor time, so {cores} cores carry about "
        f"{cores / cost_s:.0f} migrations per real second."
    )
    return " ".join(found)


def cause(broken: AtSpeed, cores: int) -> str:
    """Why the agreement is broken at a speed."""
    run = broken.found.run
    comparison = run.comparison
    assert comparison is not None
    return (
        f"the largest delay is {run.worst_s * 1000:.1f} ms, {run.worst_s * broken.speed:.2f} s of virtual time, "
        f"{comparison.attempts.exposed} attempts are exposed to it, and the run keeps {broken.cores:.1f} of {cores} "
        "cores busy"
    )

"""Closed forms of submitted tasks: their times, missed deadlines, checkpoints, and the agreements of quorums.

Theory of operation. A task is sent to its executor, runs there, and its result is sent back: a sum of independent
durations. It has missed its deadline D when its gateway's task checker, whose tick is uniform on [D, D + I), finds
it undecided; its executor stops it at its own tick. So it completes if it runs
for less than D + M and M is the smaller of the executor's tick and the gateway's less the way back. The k-th
checkpoint is due after k intervals of work, so a run of R makes one for each k with k interval < R, and the size
of its state determines which are refused. The tasks are those of a file, and the figures are sums over them.

Sources: PROTOCOL sections 1 and 6; of the quorum's, see `quorum`.
"""

from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.task import ComputeTask, Mode
from icnsim.scenario import Distribution, Scenario
from icnsim.theory import design, quorum, waiting
from icnsim.theory.convolution import sum_of
from icnsim.theory.drawn import drawn_mean
from icnsim.theory.integral import running_integral
from icnsim.theory.prediction import OVER_SEEDS
from icnsim.theory.task_model import NEGLIGIBLE, Parts, TaskModel, slowdown

NEVER_LATE: Final = 1e-6
POINTS: Final = 2001

Figure = tuple[float, str, str | None]
"""Value, formula, and the assumption that is broken."""


def predicted(scenario: Scenario) -> dict[str, Figure]:
    """The figures of a scenario's tasks, by their names in its summary."""
    return _Tasks(scenario).figures()


def interaction(scenario: Scenario) -> str | None:
    """The way in which submitted tasks and migrations affect each other in one run; None if they do not."""
    model = TaskModel(scenario)
    stateful = [kind for kind in model.kinds if kind.mode is not Mode.EPHEMERAL]
    if any(count == 1 for kind in stateful for count, _ in model.voters(kind)):
        return "tasks migrate while they run"
    if scenario.uses_policy:
        return "tasks weigh on the loads that a policy sees"
    if model.full > NEGLIGIBLE:
        return "tasks that wait make targets refuse"
    if scenario.duration is None:
        return "without a duration the last of the arrivals and tasks ends the run"
    return None


class _Tasks(TaskModel):
    """The figures that are predicted."""

    def figures(self) -> dict[str, Figure]:
        return {**self._outcomes(), **self._times(), **self._checkpoints(), "tasks.wait.mean": waiting.mean_wait(self)}

    # Outcomes

    def _outcomes(self) -> dict[str, Figure]:
        if self.scenario.quorum.enabled:
            return self._agreed()
        reason, missed = self.unsure or self.short, 0.0
        if reason is None and self.deadlines():
            reason = self.no_phase() or self.not_in_time()
        for kind in self.kinds:
            reason = reason or self.standing_varies(kind)
        if reason is None:
            for kind, number in self.kinds.items():
                if self.deadline(kind) is not None:
                    missed += number * (1 - self.answers * self._in_time(kind))
        # A task without a deadline and without an answer does not end.
        silent = sum(n for kind, n in self.kinds.items() if self.deadline(kind) is None) * (1 - self.answers)
        return {
            "tasks.timed_out": (missed, "Σ P(run ≥ D + M), M the smaller of two ticks; binomial", reason),
            "tasks.completed": (self.total() - missed - silent, "the others, except those without an answer", reason),
        }

    def _agreed(self) -> dict[str, Figure]:
        reason = self.votes_unknown()
        total = np.zeros(len(quorum.Shares._fields))
        if reason is None:
            total = sum((number * self._shares(kind) for kind, number in self.kinds.items()), total)
        right, wrong, divergence, insufficient = total.tolist()
        formula = "Σ P({}); executors drawn without replacement: hypergeometric"
        return {
            "tasks.completed": (right + wrong, formula.format("consensus"), reason),
            "tasks.divergence": (divergence, formula.format("divergence"), reason),
            "tasks.insufficient": (insufficient, formula.format("insufficient"), reason),
            "tasks.wrong_rate": (wrong / max(1, self.total()), formula.format("a wrong digest wins"), reason),
        }

    def _shares(self, kind: ComputeTask) -> NDArray[np.float64]:
        """The probabilities of the outcomes of its quorum, in the order of `quorum.Shares`."""
        return np.array(quorum.of_voters(self.scenario, self.voters(kind), self.takers))

    # Times

    def _times(self) -> dict[str, Figure]:
        voting = self.scenario.quorum.enabled
        reason = self.votes_unknown() if voting else self.unsure or self.short
        if reason is None and self.deadlines():
            reason = "tasks that may miss their deadlines: the long ones do not complete"
        if reason is None and voting and not (quorum.alike_in_time(self.scenario) and not self.slow()):
            reason = "a quorum waits for the last of the results that must agree"
        if reason is None and not self.answering:
            reason = "no executor answers"
        for kind in self.kinds:
            reason = reason or self.standing_unknown(kind)
        mean = 0.0
        if reason is None:
            slower = sum(group.count * slowdown(group) for group in self.answering) / self.able
            ways = design.duration_mean([*self.message("task"), *self.message("result")])
            weights = {kind: number * self._completes(kind) for kind, number in self.kinds.items()}
            runs = sum(
                weight * (drawn_mean(self.run(kind)) * slower + self.storing * self.due(kind).standing)
                for kind, weight in weights.items()
            )
            mean = (ways + runs / (sum(weights.values()) or 1)) / 1e6
        latency, unknown = self.interval / 2e6, self._found_late()
        return {
            "tasks.time.mean": (mean, "latency + run + checkpoints + latency", reason),
            "tasks.detection_latency.mean": (latency, f"I/2 of the task checker{OVER_SEEDS}", unknown),
        }

    def _completes(self, kind: ComputeTask) -> float:
        """The probability that the results of a task agree, if an executor answers."""
        if not self.scenario.quorum.enabled:
            return 1.0
        right, wrong, *_ = self._shares(kind).tolist()
        return float(right + wrong)

    def _found_late(self) -> str | None:
        """The reason why the delay from the deadline to its detection is not uniform or does not exist."""
        if not self.checked or all(self.deadline(kind) is None for kind in self.kinds):
            return "no task has a deadline that a task checker checks"
        reason = self.unsure or self.short or self.no_phase()
        for kind in self.kinds:
            deadline = self.deadline(kind)
            reason = reason or self.standing_varies(kind)
            if reason is None and deadline is not None and self.is_close(kind):
                for group in self.answering:
                    parts = [*self.there(kind, group), *self.message("result")]
                    before = design.outlasts(parts, deadline) - design.outlasts(parts, deadline + self.interval)
                    if before > NEVER_LATE:
                        return "a result may come between the deadline and the tick that finds it"
        return reason

    def _in_time(self, kind: ComputeTask) -> float:
        """The probability that a task completes, if its executor answers."""
        deadline = self.deadline(kind)
        if deadline is None or not self.is_close(kind):
            return 1.0
        gateways = sum(group.count for group in self.scenario.executors if group.hosts_actors)
        share = 0.0
        for group in self.answering:
            parts, back = self.there(kind, group), self.message("result")
            here = 1 / gateways if group.hosts_actors else 0.0  # its gateway runs it itself
            alone = 1 - design.false_positive_probability([*parts, *back], deadline, self.interval)
            share += (
                group.count / self.able * (here * alone + (1 - here) * in_time(parts, back, deadline, self.interval))
            )
        return share

    # Checkpoints

    def _checkpoints(self) -> dict[str, Figure]:
        scenario, reason = self.scenario, self.unsure or self.short
        if reason is None and self.deadlines():
            reason = "tasks that may be stopped at their deadlines"
        if reason is None and (scenario.checkpoints.flush or not scenario.checkpoints.pauses):
            reason = "a task may end before its last checkpoint is stored"
        for kind in self.kinds:
            reason = reason or self.sizes_unknown(kind)
        due = [0.0, 0.0, 0.0]
        if reason is None:
            for kind, number in self.kinds.items():
                runs = number * self.answers * self.storing * sum(count * weight for count, weight in self.voters(kind))
                due = [had + runs * more for had, more in zip(due, self.due(kind), strict=True)]
        formula = "Σ P(run > k interval), of those with a state of at most the maximum"
        return {
            "tasks.checkpoints": (due[0], formula, reason),
            "tasks.refused_checkpoints": (due[1], "the others", reason),
            "tasks.checkpoint_s": (due[2] / 1e6, "checkpoints x time of each", reason),
        }


def in_time(there: Parts, back: Parts, deadline: float, interval: float) -> float:
    """The probability that a run ends before its executor's tick and its result comes before its gateway's.

    Parameters
    ----------
    there : from the submission to the end of the run. back : the way of the result. Both µs, as is all else.

    P(there < D + M), M = min(U, V - back), with U and V uniform on [0, I), so that
    P(V - back > m) = (1/I) ∫ P(back < v - m) dv over [0, I): summed over a grid of m, by the convolutions of both.
    """
    return _in_time(tuple(there), tuple(back), deadline, interval)


@lru_cache(maxsize=4096)
def _in_time(
    there: tuple[Distribution, ...], back: tuple[Distribution, ...], deadline: float, interval: float
) -> float:
    longest = min(deadline, sum(design.far(part) for part in back))
    points = np.concatenate([np.linspace(-longest, 0.0, POINTS)[:-1], np.linspace(0.0, interval, POINTS)])
    reach = np.concatenate([np.linspace(0.0, interval, POINTS), np.linspace(interval, interval + longest, POINTS)[1:]])
    arrived = 1 - sum_of(back, interval + longest).exceeds(reach)
    until = running_integral(arrived, np.diff(reach))
    from_start, to_end = (np.interp(np.maximum(x, 0.0), reach, until) for x in (-points, interval - points))
    beyond = np.clip(1 - points / interval, 0, 1) * (to_end - from_start) / interval
    middle = deadline + (points[1:] + points[:-1]) / 2
    ends = 1 - sum_of(there, deadline + interval).exceeds(middle)
    return float((ends * (beyond[:-1] - beyond[1:])).sum())

"""The fate of a migration and of its attempts: outcomes, times and detections, with or without retries.

Theory of operation. An attempt begins at a phase φ, the time since the source's last tick. If its request is not
answered, the first tick past the timeout T finds it, L(φ) = I - (φ + T) mod I after the deadline. A first attempt
begins at a phase that is uniform on [0, I), so that L is uniform on (0, I]. After a time-out the next attempt begins a
pause after a tick. So its phase is that pause, and its detection is not uniform. After a rejection the phase is that of
the attempt plus the answer and the pause.

The attempts of a migration are a Markov chain. A state contains the number of targets of each group that have failed,
and, if a target may be asked several times, the group that is asked now and its number of failures. Targets are drawn
by weight without replacement. With one try at each and d of n candidates silent, the probability that all of 1 + r
attempts fail is therefore hypergeometric, d/n x (d - 1)/(n - 1) x … The chain carries, for points of the phase, the
probability and the first two moments of the time since the migration's beginning (a renewal argument: the times of
attempts add up).

Sources: Chen, Toueg and Aguilera (2002) for mistakes; Feller, An Introduction to Probability Theory I, section II.6
(hypergeometric); Cox, Renewal Theory (1962).
"""

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from icnsim.protocol.retry import Backoff
from icnsim.scenario import Scenario
from icnsim.scenario.executors import ExecutorGroup
from icnsim.theory import design
from icnsim.theory.looking import Looking
from icnsim.theory.outcomes import NEGLIGIBLE, End, Flow, Outcomes
from icnsim.theory.points import PHASES, Points, after_pause, later, merged, times
from icnsim.theory.replies import Floats, Reply, reply_of
from icnsim.theory.routes import Route
from icnsim.theory.stages import Stages

PAUSES: Final = 64
"""The number of points of a random pause, and of a random answer."""
MOST_STATES: Final = 400
"""The most states of the chain at one attempt; with more, the computation takes longer than a second."""
ROUNDING: Final = 1e-9
"""A difference of times that counts as 0, s: the times of a scenario are whole µs."""
LATE: Final = design.NEVER
"""The probability of an answer after the detection up to which no answer counts as late."""

MANY_GROUPS = "retries ask targets of too many groups"
EVERYBODY = "retries may ask every other executor, and then one of them again"
LATE_REFUSAL = "a refusal may come too late, and a retry follows"
AGAIN = "a target that accepts too late, or whose answer is lost, may be asked again"
CHAINED = "with decorrelated jitter a pause depends on the pauses before it"


class Asked(NamedTuple):
    """The state on which the choice of the next target depends.

    Attributes
    ----------
    failed : the number of targets of each group that have failed. group, failures : of the target that is asked again.
    """

    failed: tuple[int, ...]
    group: int
    failures: int


class Attempts:
    """Follows the attempts of migrations through the groups of executors.

    Parameters
    ----------
    timeout : of the state Requesting, s; None if the state is not tracked. looking : the times at which the detector
        looks.
    routes : all pairs of groups of sources and targets.
    """

    def __init__(
        self, scenario: Scenario, stages: Stages, routes: Sequence[Route], timeout: float | None, looking: Looking
    ) -> None:
        retry, self._retention = scenario.retry, scenario.manager.retention / 1e6
        self._scenario, self._stages = scenario, stages
        self._timeout, self._interval, self._polls = timeout, looking.every, looking.polls
        self._cleanup = scenario.manager.check_interval / 1e6
        self._arrives = (1 - scenario.network.loss) ** 2
        self._most, self._on = retry.max_retries, frozenset(retry.on)
        self._same = retry.alternative_target_after
        self._backoff = Backoff(retry.backoff.base, retry.backoff.factor, retry.backoff.max, retry.backoff.jitter)
        self._late: dict[Route, bool] = {}
        self.found = Outcomes()
        if self._most and retry.backoff.jitter == "decorrelated":
            self.found.uneven = CHAINED
        by_source: dict[str, list[Route]] = {}
        for route in routes:
            by_source.setdefault(route.source.group, []).append(route)
        for group in by_source.values():
            self._follow(group)

    # The chain

    def _follow(self, routes: list[Route]) -> None:
        """The migrations from one group of sources."""
        share = sum(route.share for route in routes)
        phase: Floats = (np.arange(PHASES, dtype=np.float64) + 0.5) * (self._interval / PHASES)
        mass: Floats = np.full(PHASES, share / PHASES)
        nothing: Floats = np.zeros(PHASES)
        start = Asked((0,) * len(routes), -1, 0)
        states: dict[Asked, list[Points]] = {start: [Points(phase, mass, nothing, nothing, nothing)]}
        number = 1
        while states:
            if len(states) > MOST_STATES:
                self.found.reason = MANY_GROUPS
                return
            following: dict[Asked, list[Points]] = {}
            for state, parts in states.items():
                points = merged(parts, self._interval)
                self._began(number, float(points.mass.sum()))
                for place, chance in self._choices(routes, state):
                    asked = Points(points.phase, *(column * chance for column in points[1:]))
                    again = self._asked(routes[place], number, asked)
                    if again:  # gathered at once: every part has half a million points
                        following.setdefault(self._after(state, place), []).append(merged(again, self._interval))
            states, number = following, number + 1

    def _began(self, number: int, mass: float) -> None:
        began = self.found.began
        began.extend([0.0] * (number - len(began)))
        began[number - 1] += mass

    def _choices(self, routes: list[Route], state: Asked) -> list[tuple[int, float]]:
        """The groups that may be asked next, with their probabilities."""
        if state.group >= 0:
            return [(state.group, 1.0)]
        weights = [
            route.target.weight * (_candidates(route) - failed)
            for route, failed in zip(routes, state.failed, strict=True)
        ]
        whole = sum(weights)
        if not whole:
            self.found.reason = EVERYBODY
            return []
        return [(place, weight / whole) for place, weight in enumerate(weights) if weight]

    def _after(self, state: Asked, place: int) -> Asked:
        """The state after a failure at a target of that group."""
        failures = state.failures + 1 if state.group >= 0 else 1
        failed = state.failed
        if failures == 1:
            failed = (*failed[:place], failed[place] + 1, *failed[place + 1 :])
        return Asked(failed, place, failures) if failures < self._same else Asked(failed, -1, 0)

    # One attempt

    def _asked(self, route: Route, number: int, points: Points) -> list[Points]:
        """Count an attempt on a route; returns the migrations that begin another one."""
        flow = self.found.flows.setdefault(route, Flow())
        deadline = self._timeout
        latency: Floats = np.zeros_like(points.phase)
        if deadline is not None:
            latency = self._interval - self._after_tick(points.phase + deadline)
        accepted, first, second = self._in_time(route, "accept", latency)
        rejected, refused, refused_square = self._in_time(route, "reject", latency)
        arrives, completes = self._arrives, self._arrives**2
        chance: Floats = completes * accepted * route.accepts
        stuck = arrives * (1 - arrives) * accepted * route.accepts
        rejects: Floats = arrives * rejected * route.rejects
        fails: Floats = np.clip(1 - chance - stuck - rejects, 0.0, 1.0)
        if self._most and route.rejects and float(rejected.min()) < 1 - LATE:
            self.found.reason = LATE_REFUSAL
        if self._most and self._same > 1 and route.accepts and (arrives < 1 or float(accepted.min()) < 1 - LATE):
            self.found.reason = AGAIN
        total = points.mass
        flow.attempts += float(total.sum())
        flow.completed += float((total * chance).sum())
        flow.rejected += float((total * rejects).sum())
        lost, willing = self._scenario.network.loss, float((total * accepted).sum()) * route.accepts
        flow.stranded += lost * (1 - lost) * (float(total.sum()) * route.accepts + (1 - lost) * willing)
        flow.unacknowledged += lost * (1 - lost) ** 3 * willing
        if deadline is None:
            flow.stuck += float((total * (stuck + fails)).sum())
        else:
            flow.stuck += float((total * stuck).sum())
            flow.timed_out += float((total * fails).sum())
            flow.mistaken += float((total * (1 - arrives * accepted)).sum()) * route.accepts
            flow.late += float((total * (1 - accepted)).sum()) * arrives * route.accepts
        if flow.completed:
            self._completed(route, number, points, chance, (first, second))
        following = []
        if route.rejects:
            moments = (rejects, refused * route.rejects * arrives)
            ticks, wait = self._ending(number, points.phase, self._stages.reply(route, "reject"), moments)
            scans = rejects * points.scans + total * ticks
            ended = later(
                points, rejects, (refused * route.rejects * arrives, refused_square * route.rejects * arrives)
            )
            following += self._failed(route, number, "rejected", Points(points.phase, *ended, scans), wait)
        if deadline is not None and float(fails.max()) > NEGLIGIBLE:
            waits = deadline + latency
            self._suspected(route, points, waits, (fails, accepted, first))
            self._detected(number, latency, total, fails)
            ticks = np.floor((points.phase + deadline) / self._interval) + 1
            scans = fails * (points.scans + total * ticks)
            ended = later(points, fails, (fails * waits, fails * waits**2))
            following += self._failed(route, number, "timed_out", Points(np.zeros_like(waits), *ended, scans))
        return following

    def _after_tick(self, time: Floats) -> Floats:
        """The time since the last tick, s; a time that rounding has put just before a tick is at the tick."""
        after: Floats = np.mod(time, self._interval)
        return np.where(self._interval - after < ROUNDING, 0.0, after)

    def _detected(self, number: int, latency: Floats, total: Floats, fails: Floats) -> None:
        """Count the detections of an attempt; the first one's delays are uniform if no answer comes in between."""
        if number == 1 and float(fails.max() - fails.min()) <= LATE:
            self.found.evenly += float((total * fails).sum())
        else:
            self.found.latencies.append(latency)
            self.found.masses.append(total * fails)

    def _suspected(self, route: Route, points: Points, waits: Floats, outcome: tuple[Floats, Floats, Floats]) -> None:
        """Count the suspicions of an attempt: those that are correct, and the mistakes, which last until the answer.

        Parameters
        ----------
        waits : T + L, s. outcome : P(it is suspected), P(its Accept, if no message is lost, is in time) and E[the time
        of that answer; it is in time] at each point.
        """
        fails, accepted, first = outcome
        correct = fails - route.accepts * (1 - self._arrives * accepted)
        mass = points.mass * np.maximum(correct, 0.0)
        self.found.detection.add(*(float((mass * power).sum()) for power in (waits**0, waits, waits**2)))
        late = points.mass * (self._arrives * route.accepts * (1 - accepted))
        if float(late.sum()) > NEGLIGIBLE:
            whole = design.duration_mean(self._stages.reply(route, "accept")) / 1e6
            rest = times(1 - accepted, np.full_like(accepted, whole)) if math.isinf(whole) else whole - first
            lasts = times(points.mass * (self._arrives * route.accepts), rest - waits * (1 - accepted))
            self.found.mistake.add(float(late.sum()), float(lasts.sum()), 0.0)

    def _in_time(self, route: Route, kind: str, latency: Floats) -> tuple[Floats, Floats, Floats]:
        """P(the answer comes before the detection), and the first two moments of its time, then."""
        everywhere: Floats = np.ones_like(latency)
        if not (route.accepts if kind == "accept" else route.rejects):
            return everywhere, everywhere * 0, everywhere * 0
        parts = tuple(self._stages.reply(route, kind))
        if self._timeout is not None and sum(part.support()[1] for part in parts) > self._timeout * 1e6:
            share, first, second = self._reply(parts).upto(self._timeout + latency)
            if kind == "accept":
                self._late[route] = float(share.min()) < 1 - LATE
            return share, first, second
        mean = design.duration_mean(parts) / 1e6
        return everywhere, everywhere * mean, everywhere * (design.duration_variance(parts) / 1e12 + mean**2)

    def _reply(self, parts: design.Parts) -> Reply:
        assert self._timeout is not None
        return reply_of(tuple(parts), (self._timeout + self._interval) * 1e6)

    def _completed(
        self, route: Route, number: int, points: Points, chance: Floats, reply: tuple[Floats, Floats]
    ) -> None:
        """Count the migrations that complete with this attempt; `reply` has the moments of the answer in time."""
        if self._late.get(route):
            rest, spread = self._rest(route)
            factor = self._arrives**2 * route.accepts
            answered = chance / factor
            constant = np.full_like(answered, rest)
            first = factor * (reply[0] + times(answered, constant))
            second = factor * (reply[1] + 2 * times(reply[0], constant) + times(answered, spread + constant**2))
        else:
            parts = self._stages.migration(route)
            mean, variance = design.duration_mean(parts) / 1e6, design.duration_variance(parts) / 1e12
            first, second = (times(chance, np.full_like(chance, m)) for m in (mean, variance + mean**2))
        sums = (float(times(points.mass, moment).sum()) for moment in (chance, first, second))
        self.found.duration.add(*sums)
        mass, one, two = later(points, chance, (first, second))
        self.found.total.add(float(mass.sum()), float(one.sum()), float(two.sum()))
        ticks, wait = self._ending(number, points.phase, self._stages.migration(route), (chance, first))
        scans = chance * points.scans + times(points.mass, ticks)
        self._ends(route, number, "completed", Points(wait, mass, one, two, scans))

    def _rest(self, route: Route) -> tuple[float, float]:
        """Mean and variance of the time from Accept's arrival to Ack's, s."""
        parts = [*self._stages.downtime(route), *self._stages.ack(route)]
        return design.duration_mean(parts) / 1e6, design.duration_variance(parts) / 1e12

    def _ending(
        self, number: int, phase: Floats, parts: design.Parts, moments: tuple[Floats, Floats]
    ) -> tuple[Floats, Floats]:
        """The ticks that scan a record which a message ends, and the time from R after its end to its removal, s.

        Parameters
        ----------
        moments : P(it ends so) and E[its duration; it ends so] at each point of the phase.

        At a uniform phase, I/2 on average. A retry begins soon after a tick of the manager that polls, so its end has a
        phase, too. No tick of the manager scans the records that another detector watches.
        """
        share, first = moments
        if number == 1 or not self._polls:
            return first / self._interval, np.full_like(phase, self._cleanup / 2)
        longest = sum(design.far(part) for part in parts)
        end = np.add.outer(phase, reply_of(tuple(parts), longest).points(PAUSES))
        ticks = np.floor(end / self._interval).mean(axis=1)
        return share * ticks, np.mod(-(end + self._retention), self._interval).mean(axis=1)

    def _ends(self, route: Route, number: int, outcome: str, ended: Points) -> None:
        """Count the migrations that end with this attempt; the phase holds the time from R to the removal."""
        end = self.found.ends.setdefault((route, number, outcome), End())
        end.mass += float(ended.mass.sum())
        end.first += float(ended.first.sum())
        end.scans += float(ended.scans.sum())
        end.wait += float((ended.mass * ended.phase).sum())

    def _failed(
        self, route: Route, number: int, outcome: str, ended: Points, wait: Floats | None = None
    ) -> list[Points]:
        """End the migrations whose attempt has failed, or begin their next attempt after the pause.

        Parameters
        ----------
        wait : from R after the end to the removal of a record that a message has ended, s; None if a tick has.
        """
        mass = float(ended.mass.sum())
        if mass < NEGLIGIBLE:
            return []
        if number > self._most or outcome not in self._on:
            self._ends(route, number, outcome, ended if wait is None else ended._replace(phase=wait))
            return []
        pauses = self._pauses(number)
        if wait is None:  # a tick has ended them all, and the phase is that of the pause
            whole = Points(np.zeros(1), *(np.array([column.sum()]) for column in ended[1:]))
            return [after_pause(whole, pauses, pauses, self._interval)]
        answer = self._reply_points(route)
        both = np.add.outer(answer, pauses).ravel()
        # The times of the answers are in the moments already, but their share of the phase is not.
        return [after_pause(ended, both, np.tile(pauses, len(answer)), self._interval)]

    def _reply_points(self, route: Route) -> Floats:
        if self._timeout is None:
            return np.zeros(1)  # no manager looks, so no phase has an effect
        return self._reply(tuple(self._stages.reply(route, "reject"))).points(PAUSES // 4)

    def _pauses(self, number: int) -> Floats:
        """Points of the pause before the retry of that number, s, of equal probability."""
        if self._backoff.jitter == "none":
            return np.array([self._backoff.pause(number, 0, 0.0) / 1e6])
        shares = (np.arange(PAUSES) + 0.5) / PAUSES
        return np.array([self._backoff.pause(number, 0, u) / 1e6 for u in shares.tolist()])


def _candidates(route: Route) -> int:
    """The executors of the target's group that the source may ask."""
    group: ExecutorGroup = route.target
    return group.count - (route.source is group)

"""The model of a scenario for the closed forms: parameters, assumptions, outcomes, kinds of record.

The figures of `predictions` are computed from it. A method that checks an assumption returns the reason, for
a user to read, or None if it holds.
"""

import math
from dataclasses import replace

from icnsim.draws.arrivals import arrival_times
from icnsim.protocol.retry import Backoff
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, arriving_us
from icnsim.theory import design, structures
from icnsim.theory.attempts import Attempts
from icnsim.theory.detection import Delays
from icnsim.theory.looking import looking_of
from icnsim.theory.outcomes import NEGLIGIBLE, Outcomes
from icnsim.theory.record_kinds import RecordKind
from icnsim.theory.routes import Route, random_refusal, routes, sources_unknown
from icnsim.theory.stages import Stages
from icnsim.theory.tails import MOST_TAILS, Tail, TailedKind, tails

MOST_GROUPS = 100
"""The most groups of executors for predictions, because every pair of groups has its own delays."""

CROWDED = 0.1
"""Share of busy actors up to which detection stays uniform: at 0.6 its mean is off by a tenth."""

TOO_SHORT = "the drain is too short for every migration to end"
CUT_OFF = "the drain is shorter than timeout + interval (of all attempts): the last ones are cut off"
NO_DETECTION = "no request is expected to time out"
VARY = "the timeouts of the actors differ, because the sizes of their states do"
NONE = 1e-6
"""The expected number of events below which no event is expected."""


class Model:
    """The scenario's parameters in seconds, and the quantities that follow from them."""

    def __init__(self, scenario: Scenario) -> None:
        manager = scenario.manager
        self.scenario = scenario
        self.stages = Stages(scenario)
        self.interval, self.retention = manager.check_interval / 1e6, manager.retention / 1e6
        self.looking = looking_of(manager)
        self.timeouts = {state: ms / 1e3 for state, ms in scenario.timeouts_ms.items()} if manager.enabled else {}
        self.executors = scenario.executor_count
        self.arrivals = arrivals_expected(scenario)
        self.arriving = arriving_us(scenario) / 1e6
        self.rate = self.arrivals / self.arriving if self.arriving else 0.0
        self.span = self.arriving if scenario.duration is None else scenario.duration / 1e6
        self.horizon = self.span + scenario.drain / 1e6
        self.routes = list(routes(scenario))
        vary = VARY if scenario.timeouts_vary else None
        self.no_phase = vary or self._phase_broken()
        self.no_shares = vary or self.looking.reason or self._shares_broken()
        self.outcomes = Outcomes()
        if self.no_shares is None:
            timeout = self.timeouts.get(State.REQUESTING)
            self.outcomes = Attempts(scenario, self.stages, self.routes, timeout, self.looking).found
            self.no_shares = self.outcomes.reason or self._blocked()
        self.no_phase = self.no_phase or self._crowded()

    # Assumptions

    def _phase_broken(self) -> str | None:
        if not self.scenario.manager.enabled:
            return "the manager is disabled: nothing is detected and nothing is removed"
        if self.looking.reason is not None:
            return self.looking.reason
        poisson = self.scenario.trace is None and self.scenario.workload.arrivals.process == "poisson"
        if self.scenario.manager.phase == "aligned" and not poisson:
            return "ticks and arrivals are both regular: their phases are not independent"
        if self.scenario.manager.phase == "aligned" and self.arriving < 20 * self.interval:
            return "aligned ticks, and arrivals for less than 20 intervals: the phase is not random"
        if self.looking.every < 0.1 and not self.looking.timers:
            return "the interval is less than 100 ms: the protocol's clock of whole ms has an effect"
        return None

    def detection_broken(self) -> str | None:
        if self.no_phase is not None or not self.timeouts:
            return self.no_phase or "no state is tracked"
        if len(set(self.timeouts.values())) > 1:
            return "the tracked states have different timeouts"
        if self.scenario.drain / 1e6 < self.detected_within():
            return CUT_OFF
        if self.no_shares is not None:
            return None if self._always_uniform() else self.no_shares
        if self.outcomes.uneven is not None:
            return self.outcomes.uneven
        if self.scenario.most_retries and self.looking.timers:
            return "a retry begins at a known part of a millisecond of the clock"
        if self.detections < NONE:
            return NO_DETECTION
        return None

    def _always_uniform(self) -> bool:
        """Whether the delay of detection is uniform for all migrations: no retries and no late answers."""
        if self.scenario.most_retries or len(self.routes) > MOST_GROUPS**2:
            return False
        return not any(self._outlasted(route, state) > 1e-6 for route in self.routes for state in self.timeouts)

    @property
    def delays(self) -> Delays:
        """The delays from deadline to detection."""
        return Delays(Outcomes(evenly=1.0) if self.no_shares else self.outcomes, self.looking.every)

    @property
    def detections(self) -> float:
        """Mean number of attempts of the window that time out; 0 if it is unknown."""
        return self.arrivals_in_window() * self.outcomes.of_attempts("timed_out")

    def _shares_broken(self) -> str | None:
        scenario, network = self.scenario, self.scenario.network
        if network.duplication:
            return "messages are duplicated: the earlier copy counts"
        if network.loss and any(state is not State.REQUESTING for state in self.timeouts):
            return "a lost message lets states after Requesting time out, too"
        if random_refusal(scenario):
            return "targets refuse by a queue or by sizes that vary"
        if len(scenario.executors) > MOST_GROUPS:
            return f"more than {MOST_GROUPS} groups of executors"
        if any(self._outlasted(route, state) > 1e-6 for route in self.routes for state in self.timeouts
               if state is not State.REQUESTING):  # fmt: skip
            return "states after Requesting may time out, too"
        return sources_unknown(scenario)

    def _blocked(self) -> str | None:
        """The reason why actors may be missing or blocked by records that nothing ends; None if they are not."""
        actors = self.scenario.actors.count
        if not actors:
            return "there are no actors"
        if design.all_busy(self._busy(), actors) > 1e-3:
            return "at times all actors are busy: arrivals are skipped"
        left = max(self.of_willing("late"), self.scenario.network.loss)
        if left * self.arrivals / actors / max(1, self.executors - 1) > 1e-3:
            return "records that late or lost answers leave behind block later migrations of their actors"
        return None

    @property
    def one_phase(self) -> str | None:
        """The reason why the detections of one run are no sample of their distribution; None if they are."""
        if self.scenario.trace is None and self.scenario.workload.arrivals.process == "poisson":
            return None
        return "arrivals are regular, so one run shows few of the phases: only the mean over seeds is known"

    @property
    def wire_varies(self) -> bool:
        """Whether the time of a state on the wire varies, and with it both the answer and the rest of the migration."""
        return bool(self.scenario.network.bandwidth) and self.scenario.actors.state_size.constant is None

    def _crowded(self) -> str | None:
        """The reason if many actors are busy, so that ticks decide which actor is free; else None."""
        wait = max(self.timeouts.values(), default=0.0) + self.looking.every / 2
        busy = self._busy() if self.outcomes.ends else self.rate * max(wait, min(self.arriving, self.longest_usual()))
        if busy > CROWDED * self.scenario.actors.count:
            return "many actors are busy: the ticks decide which actors are free to migrate"
        return None

    def unvoted(self, votes: int) -> str | None:
        """The reason why arrivals with this number of votes may lack a vote or a verdict; None if all have them."""
        scenario = self.scenario
        open_for = votes * (scenario.quorum.window + scenario.quorum.grace) / 1e6
        if scenario.trace is not None:
            return "arrivals of a trace may find no target"
        if design.all_busy(self.rate * (open_for + self.longest()), scenario.actors.count) > 1e-3:
            return "at times all actors are busy: arrivals are skipped"
        if scenario.drain / 1e6 < open_for:
            return "the drain is shorter than the window and its grace: the last votes are cut off"
        return None

    # Probabilities

    def _outlasted(self, route: Route, state: State) -> float:
        """The probability that the event for which a record in that state waits comes after its timeout."""
        limit = self.timeouts[state] * 1e6
        if state is not State.REQUESTING:
            return design.outlasts(self.stages.later(route, state), limit)
        answers = [kind for kind, chance in (("accept", route.accepts), ("reject", route.rejects)) if chance]
        return max((design.outlasts(self.stages.reply(route, kind), limit) for kind in answers), default=0.0)

    def of_willing(self, which: str) -> float:
        """The share of the attempts to willing targets that a field of `Flow` counts."""
        willing = self.outcomes.willing
        return self.outcomes.of_attempts(which) / willing if willing else 0.0

    # Records

    def no_kinds(self) -> str | None:
        """The reason why the kinds of record are unknown; None if they are known."""
        tailed = self._tailed()
        if tailed and self.scenario.most_retries and self.outcomes.duration.variance in (None, math.inf):
            return "attempts are retried, and their durations have no variance"
        if len({tuple(self.stages.migration(route)) for route in tailed}) > MOST_TAILS:
            return f"answers may come late on more than {MOST_TAILS} kinds of routes"
        return None

    def _tailed(self) -> list[Route]:
        """The routes on which the distribution of durations matters, not only their mean."""
        return [
            route
            for route, flow in self.outcomes.flows.items()
            if flow.late > design.NEVER * flow.attempts
            or (flow.completed > NEGLIGIBLE and math.isinf(design.duration_variance(self.stages.migration(route))))
        ]

    def _tails(self, route: Route) -> tuple[Tail, Tail]:
        """The records of a migration on a route, at the source and at the target."""
        there = tuple(self.stages.downtime(route))
        timeout = self.timeouts.get(State.REQUESTING, math.inf)
        return tails(
            tuple(self.stages.evaluated(route)),
            tuple(self.stages.reply(route, "accept")),
            ((*there, *self.stages.ack(route)), there),
            (timeout, self.looking.every, self.horizon),
        )

    def kinds(self) -> list[RecordKind | TailedKind]:
        """The kinds of record."""
        again = self.rate / max(1.0, self.scenario.actors.count - self._busy())
        kinds: list[RecordKind | TailedKind] = []
        tailed = set() if self.scenario.most_retries else set(self._tailed())
        for route in (route for route in self.outcomes.flows if route in tailed):
            life, home = design.record_life_mean(self.retention, self.interval), self._home(again, route)
            rate = self.rate * self.outcomes.flows[route].attempts * route.accepts
            after = (self.retention, self.interval, (self.arriving, self.horizon))
            for tail, replaced in zip(self._tails(route), (home, again), strict=True):
                kinds.append(TailedKind(rate, life, tail, replaced, *after))
        ticks = (self.horizon - self.arriving / 2) / self.interval
        for (route, _, outcome), end in self.outcomes.ends.items():
            rate, active, scans = self.rate * end.mass, end.first / end.mass, end.scans / end.mass
            if outcome == "completed" and route in tailed:
                continue
            if outcome == "timed_out":
                life = self.looking.life_after(self.retention, self.interval)
                kinds.append(RecordKind(rate, active, life, self.interval - self.looking.common, scans, again))
            else:
                life = self.retention + end.wait / end.mass
                replaced = self._home(again, route) if outcome == "completed" else again
                kinds.append(RecordKind(rate, active, life, self.interval, scans, replaced))
            if outcome == "completed":
                there = design.duration_mean(self.stages.later(route, State.RESTORING)) / 1e6
                acked = design.duration_mean(self.stages.ack(route)) / 1e6
                kind = RecordKind.answered(rate, there, self.retention, self.interval, again)
                kinds.append(replace(kind, begins=max(0.0, active - acked - there)))
        for route, flow in self.outcomes.flows.items():
            left = flow.stuck if route in tailed else flow.stuck + flow.late
            kinds.append(RecordKind.stuck(self.rate * (left + flow.stranded), ticks))
            if flow.unacknowledged:
                there = design.duration_mean(self.stages.later(route, State.RESTORING)) / 1e6
                rate = self.rate * flow.unacknowledged
                kind = RecordKind.answered(rate, there, self.retention, self.interval, again)
                kinds.append(replace(kind, begins=design.duration_mean(self.stages.evaluated(route)) / 1e6))
        return [kind for kind in kinds if kind.rate > 1e-12]

    def _home(self, again: float, route: Route) -> float:
        """How often an actor that has left comes back, 1/s; it replaces the record that its departure has left."""
        return again * route.share / max(1, route.source.count)

    def stays(self) -> list[structures.Stay]:
        """The stays in tracked states at one executor, if all executors are alike."""
        each, outcomes = self.rate / self.executors, self.outcomes
        found = []
        for state, timeout in self.timeouts.items():
            if state is State.REQUESTING:
                attempts = outcomes.of_attempts("attempts")
                late = outcomes.of_attempts("timed_out") / attempts if attempts else 0.0
                found.append(structures.Stay(each * attempts, timeout, late))
            else:
                found.append(structures.Stay(each * outcomes.of_attempts("completed"), timeout, 0.0))
        return found

    def _busy(self) -> float:
        """Mean actors that migrate at once, by Little's law; at the peak if the rate has a profile."""
        profile = self.scenario.profile
        peak = 1.0 if profile is None else profile.peak / profile.mean
        blocked = sum(min(end.first, end.mass * self.arriving) for end in self.outcomes.ends.values())
        return self.rate * peak * (blocked + self.outcomes.of_attempts("stuck") * self.span)

    def _finite_mean(self, route: Route) -> float:
        """Mean duration of a migration, s; no more than the time in which they arrive and drain."""
        return min(self.horizon, design.duration_mean(self.stages.migration(route)) / 1e6)

    def longest(self) -> float:
        """A time within which a migration and its detection almost surely end, s."""
        return max(self.detected_within(), 10 * self.longest_usual())

    def longest_finite(self) -> float:
        """The longest mean duration of a migration on any route whose duration has a mean, s."""
        means = (design.duration_mean(self.stages.migration(route)) / 1e6 for route in self.routes)
        return max((mean for mean in means if math.isfinite(mean)), default=0.0)

    def completed_within(self, limit: float) -> float | None:
        """A lower bound of the share of migrations that complete within a time, s; None if attempts are retried."""
        if self.scenario.most_retries:
            return None
        arrives = (1 - self.scenario.network.loss) ** 4
        return sum(
            arrives * max(0.0, flow.attempts * route.accepts
                          * (1 - design.outlasts(self.stages.migration(route), limit * 1e6)) - flow.late)
            for route, flow in self.outcomes.flows.items()
        )  # fmt: skip

    def longest_usual(self) -> float:
        """The longest mean duration of a migration on any route, s."""
        return max((self._finite_mean(route) for route in self.routes), default=0.0)

    def tick_count(self, interval: float) -> float:
        """Mean ticks of all executors' loops with that interval, s."""
        aligned = self.scenario.manager.phase == "aligned"
        return design.ticks(self.executors, self.horizon, interval, aligned=aligned)

    def arrivals_in_window(self) -> float:
        """The number of arrivals in the statistics: the mean, or the number if it is known."""
        scenario, start = self.scenario, self.scenario.warmup
        if scenario.trace is None and scenario.workload.arrivals.process == "poisson":
            end = min(self.arriving, self.span)
            if scenario.profile is None:
                return self.rate * max(0.0, end - start / 1e6)
            passed = scenario.profile.elapsed(end * 1e6) - scenario.profile.elapsed(start)
            return scenario.workload.arrivals.rate * max(0.0, passed) / 1e6
        return float((arrival_times(scenario) >= start).sum())

    def detected_within(self) -> float:
        """The longest time from the beginning of a migration to its last detection, s."""
        retry = self.scenario.retry
        pauses = sum(self.longest_pause(number) for number in range(1, min(retry.max_retries, self.tries()) + 1))
        return self.tries() * self.attempt_detected_within() + pauses

    def attempt_detected_within(self) -> float:
        """The longest time from the beginning of an attempt to its detection, s."""
        return max(self.timeouts.values(), default=0.0) + self.looking.every

    def tries(self) -> int:
        """The largest number of attempts that a migration is expected to have."""
        return max(1, sum(self.arrivals * began > NONE for began in self.outcomes.began))

    def longest_pause(self, number: int) -> float:
        """The longest pause before the retry of that number, s."""
        back = self.scenario.retry.backoff
        return Backoff(back.base, back.factor, back.max, "none").longest(number) / 1e6

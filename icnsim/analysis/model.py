"""A scenario as the closed forms see it: parameters, assumptions, probabilities, kinds of record.

What the figures of `predictions` are computed from; each method that may find an assumption
broken gives the reason, for a user to read, or None.
"""

from dataclasses import dataclass

from icnsim.analysis import structures, theory
from icnsim.analysis.record_kinds import RecordKind
from icnsim.analysis.routes import Route, random_refusal, routes, sources_unknown
from icnsim.analysis.stages import Stages
from icnsim.draws.arrivals import arrival_times
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, arriving_us

MOST_GROUPS = 100
"""Of executors, for predictions: every pair of groups has its own delays."""

CROWDED = 0.1
"""Share of busy actors up to which detection stays uniform: at 0.6 its mean is off by a tenth."""

TOO_SHORT = "the drain is too short for every migration to end"
CUT_OFF = "the drain is shorter than timeout + interval: the last ones are cut off"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the attempts on one route: probabilities of the outcomes."""

    completed: float
    rejected: float
    timed_out: float
    stuck: float
    """Active for ever."""
    mistaken: float
    """Timed out, given that the target was willing."""
    late: float
    """Answered too late, given that the target was willing."""


class Model:
    """The scenario's parameters in seconds, and what follows from them."""

    def __init__(self, scenario: Scenario) -> None:
        manager = scenario.manager
        self.scenario = scenario
        self.stages = Stages(scenario)
        self.interval, self.retention = manager.check_interval / 1e6, manager.retention / 1e6
        self.timeouts = {state: ms / 1e3 for state, ms in manager.timeouts_ms.items()} if manager.enabled else {}
        self.executors = scenario.executor_count
        self.arrivals = arrivals_expected(scenario)
        self.arriving = arriving_us(scenario) / 1e6
        self.rate = self.arrivals / self.arriving if self.arriving else 0.0
        self.span = self.arriving if scenario.duration is None else scenario.duration / 1e6
        self.horizon = self.span + scenario.drain / 1e6
        self.routes = list(routes(scenario))
        self.no_phase = self._phase_broken()
        self.no_shares = self._shares_broken()
        self.fates = {} if self.no_shares else {route: self._fate(route) for route in self.routes}
        self.no_shares = self.no_shares or self._blocked()
        self.no_phase = self.no_phase or self._crowded()

    # Assumptions

    def _phase_broken(self) -> str | None:
        if not self.scenario.manager.enabled:
            return "the manager is disabled: nothing is detected and nothing is removed"
        poisson = self.scenario.trace is None and self.scenario.workload.arrivals.process == "poisson"
        if self.scenario.manager.phase == "aligned" and not poisson:
            return "ticks and arrivals are both regular: their phases are not independent"
        if self.scenario.manager.phase == "aligned" and self.arriving < 20 * self.interval:
            return "aligned ticks, and arrivals for less than 20 intervals: the phase is not random"
        if self.interval < 0.1:
            return "an interval of less than 100 ms: the protocol's clock of whole ms shows"
        return None

    def detection_broken(self) -> str | None:
        if self.no_phase is not None or not self.timeouts:
            return self.no_phase or "no state is tracked"
        if len(set(self.timeouts.values())) > 1:
            return "the tracked states have different timeouts"
        if self.scenario.drain / 1e6 < self.detected_within():
            return CUT_OFF
        if len(self.scenario.executors) > MOST_GROUPS:
            return f"more than {MOST_GROUPS} groups of executors"
        if any(self._outlasted(route, state) > 1e-6 for route in self.routes for state in self.timeouts):
            return "an answer may come between deadline and detection"
        return None

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
        """Whether actors are missing, or records that nothing ends block them."""
        actors = self.scenario.actors.count
        if not actors:
            return "there are no actors"
        if theory.all_busy(self._busy(), actors) > 1e-3:
            return "at times all actors are busy: arrivals are skipped"
        left = max(self.of_willing("late"), self.scenario.network.loss)
        if left * self.arrivals / actors / max(1, self.executors - 1) > 1e-3:
            return "records that late or lost answers leave behind block later migrations of their actors"
        return None

    def _crowded(self) -> str | None:
        """Whether so many actors are busy that their becoming free, at ticks, decides who is next."""
        wait = max(self.timeouts.values(), default=0.0) + self.interval / 2
        busy = self._busy() if self.fates else self.rate * max(wait, min(self.arriving, self.longest_usual()))
        if busy > CROWDED * self.scenario.actors.count:
            return "many actors are busy: which of them a tick sets free decides who migrates next"
        return None

    def unvoted(self, votes: int) -> str | None:
        """Why some arrivals may have no vote, or no verdict, if each of them has that many votes; None if all have."""
        scenario = self.scenario
        open_for = votes * (scenario.quorum.window + scenario.quorum.grace) / 1e6
        if scenario.trace is not None:
            return "arrivals of a trace may find no target"
        if theory.all_busy(self.rate * (open_for + self.longest()), scenario.actors.count) > 1e-3:
            return "at times all actors are busy: arrivals are skipped"
        if scenario.drain / 1e6 < open_for:
            return "the drain is shorter than the window and its grace: the last votes are cut off"
        return None

    # Probabilities

    def _outlasted(self, route: Route, state: State) -> float:
        """The probability that what a record in that state waits for, and gets, comes after its timeout."""
        if state is not State.REQUESTING:
            return theory.outlasts(self.stages.later(route, state), self.timeouts[state] * 1e6)
        answers = [kind for kind, chance in (("accept", route.accepts), ("reject", route.rejects)) if chance]
        limit = self.timeouts[state] * 1e6
        return max((theory.outlasts(self.stages.reply(route, kind), limit) for kind in answers), default=0.0)

    def _too_late(self, route: Route, kind: str) -> float:
        """The probability that a reply of that kind comes after detection."""
        timeout = self.timeouts.get(State.REQUESTING)
        if timeout is None:
            return 0.0
        return theory.false_positive_probability(self.stages.reply(route, kind), timeout * 1e6, self.interval * 1e6)

    def _fate(self, route: Route) -> Fate:
        arrives = (1 - self.scenario.network.loss) ** 2
        late = self._too_late(route, "accept")
        in_time = arrives * (1 - late)
        rejected = route.rejects * arrives * (1 - self._too_late(route, "reject")) if route.rejects else 0.0
        completed = route.accepts * in_time * arrives
        tracked = State.REQUESTING in self.timeouts
        timed_out = 1 - route.accepts * in_time - rejected if tracked else 0.0
        mistaken = 1 - in_time if tracked else 0.0
        return Fate(completed, rejected, timed_out, max(0.0, 1 - completed - rejected - timed_out), mistaken, late)

    def of_willing(self, which: str) -> float:
        """A probability of `Fate`, of the attempts to willing targets."""
        weights = [route.share * route.accepts for route in self.fates]
        return mixed(weights, [getattr(fate, which) for fate in self.fates.values()]) or 0.0

    # Records

    def kinds(self) -> list[RecordKind]:
        """The kinds of record that there are."""
        again = self.rate / max(1.0, self.scenario.actors.count - self._busy())
        kinds = []
        for route, fate in self.fates.items():
            rate = self.rate * route.share
            home = again * route.share / max(1, route.source.count)
            active = theory.duration_mean(self.stages.migration(route)) / 1e6
            reply = theory.duration_mean(self.stages.reply(route, "reject")) / 1e6
            there = theory.duration_mean(self.stages.later(route, State.RESTORING)) / 1e6
            after = (self.retention, self.interval)
            kinds += [
                RecordKind.answered(rate * fate.completed, active, *after, home),
                RecordKind.answered(rate * fate.completed, there, *after, again),
                RecordKind.answered(rate * fate.rejected, reply, *after, again),
                RecordKind.stuck(rate * fate.stuck, (self.horizon - self.arriving / 2) / self.interval),
            ]
            if fate.timed_out:
                timeout = self.timeouts[State.REQUESTING]
                kinds.append(RecordKind.detected(rate * fate.timed_out, timeout, *after, again))
        return [kind for kind in kinds if kind.rate > 1e-12]

    def stays(self) -> list[structures.Stay]:
        """The stays in tracked states at one executor, if all executors are alike."""
        each, found = self.rate / self.executors, list[structures.Stay]()
        shares = {name: sum(route.share * getattr(fate, name) for route, fate in self.fates.items())
                  for name in ("completed", "timed_out")}  # fmt: skip
        for state, timeout in self.timeouts.items():
            first = state is State.REQUESTING
            rate, late = (each, shares["timed_out"]) if first else (each * shares["completed"], 0.0)
            found.append(structures.Stay(rate, timeout, late))
        return found

    def _busy(self) -> float:
        """Mean actors that migrate at once, by Little's law; at the peak if the rate has a profile."""
        wait = self.timeouts.get(State.REQUESTING, 0.0) + self.interval / 2
        profile = self.scenario.profile
        peak = 1.0 if profile is None else profile.peak / profile.mean
        return (
            self.rate
            * peak
            * sum(
                route.share
                * (
                    fate.timed_out * wait
                    + fate.completed * min(self.arriving, self._finite_mean(route))
                    + fate.stuck * self.span
                )
                for route, fate in self.fates.items()
            )
        )

    def _finite_mean(self, route: Route) -> float:
        """Mean duration of a migration, s; no more than the time in which they arrive and drain."""
        return min(self.horizon, theory.duration_mean(self.stages.migration(route)) / 1e6)

    def longest(self) -> float:
        """A time in which a migration and its detection end, all but surely, s."""
        return max(self.detected_within(), 10 * self.longest_usual())

    def longest_usual(self) -> float:
        """The longest mean duration of a migration on any route, s."""
        return max((self._finite_mean(route) for route in self.routes), default=0.0)

    def tick_count(self, interval: float) -> float:
        """Mean ticks of all executors' loops with that interval, s."""
        aligned = self.scenario.manager.phase == "aligned"
        return theory.ticks(self.executors, self.horizon, interval, aligned=aligned)

    def arrivals_in_window(self) -> float:
        """How many arrivals the statistics are to cover: the mean, or the number where it is known."""
        scenario, start = self.scenario, self.scenario.warmup
        if scenario.trace is None and scenario.workload.arrivals.process == "poisson":
            end = min(self.arriving, self.span)
            if scenario.profile is None:
                return self.rate * max(0.0, end - start / 1e6)
            passed = scenario.profile.elapsed(end * 1e6) - scenario.profile.elapsed(start)
            return scenario.workload.arrivals.rate * max(0.0, passed) / 1e6
        return float((arrival_times(scenario) >= start).sum())

    def detected_within(self) -> float:
        """The longest time to detection, s."""
        return max(self.timeouts.values(), default=0.0) + self.interval


def mixed(weights: list[float], values: list[float]) -> float | None:
    """The weighted mean; None where nothing has a weight."""
    total = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True) if w) / total if total else None

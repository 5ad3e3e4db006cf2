"""The closed forms of a scenario: for each figure of its summary, the value that is expected.

A prediction without a value tells which assumption the scenario breaks. The functions that
are put together here, and their sources, are in `theory`.
"""

import math
from dataclasses import dataclass

from icnsim.analysis import theory
from icnsim.analysis.record_kinds import RecordKind
from icnsim.analysis.routes import Route, random_refusal, routes, sources_unknown
from icnsim.analysis.stages import Stages
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected, arriving_us
from icnsim.simulation.workload import arrival_times

MOST_GROUPS = 100
"""Of executors, for predictions: every pair of groups has its own delays."""

TOO_SHORT = "the drain is too short for every migration to end"
CUT_OFF = "the drain is shorter than timeout + interval: the last ones are cut off"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a closed form says of one figure.

    Attributes
    ----------
    value : in the figure's unit; None where an assumption is broken.
    formula : in words and symbols; reason : the assumption that is broken.
    """

    value: float | None
    formula: str
    reason: str | None = None


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


def predict(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms for a scenario, by the dotted names of its summary's figures."""
    model = _Model(scenario)
    return {**model.detection(), **model.ticks(), **model.durations(), **model.outcomes(), **model.records()}


def steady_tick_cost(scenario: Scenario) -> float:
    """Mean cost of one tick once as many records go as come, s; assumes what `records` does."""
    model = _Model(scenario)
    costs, each_tick = scenario.manager.costs, model.interval / model.executors
    scans = sum(kind.rate * kind.scans for kind in model.kinds()) * each_tick
    removals = sum(kind.removals(model.retention) for kind in model.kinds()) * each_tick
    return theory.tick_cost(costs.tick, costs.detect, costs.cleanup, scans, removals) / 1e6


class _Model:
    """The scenario's parameters in seconds, and what follows from them."""

    def __init__(self, scenario: Scenario) -> None:
        manager = scenario.manager
        self.scenario = scenario
        self.stages = Stages(scenario)
        self.interval, self.retention = manager.check_interval / 1e6, manager.retention / 1e6
        self.timeouts = {state: ms / 1e3 for state, ms in manager.timeouts_ms.items()} if manager.enabled else {}
        self.executors = sum(group.count for group in scenario.executors)
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

    # Figures

    def detection(self) -> dict[str, Prediction]:
        """Detection latency and total, uniform on (0, I] and (T, T + I]."""
        interval, reason = self.interval, self._detection_broken()
        timeout = next(iter(self.timeouts.values()), 0.0)
        std = math.sqrt(theory.detection_latency_variance(interval))
        latency = {
            "mean": (theory.detection_latency_mean(interval), "I/2"),
            "std": (std, "I/√12"),
            **{f"p{p}": (theory.detection_latency_quantile(interval, p / 100), f"{p / 100:g} I") for p in (50, 95, 99)},
            "max": (theory.detection_latency_maximum(interval), "I"),
        }
        found = {}
        for name, (value, formula) in latency.items():
            found[f"detection_latency.{name}"] = _given(value, formula, reason)
            total, sum_formula = (value, formula) if name == "std" else (timeout + value, f"T + {formula}")
            found[f"detection_total.{name}"] = _given(total, sum_formula, reason)
        return found

    def ticks(self) -> dict[str, Prediction]:
        """The loops' ticks; none where they do not run."""
        checker = self.scenario.task_checker
        found = {}
        for metric, enabled, interval in (
            ("manager.ticks", self.scenario.manager.enabled, self.interval),
            ("task_checker.ticks", checker.enabled, checker.check_interval / 1e6),
        ):
            value = self._ticks(interval) if enabled else 0.0
            found[metric] = Prediction(value, "N x simulated time / I; rounded up where aligned")
        return found

    def durations(self) -> dict[str, Prediction]:
        """Migration duration and downtime: sums of independent stages, mixed over the routes."""
        late = self._of_willing("late") > 1e-6
        reason = self.no_shares or ("replies that come too late are left out" if late else None)
        if reason is None and self.scenario.drain / 1e6 < self._longest():
            reason = TOO_SHORT
        found = {}
        for metric, parts in (("migration_duration", self.stages.migration), ("downtime", self.stages.downtime)):
            lost = (
                "a lost message lengthens the downtime" if metric == "downtime" and self.scenario.network.loss else None
            )
            weights = [route.share * route.accepts for route in self.routes]
            means = [theory.duration_mean(parts(route)) / 1e6 for route in self.routes]
            variances = [theory.duration_variance(parts(route)) / 1e12 for route in self.routes]
            first = _mixed(weights, means)
            second = _mixed(weights, [v + m * m for v, m in zip(variances, means)])
            nobody = "no target accepts" if first is None else None
            spread = math.sqrt(max(0.0, second - first**2)) if first is not None and second is not None else 0.0
            found[f"{metric}.mean"] = _given(first or 0.0, "sum of the stages' means", reason or lost or nobody)
            found[f"{metric}.std"] = _given(spread, "√ sum of the stages' variances", reason or lost or nobody)
        return found

    def outcomes(self) -> dict[str, Prediction]:
        """Success rate, false positives and the number that time out."""
        reason, drain = self.no_shares, self.scenario.drain / 1e6
        ends = TOO_SHORT if drain < self._longest() else None
        cut = CUT_OFF if drain < self._detected_within() else None
        shares = {
            name: sum(route.share * getattr(fate, name) for route, fate in self.fates.items())
            for name in ("completed", "rejected", "timed_out")
        }
        willing = sum(route.share * route.accepts for route in self.routes)
        return {
            "success_rate": _given(
                theory.success_rate(**shares), "share of targets that accept in time", reason or ends
            ),
            "false_positives.rate": _given(
                self._of_willing("mistaken") if willing else 0.0,
                "(1/I) ∫ P(reply > T + u) du over (0, I]",
                reason or cut or (None if willing else "no target is willing"),
            ),
            "migrations.timed_out": _given(
                self._arrivals_in_window() * shares["timed_out"],
                "arrivals x P(timed out); binomial",
                reason or cut or self.no_phase,
            ),
        }

    def records(self) -> dict[str, Prediction]:
        """Records held, their life, and what the manager spends on them."""
        reason = self.no_shares or (self.no_phase if self.scenario.manager.enabled else None)
        if reason is None and self.scenario.network.loss:
            reason = "a lost message leaves records of all kinds behind"
        if reason is None and self._of_willing("late") > 1e-6:
            reason = "late answers leave records behind for ever"
        if reason is None and self.scenario.warmup / 1e6 >= self.span:
            reason = "the warm-up is as long as the arrivals: there is no window"
        if reason is None and self.scenario.workload.arrivals.process == "burst":
            reason = "arrivals come in bursts, not evenly"
        if reason is None and self.arriving < 0.99 * self.span:
            reason = "arrivals end before the duration does"
        names = (
            "records.mean", "records.mean_bytes", "record_life.mean", "manager.cost_s", "manager.cpu_share",
            "manager.cycle.mean",
        )  # fmt: skip
        if reason is not None:
            return {name: Prediction(None, "Little's law, and the ticks that scan a record", reason) for name in names}
        kinds = list(self.kinds())
        costs, window = self.scenario.manager.costs, (self.scenario.warmup / 1e6, self.span)
        managed = self.scenario.manager.enabled
        held = sum(
            theory.records_held(kind.rate, kind.alive if managed else kind.unreplaced, *window) for kind in kinds
        )
        found = {
            "records.mean": Prediction(held, "Little: rate x mean life, from an empty start"),
            "records.mean_bytes": Prediction(theory.memory(held, costs.record), "records x bytes of one"),
        }
        if not managed:
            none = "the manager is disabled"
            return found | {name: Prediction(None, "", none) for name in names[2:]}
        gone = [(kind.removals(self.retention), kind) for kind in kinds]
        life = sum(rate * kind.life for rate, kind in gone) / sum(rate for rate, _ in gone)
        scans = sum(kind.rate * kind.scans for kind in kinds) * self.span
        removals = sum(rate for rate, _ in gone) * self.span
        ticks = self._ticks(self.interval)
        cost = theory.tick_cost(ticks * costs.tick, costs.detect, costs.cleanup, scans, removals) / 1e6
        enough = self.scenario.drain / 1e6 >= self._longest() + self.retention + self.interval
        ends = None if enough else "the drain is too short for every record to be removed"
        return found | {
            "record_life.mean": _given(life, "R + I/2; I ⌈R/I⌉ after a timeout", ends),
            "manager.cost_s": _given(cost, "ticks + scans x detect + removals x cleanup", ends),
            "manager.cpu_share": _given(
                theory.cpu_share(cost, self.executors, self.horizon), "cost / (N x simulated time)", ends
            ),
            "manager.cycle.mean": _given(cost / ticks, "cost / ticks", ends),
        }

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

    def _detection_broken(self) -> str | None:
        if self.no_phase is not None or not self.timeouts:
            return self.no_phase or "no state is tracked"
        if len(set(self.timeouts.values())) > 1:
            return "the tracked states have different timeouts"
        if self.scenario.drain / 1e6 < self._detected_within():
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
        if theory.all_busy(self._busy(), actors) > 1e-3:
            return "at times all actors are busy: arrivals are skipped"
        left = max(self._of_willing("late"), self.scenario.network.loss)
        if left * self.arrivals / actors / max(1, self.executors - 1) > 1e-3:
            return "records that late or lost answers leave behind block later migrations of their actors"
        return None

    def _crowded(self) -> str | None:
        """Whether so many actors are busy that their becoming free, at ticks, decides who is next."""
        wait = max(self.timeouts.values(), default=0.0) + self.interval / 2
        longest = max((self._finite_mean(route) for route in self.routes), default=0.0)
        busy = self._busy() if self.fates else self.rate * max(wait, longest)
        if busy > 0.05 * self.scenario.actors.count:
            return "many actors are busy: which of them a tick sets free decides who migrates next"
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

    def _of_willing(self, which: str) -> float:
        """A probability of `Fate`, of the attempts to willing targets."""
        weights = [route.share * route.accepts for route in self.fates]
        return _mixed(weights, [getattr(fate, which) for fate in self.fates.values()]) or 0.0

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

    def _busy(self) -> float:
        """Mean actors that migrate at once, by Little's law."""
        wait = self.timeouts.get(State.REQUESTING, 0.0) + self.interval / 2
        return self.rate * sum(
            route.share * (fate.timed_out * wait + fate.completed * self._finite_mean(route) + fate.stuck * self.span)
            for route, fate in self.fates.items()
        )

    def _finite_mean(self, route: Route) -> float:
        """Mean duration of a migration, s; the whole simulated time where it has no mean."""
        return min(self.horizon, theory.duration_mean(self.stages.migration(route)) / 1e6)

    def _longest(self) -> float:
        """A time in which a migration and its detection end, all but surely, s."""
        usual = max((self._finite_mean(route) for route in self.routes), default=0.0)
        return max(self._detected_within(), 10 * usual)

    def _ticks(self, interval: float) -> float:
        aligned = self.scenario.manager.phase == "aligned"
        return theory.ticks(self.executors, self.horizon, interval, aligned=aligned)

    def _arrivals_in_window(self) -> float:
        """How many arrivals the statistics are to cover: the mean, or the number where it is known."""
        scenario, start = self.scenario, self.scenario.warmup
        if scenario.trace is None and scenario.workload.arrivals.process == "poisson":
            return self.rate * max(0.0, min(self.arriving, self.span) - start / 1e6)
        return float((arrival_times(scenario) >= start).sum())

    def _detected_within(self) -> float:
        """The longest time to detection, s."""
        return max(self.timeouts.values(), default=0.0) + self.interval


def _mixed(weights: list[float], values: list[float]) -> float | None:
    total = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True) if w) / total if total else None


def _given(value: float, formula: str, reason: str | None) -> Prediction:
    """A prediction, or the reason why there is none; infinite moments are none either."""
    if reason is None and not math.isfinite(value):
        reason = "the mean or the variance does not exist"
    return Prediction(None if reason else value, formula, reason)

"""The closed forms of a scenario: for each figure of its summary, the value that is expected.

A prediction without a value tells which assumption the scenario breaks. The functions that
are put together here, and their sources, are in `theory`.
"""

import math
from dataclasses import dataclass

import numpy as np

from icnsim.analysis import theory
from icnsim.analysis.convolution import sum_of
from icnsim.analysis.routes import Route, random_refusal, routes, sources_unknown
from icnsim.analysis.stages import Stages, mean, variance
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.coherence import arrivals_expected


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
    mistaken: float
    """Timed out, given that the target was willing."""


def predict(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms for a scenario, by the dotted names of its summary's figures."""
    model = _Model(scenario)
    return {**model.detection(), **model.ticks(), **model.durations(), **model.outcomes(), **model.records()}


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
        self.span = _span(scenario, self.arrivals)
        self.rate = self.arrivals / self.span if self.span else 0.0
        self.horizon = self.span + scenario.drain / 1e6
        self.routes = list(routes(scenario))
        self.no_phase = self._phase_broken()
        self.no_shares = self._shares_broken()
        self.fates = {} if self.no_shares else {route: self._fate(route) for route in self.routes}

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
            value = theory.ticks(self.executors, self.horizon, interval) if enabled else 0.0
            found[metric] = Prediction(value, "N x simulated time / I")
        return found

    def durations(self) -> dict[str, Prediction]:
        """Migration duration and downtime: sums of independent stages, mixed over the routes."""
        reason = self.no_shares or ("replies that come too late are left out" if self._mistakes() > 1e-6 else None)
        found = {}
        for metric, parts in (("migration_duration", self.stages.migration), ("downtime", self.stages.downtime)):
            weights = [route.share * route.accepts for route in self.routes]
            first = _mixed(weights, [mean(parts(route)) / 1e6 for route in self.routes])
            second = _mixed(
                weights, [variance(parts(route)) / 1e12 + (mean(parts(route)) / 1e6) ** 2 for route in self.routes]
            )
            nobody = "no target accepts" if first is None else None
            spread = math.sqrt(max(0.0, second - first**2)) if first is not None and second is not None else 0.0
            found[f"{metric}.mean"] = _given(first or 0.0, "sum of the stages' means", reason or nobody)
            found[f"{metric}.std"] = _given(spread, "√ sum of the stages' variances", reason or nobody)
        return found

    def outcomes(self) -> dict[str, Prediction]:
        """Success rate, false positives and the number that time out."""
        reason = self.no_shares
        if reason is None and self.scenario.drain / 1e6 < 90 + self.interval:
            reason = "the drain is too short for every migration to end"
        shares = {name: sum(r.share * getattr(f, name) for r, f in self.fates.items()) for name in
                  ("completed", "rejected", "timed_out")}  # fmt: skip
        ended = sum(shares.values()) or 1.0
        willing = sum(route.share * route.accepts for route in self.routes)
        in_window = self.rate * max(0.0, self.span - self.scenario.warmup / 1e6)
        return {
            "success_rate": _given(shares["completed"] / ended, "share of targets that accept in time", reason),
            "false_positives.rate": _given(
                self._mistakes() if willing else 0.0,
                "(1/I) ∫ P(reply > T + u) du over (0, I]",
                reason or (None if willing else "no target is willing"),
            ),
            "migrations.timed_out": _given(
                in_window * shares["timed_out"], "arrivals x P(timed out); binomial", reason or self.no_phase
            ),
        }

    def records(self) -> dict[str, Prediction]:
        """Records held, their life, and what the manager spends on them."""
        reason = self.no_shares or (self.no_phase if self.scenario.manager.enabled else None)
        if reason is None and self.scenario.network.loss:
            reason = "a lost message leaves records of all kinds behind"
        if reason is None and self._mistakes() > 1e-6:
            reason = "late answers leave records behind for ever"
        names = ("records.mean", "record_life.mean", "manager.cost_s", "manager.cpu_share", "manager.cycle.mean")
        if reason is not None:
            return {name: Prediction(None, "Little's law, and the ticks that scan a record", reason) for name in names}
        kinds = list(self._kinds())
        held = sum(rate * self._held_per_rate(kind, replaced) for rate, kind, replaced in kinds)
        found = {"records.mean": Prediction(held, "Little: rate x mean life, from an empty start")}
        if not self.scenario.manager.enabled:
            none = "the manager is disabled"
            return found | {name: Prediction(None, "", none) for name in names[1:]}
        gone = [(rate * math.exp(-replaced * self.retention), kind) for rate, kind, replaced in kinds]
        life = sum(rate * kind.life for rate, kind in gone) / sum(rate for rate, _ in gone)
        scans = sum(rate * kind.scans for rate, kind, _ in kinds) * self.span
        removals = sum(rate for rate, _ in gone) * self.span
        costs = self.scenario.manager.costs
        ticks = theory.ticks(self.executors, self.horizon, self.interval)
        cost = theory.tick_cost(ticks * costs.tick, costs.detect, costs.cleanup, scans, removals) / 1e6
        ends = (
            None if self.scenario.drain / 1e6 >= self.retention + 90 + 2 * self.interval else "the drain is too short"
        )
        return found | {
            "record_life.mean": _given(life, "R + I/2; I ⌈R/I⌉ after a timeout", ends),
            "manager.cost_s": _given(cost, "ticks + scans x detect + removals x cleanup", ends),
            "manager.cpu_share": _given(cost / (self.executors * self.horizon), "cost / (N x simulated time)", ends),
            "manager.cycle.mean": _given(cost / ticks, "cost / ticks", ends),
        }

    # Assumptions

    def _phase_broken(self) -> str | None:
        if not self.scenario.manager.enabled:
            return "the manager is disabled: nothing is detected and nothing is removed"
        poisson = self.scenario.trace is None and self.scenario.workload.arrivals.process == "poisson"
        if self.scenario.manager.phase == "aligned" and not poisson:
            return "ticks and arrivals are both regular: their phases are not independent"
        return None

    def _detection_broken(self) -> str | None:
        if self.no_phase is not None or not self.timeouts:
            return self.no_phase or "no state is tracked"
        if len(set(self.timeouts.values())) > 1:
            return "the tracked states have different timeouts"
        if self.scenario.drain / 1e6 < max(self.timeouts.values()) + self.interval:
            return "the drain is shorter than timeout + interval: the last ones are cut off"
        return None

    def _shares_broken(self) -> str | None:
        scenario, network = self.scenario, self.scenario.network
        if network.duplication:
            return "messages are duplicated: the earlier copy counts"
        if network.loss and any(state is not State.REQUESTING for state in self.timeouts):
            return "a lost message lets states after Requesting time out, too"
        if random_refusal(scenario):
            return "targets refuse by a queue that varies"
        if self.rate * 90 > 0.5 * scenario.actors.count:
            return "most actors may be busy: arrivals are skipped"
        if any(self._outlasted(route, state) > 1e-6 for route in self.routes for state in self.timeouts
               if state is not State.REQUESTING):  # fmt: skip
            return "states after Requesting may time out, too"
        return sources_unknown(scenario)

    # Probabilities

    def _outlasted(self, route: Route, state: State) -> float:
        """The probability that a stage after Requesting outlasts its timeout."""
        limit = self.timeouts[state] * 1e6
        return float(sum_of(self.stages.later(route, state), limit).exceeds(np.array(limit)))

    def _too_late(self, route: Route) -> float:
        """The probability that a reply comes after detection: (1/I) ∫ P(reply > T + u) du."""
        timeout = self.timeouts.get(State.REQUESTING)
        if timeout is None:
            return 0.0
        parts = self.stages.reply(route)
        if sum(part.support()[1] for part in parts) <= timeout * 1e6:
            return 0.0
        limit = (timeout + self.interval) * 1e6
        points = np.linspace(timeout * 1e6, limit, 2001)
        return float(np.trapezoid(sum_of(parts, limit).exceeds(points), points)) / (self.interval * 1e6)

    def _fate(self, route: Route) -> Fate:
        arrives = (1 - self.scenario.network.loss) ** 2
        in_time = arrives * (1 - self._too_late(route))
        answered = (route.accepts + route.rejects) * in_time
        tracked = State.REQUESTING in self.timeouts
        return Fate(
            completed=route.accepts * in_time * arrives,
            rejected=route.rejects * in_time,
            timed_out=1 - answered if tracked else 0.0,
            mistaken=1 - in_time if tracked else 0.0,
        )

    def _mistakes(self) -> float:
        """The share of attempts to willing targets that time out all the same."""
        weights = [route.share * route.accepts for route in self.fates]
        return _mixed(weights, [fate.mistaken for fate in self.fates.values()]) or 0.0

    # Records

    def _kinds(self) -> "list[tuple[float, _Kind, float]]":
        """Each kind of record: how many begin a second, and how often a terminal one is replaced."""
        again = self.rate / max(1.0, self.scenario.actors.count - self._busy())
        kinds = []
        for route, fate in self.fates.items():
            rate = self.rate * route.share
            home = again * route.share / max(1, route.source.count)
            active = mean(self.stages.migration(route)) / 1e6
            reply = mean(self.stages.reply(route)) / 1e6
            there = self.stages.target_active(route) / 1e6
            kinds += [
                (rate * fate.completed, self._answered(active), home),
                (rate * fate.completed, self._answered(there), again),
                (rate * fate.rejected, self._answered(reply), again),
            ]
            if fate.timed_out:
                kinds.append((rate * fate.timed_out, self._detected(), again))
            lost = rate * (1 - fate.completed - fate.rejected - fate.timed_out)
            kinds.append((lost, _Kind(math.inf, 0.0, 0.0, self.horizon / self.interval), 0.0))
        return [kind for kind in kinds if kind[0] > 1e-12]

    def _busy(self) -> float:
        """Mean actors that migrate at once, by Little's law."""
        return self.rate * sum(
            route.share
            * (fate.timed_out * (self._wait() or 0.0) + fate.completed * mean(self.stages.migration(route)) / 1e6)
            for route, fate in self.fates.items()
        )

    def _wait(self) -> float:
        return self.timeouts.get(State.REQUESTING, 0.0) + self.interval / 2

    def _answered(self, active: float) -> "_Kind":
        """A record that a message ended; its removal is in no relation to its end."""
        life = theory.record_life_mean(self.retention, self.interval)
        return _Kind(active, life, self.interval, theory.scans_until_answer(active, self.interval))

    def _detected(self) -> "_Kind":
        """A record that a tick ended, and another one of the same phase removes."""
        life = theory.record_life_after_tick(self.retention, self.interval)
        scans = theory.scans_until_detection(self.timeouts[State.REQUESTING], self.interval)
        return _Kind(self._wait(), life, 0.0, scans)

    def _held_per_rate(self, kind: "_Kind", replaced: float) -> float:
        """Mean over the window of ∫ P(a record lives longer than s) ds from 0 to t, s.

        That is the number held at t for one new record a second since 0.
        """
        start, end = self.scenario.warmup / 1e6, self.span
        ages = np.linspace(0.0, end, 20_001)
        terminal = np.maximum(0.0, ages - kind.active)
        alive = np.exp(-replaced * terminal)
        if self.scenario.manager.enabled:
            low = kind.life - kind.spread / 2
            kept = (terminal < low) if not kind.spread else np.clip((low + kind.spread - terminal) / kind.spread, 0, 1)
            alive = alive * np.where(ages < kind.active, 1.0, kept)
        held = np.concatenate([[0.0], np.cumsum((alive[1:] + alive[:-1]) / 2 * np.diff(ages))])
        inside = ages >= start
        return float(held[inside].mean())


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of record: mean time active, mean terminal life and its width, ticks that scan it."""

    active: float
    life: float
    spread: float
    scans: float


def _span(scenario: Scenario, arrivals: float) -> float:
    """Mean length of the arrivals' window, s."""
    workload = scenario.workload.arrivals
    if scenario.duration is not None:
        return scenario.duration / 1e6
    if scenario.trace is not None:
        return scenario.trace.at_us[-1] / 1e6
    if workload.process == "burst":
        return (math.ceil(arrivals / (workload.size or 1)) - 1) * (workload.every or 0) / 1e6
    return arrivals / workload.rate


def _mixed(weights: list[float], values: list[float]) -> float | None:
    total = sum(weights)
    return sum(w * v for w, v in zip(weights, values, strict=True) if w) / total if total else None


def _given(value: float, formula: str, reason: str | None) -> Prediction:
    """A prediction, or the reason why there is none; infinite moments are none either."""
    if reason is None and not math.isfinite(value):
        reason = "the mean or the variance does not exist"
    return Prediction(None if reason else value, formula, reason)

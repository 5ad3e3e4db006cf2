"""The closed forms of a scenario: for each figure of its summary, the value that is expected.

A prediction without a value tells which assumption the scenario breaks. The functions that
are put together here, and their sources, are in `theory`.
"""

import math
from dataclasses import dataclass

from icnsim.analysis import (
    checkpoint_votes,
    checkpoints,
    policies,
    quorum,
    stores,
    structures,
    tasks,
    theory,
    transfers,
    wasm,
)
from icnsim.analysis.drawn import drawn_mean
from icnsim.analysis.model import CUT_OFF, TOO_SHORT, Model, mixed
from icnsim.analysis.record_kinds import RecordKind
from icnsim.scenario import Scenario

UNHAPPY = "the closed forms are those of the design without faults, retries, trust, votes and settings that change"

UNMOVED = "tasks are submitted, and nothing migrates"


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


TICKS = ("manager.ticks", "task_checker.ticks")
"""The figures that do not depend on the links."""


def predict(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms for a scenario, by the dotted names of its summary's figures."""
    found, reason = _with_equal_links(scenario), transfers.withheld(scenario)
    found |= {name: _given(*figure) for name, figure in stores.predicted(scenario).items()}
    if reason is None:
        return found
    known = {
        name: prediction if name in TICKS else Prediction(None, prediction.formula, reason)
        for name, prediction in found.items()
    }
    return known | {name: _given(*figure) for name, figure in transfers.predicted(scenario).items()}


def _with_equal_links(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms where all links are alike and no transfer slows another one down."""
    if scenario.tasks_migrate:
        return _side_by_side(scenario)
    model = _Figures(scenario)
    found = {**model.detection(), **model.ticks(), **model.durations(), **model.outcomes(), **model.records()}
    if scenario.plain:
        return found
    reason = UNHAPPY if scenario.submissions is None else UNMOVED
    if scenario.undisturbed and scenario.checkpoints.store_bandwidth is not None:
        reason = stores.SHARED
    ticks = model.ticks() if scenario.submissions is not None and not scenario.faults else {}
    found = {name: Prediction(None, prediction.formula, reason) for name, prediction in found.items()} | ticks
    if scenario.quorum.decides and scenario.submissions is None:
        found |= model.votes()
    if scenario.quorum.confirms and scenario.submissions is None:
        found |= {name: _given(*figure) for name, figure in checkpoint_votes.predicted(model).items()}
    if scenario.uses_policy:
        found |= model.policy()
    if scenario.wasm is not None:
        found |= model.memories()
    if scenario.submissions is not None:
        found = {name: _given(*figure) for name, figure in tasks.predicted(scenario).items()} | found
    return found | model.crashes() if scenario.faults else found


def _side_by_side(scenario: Scenario) -> dict[str, Prediction]:
    """The closed forms of migrations and of tasks in one run: those of each alone, if they do not affect each other."""
    alone, of_tasks = predict(scenario.without_tasks()), tasks.predicted(scenario)
    found = alone | {name: _given(*figure) for name, figure in of_tasks.items()}
    reason = tasks.interaction(scenario)
    if reason is None:
        return found
    kept = ("manager.ticks", "task_checker.ticks")
    return {
        name: form if name in kept or form.value is None else Prediction(None, form.formula, reason)
        for name, form in found.items()
    }


def steady_tick_cost(scenario: Scenario) -> float:
    """Mean cost of one tick once as many records go as come, s; assumes what `records` does."""
    model = _Figures(scenario)
    costs, each_tick = scenario.manager.costs, model.interval / model.executors
    kinds = model.kinds()
    scans = sum(kind.rate * kind.scans for kind in kinds) * each_tick
    removals = sum(kind.removals(model.retention) for kind in kinds) * each_tick
    return theory.tick_cost(costs.tick, costs.detect, costs.cleanup, scans, removals) / 1e6


class _Figures(Model):
    """The figures that are predicted, by the sections of the summary."""

    def detection(self) -> dict[str, Prediction]:
        """Detection latency and total, uniform on (0, I] and (T, T + I]."""
        interval, reason = self.interval, self.detection_broken()
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
            value = self.tick_count(interval) if enabled else 0.0
            found[metric] = Prediction(value, "N x simulated time / I; rounded up where aligned")
        return found

    def durations(self) -> dict[str, Prediction]:
        """Migration duration and downtime: sums of independent stages, mixed over the routes."""
        late = self.of_willing("late") > 1e-6
        reason = self.no_shares or ("replies that come too late are left out" if late else None)
        if reason is None and self.scenario.drain / 1e6 < self.longest():
            reason = TOO_SHORT
        found = {}
        for metric, parts in (("migration_duration", self.stages.migration), ("downtime", self.stages.downtime)):
            lost = (
                "a lost message lengthens the downtime" if metric == "downtime" and self.scenario.network.loss else None
            )
            weights = [route.share * route.accepts for route in self.routes]
            means = [theory.duration_mean(parts(route)) / 1e6 for route in self.routes]
            variances = [theory.duration_variance(parts(route)) / 1e12 for route in self.routes]
            first = mixed(weights, means)
            second = mixed(weights, [v + m * m for v, m in zip(variances, means)])
            nobody = "no target accepts" if first is None else None
            spread = math.sqrt(max(0.0, second - first**2)) if first is not None and second is not None else 0.0
            found[f"{metric}.mean"] = _given(first or 0.0, "sum of the stages' means", reason or lost or nobody)
            found[f"{metric}.std"] = _given(spread, "√ sum of the stages' variances", reason or lost or nobody)
        return found

    def outcomes(self) -> dict[str, Prediction]:
        """Success rate, false positives and the number that time out."""
        reason, drain = self.no_shares, self.scenario.drain / 1e6
        if reason is None and self.of_willing("late") > 1e-6:
            reason = self.no_phase
        ends = TOO_SHORT if drain < self.longest() else None
        cut = CUT_OFF if drain < self.detected_within() else None
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
                self.of_willing("mistaken") if willing else 0.0,
                "(1/I) ∫ P(reply > T + u) du over (0, I]",
                reason or cut or (None if willing else "no target is willing"),
            ),
            "migrations.timed_out": _given(
                self.arrivals_in_window() * shares["timed_out"],
                "arrivals x P(timed out); binomial",
                reason or cut or self.no_phase,
            ),
        }

    def records(self) -> dict[str, Prediction]:
        """Records held, their life, and what the manager spends on them."""
        reason = self.no_shares or (self.no_phase if self.scenario.manager.enabled else None)
        if reason is None and self.scenario.network.loss:
            reason = "a lost message leaves records of all kinds behind"
        if reason is None and self.of_willing("late") > 1e-6:
            reason = "late answers leave records behind for ever"
        if reason is None and self.scenario.warmup / 1e6 >= self.span:
            reason = "the warm-up is as long as the arrivals: there is no window"
        if reason is None and self.scenario.workload.arrivals.process == "burst":
            reason = "arrivals come in bursts, not evenly"
        if reason is None and self.scenario.profile is not None:
            reason = "the rate of arrivals varies: there is no steady state"
        if reason is None and self.span < 10 * self.longest_usual():
            reason = "arrivals last for less than ten migrations: the start is most of it"
        if reason is None and self.arriving < 0.99 * self.span:
            reason = "arrivals end before the duration does"
        names = (
            "records.mean", "records.mean_bytes", "record_life.mean", "manager.cost_s", "manager.cpu_share",
            "manager.cycle.mean", "manager.upkeep_s",
        )  # fmt: skip
        if reason is not None:
            return {name: Prediction(None, "Little's law, and the ticks that scan a record", reason) for name in names}
        kinds = self.kinds()
        costs, window = self.scenario.manager.costs, (self.scenario.warmup / 1e6, self.span)
        managed = self.scenario.manager.enabled
        held = sum(
            theory.records_held(kind.rate, kind.alive if managed else kind.unreplaced, *window) for kind in kinds
        )
        found = {
            "records.mean": Prediction(held, "Little: rate x mean life, from an empty start"),
            "records.mean_bytes": Prediction(theory.memory(held, costs.record), "records x bytes of one"),
        }
        gone = [(kind.removals(self.retention), kind) for kind in kinds]
        if not managed or not any(rate > 1e-12 for rate, _ in gone):
            none = "no record is removed" if managed else "the manager is disabled"
            return found | {name: Prediction(None, "", none) for name in names[2:]}
        life = sum(rate * kind.life for rate, kind in gone) / sum(rate for rate, _ in gone)
        removals = sum(rate for rate, _ in gone) * self.span
        ticks = self.tick_count(self.interval)
        detection, upkeep, formula = self._detection(kinds)
        cost = theory.tick_cost(ticks * costs.tick, 1, costs.cleanup, detection + upkeep, removals) / 1e6
        enough = self.scenario.drain / 1e6 >= self.longest() + self.retention + self.interval
        ends = None if enough else "the drain is too short for every record to be removed"
        alike = ends
        if ends is None and self.scenario.manager.structure != "scan" and len(self.scenario.executors) > 1:
            alike = "executors of several groups have heaps of different sizes"
        return found | {
            "record_life.mean": _given(life, "R + I/2; I ⌈R/I⌉ after a timeout", ends),
            "manager.cost_s": _given(cost, f"ticks + {formula} + removals x cleanup", alike),
            "manager.upkeep_s": _given(upkeep / 1e6, "insertions and deletions between the ticks", alike),
            "manager.cpu_share": _given(
                theory.cpu_share(cost, self.executors, self.horizon), "cost / (N x simulated time)", alike
            ),
            "manager.cycle.mean": _given((cost - upkeep / 1e6) / ticks, "(cost - upkeep) / ticks", alike),
        }

    def _detection(self, kinds: list[RecordKind]) -> tuple[float, float, str]:
        """The cost of detection and of the upkeep over the run, µs, and the formula."""
        manager = self.scenario.manager
        if manager.structure == "scan":
            scans = sum(kind.rate * kind.scans for kind in kinds) * self.span
            return scans * manager.costs.detect, 0.0, "scans x detect"
        work = structures.STRUCTURES[manager.structure](self.stays(), self.interval, manager.costs)
        # A tick visits its slot whether or not anything has arrived.
        idle = manager.costs.slot * self.tick_count(self.interval) if manager.structure == "wheel" else 0.0
        whole = self.executors * self.span
        formula = {"heap": "stays x 2 x E[levels] x compare + late x detect", "wheel": "ticks x slot + late x detect"}
        return work.detect * whole + idle, work.upkeep * whole, formula[manager.structure]

    def memories(self) -> dict[str, Prediction]:
        """How long the memory of an actor in WASM is copied, and for how long it is paused."""
        formulas = {
            "downtime.mean": "checkpoint + latency + pages left x page time + restore",
            "wasm.rounds.mean": "until few enough pages are left: about ln(stop_below / V) / ln λ",
            "wasm.final_pages.mean": "about V λ^n",
            "wasm.live_copy.mean": "about V p (1 - λ^n) / (1 - λ)",
            "wasm.post_copy.mean": "V p, but for the first page",
            "wasm.total.mean": "live copy + downtime + post copy",
        }
        reason = wasm.broken(self.scenario)
        found = dict.fromkeys(formulas, 0.0) if reason else wasm.times(self.scenario)
        return {name: _given(found[name], formula, reason) for name, formula in formulas.items()}

    def policy(self) -> dict[str, Prediction]:
        """How old reports are, and the load that policies see."""
        scenario = self.scenario
        age = policies.staleness_mean(scenario.policy.report_every, drawn_mean(scenario.network.gossip.delay)) / 1e6
        return {
            "policy.staleness.mean": _given(
                age, "report_every / 2 + mean gossip delay, at a random instant", policies.ages_broken(scenario)
            ),
            "policy.load.mean": _given(
                policies.load_mean(scenario), "own + amplitude / 2 + the actors'", policies.load_broken(scenario)
            ),
        }

    def crashes(self) -> dict[str, Prediction]:
        """What crashes take, and what checkpoints save, where executors come and go at random."""
        reason = checkpoints.broken(self.scenario, self.arrivals, self.longest_usual(), self.horizon)
        lost, useful, formula = (0.0, 0.0, "") if reason else checkpoints.of_scenario(self.scenario)
        about = "I/2 - C²/2I + F (1 - C/I)" if self.scenario.checkpoints.pauses else "I/2 + C + F"
        return {
            "recoveries.work_lost.mean": _given(lost, f"about {about}", reason),
            "work.useful_share": _given(useful, f"what is saved / (M + D){formula}", reason),
        }

    def votes(self) -> dict[str, Prediction]:
        """What a quorum decides; its counts need arrivals that are not skipped, and votes that end."""
        scenario = self.scenario
        reason, skipped = quorum.broken(scenario), self.unvoted(1)
        shares = quorum.Shares() if reason else quorum.of_scenario(scenario)
        if skipped is None and scenario.checkpoints.store_bandwidth is not None:
            skipped = stores.SHARED
        counts = {
            "consensus": shares.right + shares.wrong,
            "divergence": shares.divergence,
            "insufficient": shares.insufficient,
            "wrong": shares.wrong,
        }
        voters = "voters drawn without replacement: hypergeometric"
        return {
            "quorum.wrong_rate": _given(shares.wrong, f"P(a wrong digest wins); {voters}", reason),
            **{
                f"quorum.{name}": _given(self.arrivals_in_window() * share, f"arrivals x P({name}); {voters}",
                                         reason or skipped)
                for name, share in counts.items()
            },
        }  # fmt: skip


def _given(value: float, formula: str, reason: str | None) -> Prediction:
    """A prediction, or the reason why there is none; infinite moments are none either."""
    if reason is None and not math.isfinite(value):
        reason = "the mean or the variance does not exist"
    return Prediction(None if reason else value, formula, reason)

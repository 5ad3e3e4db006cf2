"""The predicted figures of records, and of the manager's costs, which follow from them."""

from collections.abc import Sequence

from icnsim.scenario import Scenario
from icnsim.theory import design, structures
from icnsim.theory.model import Model
from icnsim.theory.prediction import OVER_SEEDS, Prediction, given
from icnsim.theory.record_kinds import RecordKind
from icnsim.theory.tails import TailedKind

Kinds = Sequence[RecordKind | TailedKind]
SPENT = ("record_life.mean", "manager.cost_s", "manager.cpu_share", "manager.cycle.mean", "manager.upkeep_s")


def records(model: Model) -> dict[str, Prediction]:
    """Records held, their life, and the manager's cost for them."""
    reason = _broken(model) or model.no_kinds()
    if reason is not None:
        return _without(model, reason)
    kinds = model.kinds()
    scenario = model.scenario
    costs, window = scenario.manager.costs, (scenario.warmup / 1e6, model.span)
    managed = scenario.manager.enabled
    held = sum(design.records_held(kind.rate, kind.alive if managed else kind.unreplaced, *window) for kind in kinds)
    removed = [(kind.removals(model.retention), kind) for kind in kinds]
    found = {
        "records.mean": Prediction(held, "Little: rate x mean life, from an empty start"),
        "records.mean_bytes": Prediction(design.memory(held, costs.record), "records x bytes of one"),
    }
    if not managed or not any(rate > 1e-12 for rate, _ in removed):
        none = "no record is removed" if managed else "the manager is disabled"
        return found | {name: Prediction(None, "", none) for name in ("records.unremoved", *SPENT)}
    return found | _spent(model, kinds, removed)


def _spent(model: Model, kinds: Kinds, removed: list[tuple[float, RecordKind | TailedKind]]) -> dict[str, Prediction]:
    """The figures of records that are removed, and of the ticks that remove them."""
    scenario, costs = model.scenario, model.scenario.manager.costs
    life = sum(rate * kind.life for rate, kind in removed) / sum(rate for rate, _ in removed)
    removals = sum(rate for rate, _ in removed) * model.span
    ticks = model.tick_count(model.interval)
    detection, upkeep, formula = _detection(model, kinds)
    cost = design.tick_cost(ticks * costs.tick, 1, costs.cleanup, detection + upkeep, removals) / 1e6
    left = model.arrivals * sum(model.outcomes.of_attempts(which) for which in ("stuck", "late", "stranded"))
    enough = scenario.drain / 1e6 >= model.longest() + model.retention + model.interval
    ends = None if enough else "the drain is too short for every record to be removed"
    alike = ends
    if ends is None and scenario.manager.structure != "scan" and len(scenario.executors) > 1:
        alike = "executors of several groups have heaps of different sizes"
    least = _least(model)
    return {
        "records.unremoved": given(left, "arrivals x E[records that nothing ends]", ends, (left, None)),
        "record_life.mean": given(
            life,
            f"R + I/2; {model.looking.life_formula} after a timeout" + (OVER_SEEDS if model.one_phase else ""),
            ends,
            (model.retention, model.retention + model.interval),
        ),
        "manager.cost_s": given(cost, f"ticks + {formula} + removals x cleanup", alike, (least, None)),
        "manager.upkeep_s": given(upkeep / 1e6, "insertions and deletions between the ticks", alike),
        "manager.cpu_share": given(
            design.cpu_share(cost, model.executors, model.horizon),
            "cost / (N x simulated time)",
            alike,
            (design.cpu_share(least, model.executors, model.horizon), None),
        ),
        "manager.cycle.mean": given(
            (cost - upkeep / 1e6) / ticks, "(cost - upkeep) / ticks", alike, (costs.tick / 1e6, None)
        ),
    }


def _without(model: Model, reason: str) -> dict[str, Prediction]:
    """No figures, but the bounds that still hold: a tick costs at least as much as one that finds nothing."""
    scenario = model.scenario
    bounds: dict[str, tuple[float | None, float | None]] = {}
    if scenario.manager.enabled and (scenario.plain or scenario.only_retries):
        least = _least(model)
        bounds = {
            "manager.cost_s": (least, None),
            "manager.cpu_share": (design.cpu_share(least, model.executors, model.horizon), None),
            "manager.cycle.mean": (scenario.manager.costs.tick / 1e6, None),
            "record_life.mean": (model.retention, model.retention + model.interval),
        }
    names = ("records.mean", "records.mean_bytes", "records.unremoved", *SPENT)
    formula = "Little's law, and the ticks that scan a record"
    return {name: given(0.0, formula, reason, bounds.get(name, (None, None))) for name in names}


def _least(model: Model) -> float:
    """The cost of ticks that find nothing, s."""
    return model.tick_count(model.interval) * model.scenario.manager.costs.tick / 1e6


def uneven(model: Model) -> str | None:
    """The reason why arrivals are not even over a window, with any settings of the manager; None if they are."""
    scenario = model.scenario
    if scenario.warmup / 1e6 >= model.span:
        return "the warm-up is as long as the arrivals: there is no window"
    if scenario.workload.arrivals.process == "burst":
        return "arrivals come in bursts, not evenly"
    if scenario.profile is not None:
        return "the rate of arrivals varies: there is no steady state"
    return None


def ended_early(model: Model) -> str | None:
    """The reason why arrivals do not last to the end of the window; None if they do."""
    return "arrivals end before the duration does" if model.arriving < 0.99 * model.span else None


def _broken(model: Model) -> str | None:
    """The assumption of the records that a scenario breaks; None if all hold."""
    scenario = model.scenario
    reason = model.no_shares or (model.no_phase if scenario.manager.enabled else None)
    if reason is not None:
        return reason
    if scenario.network.loss and scenario.most_retries:
        return "a lost message leaves records of all kinds behind, and retries replace them"
    if scenario.network.loss and model.of_willing("late") > design.NEVER:
        return "some answers are lost, and others are late"
    reason = uneven(model)
    if reason is not None:
        return reason
    if model.span < 10 * model.longest_finite():
        return "arrivals last for less than ten migrations: the start is most of the window"
    reason = ended_early(model)
    if reason is not None:
        return reason
    if scenario.most_retries and model.longest_pause(model.tries()) >= model.retention:
        return "cleanup removes a failed record before its retry"
    return None


def _detection(model: Model, kinds: Kinds) -> tuple[float, float, str]:
    """The cost of detection and of the upkeep over the run, µs, and the formula."""
    manager = model.scenario.manager
    if not model.looking.polls:
        return 0.0, 0.0, "nothing that a tick scans"
    if manager.structure == "scan":
        scans = sum(kind.rate * kind.scans for kind in kinds) * model.span
        return scans * manager.costs.detect, 0.0, "scans x detect"
    work = structures.STRUCTURES[manager.structure](model.stays(), model.interval, manager.costs)
    # A tick visits its slot whether or not anything has arrived.
    idle = manager.costs.slot * model.tick_count(model.interval) if manager.structure == "wheel" else 0.0
    whole = model.executors * model.span
    formula = {"heap": "stays x 2 x E[levels] x compare + late x detect", "wheel": "ticks x slot + late x detect"}
    return work.detect * whole + idle, work.upkeep * whole, formula[manager.structure]


def steady_tick_cost(scenario: Scenario) -> float:
    """Mean cost of one tick in the steady state, s; with the assumptions of `records`."""
    model = Model(scenario)
    costs, each_tick = scenario.manager.costs, model.interval / model.executors
    kinds = model.kinds()
    scans = sum(kind.rate * kind.scans for kind in kinds) * each_tick
    removals = sum(kind.removals(model.retention) for kind in kinds) * each_tick
    return design.tick_cost(costs.tick, costs.detect, costs.cleanup, scans, removals) / 1e6

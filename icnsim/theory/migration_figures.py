"""The predicted figures of migrations: detection, the detector's quality of service, durations, outcomes."""

import math
from collections.abc import Iterator

from icnsim.elementary.digits import chance
from icnsim.protocol.states import State
from icnsim.theory import design
from icnsim.theory.detection import SHARES
from icnsim.theory.model import CUT_OFF, NO_DETECTION, NONE, TOO_SHORT, Model
from icnsim.theory.prediction import OVER_SEEDS, Prediction, given

FEW = 2.0
"""The least expected number of detections with which a run has a spread and quantiles."""
OFTEN = 5.0
"""The least expected number of mistakes with which the mean time between two is that of their rate."""
CUT = 1e-3
"""The share of late answers that may arrive after the end of a run without a visible effect on their mean."""

BEYOND = 0.01
"""The share of the window for which mistakes may go on after it without a visible effect on the time between two."""


def detection(model: Model) -> dict[str, Prediction]:
    """Detection latency and total: the delay is in (0, J] and the total in (T, T + J], see `looking`.

    If the timeouts grow with states of different sizes, T is that of an actor without state, and the least of all.
    """
    interval, symbol, reason = model.looking.every, model.looking.symbol, model.detection_broken()
    timeout = next(iter(model.timeouts.values()), 0.0)
    bounded = model.looking.reason is None and len(set(model.timeouts.values())) == 1
    reasons = dict.fromkeys(("std", "p50", "p95", "p99", "max"), reason or model.one_phase or _too_few(model))
    if model.no_shares is not None:  # delays are uniform, but their number is not known
        for name in ("p50", "p95", "p99", "max"):
            reasons[name] = reason or model.one_phase or "the number of detections is not known"
    retried = ""
    if model.scenario.most_retries:
        retried = f"; {symbol} - (pause + T) mod {symbol} of a retry after a time-out"
    formulas = {
        "mean": f"{symbol}/2{retried}" + (OVER_SEEDS if model.one_phase else ""),
        "std": f"{symbol}/√12 where uniform",
        **{f"p{p}": f"quantile {p / 100:g} of n values; about {p / 100:g} {symbol} where uniform" for p in SHARES},
        "max": f"mean of the largest of n values; {symbol} n/(n + 1) where uniform",
    }
    values = dict.fromkeys(formulas, 0.0)
    if reason is None:
        values = dict(_delays(model))
    found = {}
    for name, formula in formulas.items():
        broken = reasons.get(name, reason)
        high = design.detection_latency_maximum(interval) / (2 if name == "std" else 1) if bounded else None
        low = 0.0 if bounded else None
        found[f"detection_latency.{name}"] = given(values[name], formula, broken, (low, high))
        if name == "std":
            found["detection_total.std"] = found["detection_latency.std"]
            continue
        least, most = (timeout, timeout + interval) if bounded else (None, None)
        if model.scenario.timeouts_vary:
            most = None
        found[f"detection_total.{name}"] = given(timeout + values[name], f"T + {formula}", broken, (least, most))
    return found


def _too_few(model: Model) -> str | None:
    return "fewer than two time-outs are expected" if model.no_shares is None and model.detections < FEW else None


def _delays(model: Model) -> Iterator[tuple[str, float]]:
    delays, count = model.delays, max(1.0, model.detections)
    yield "mean", delays.mean
    yield "std", delays.std
    for percent in SHARES:
        yield f"p{percent}", delays.quantile(percent, count)
    yield "max", delays.maximum(count)


def ticks(model: Model) -> dict[str, Prediction]:
    """The ticks of the loops; empty if they do not run."""
    checker = model.scenario.task_checker
    found = {}
    for metric, enabled, interval in (
        ("manager.ticks", model.scenario.manager.enabled, model.interval),
        ("task_checker.ticks", checker.enabled, checker.check_interval / 1e6),
    ):
        value = model.tick_count(interval) if enabled else 0.0
        found[metric] = Prediction(value, "N x simulated time / I; rounded up where aligned")
    return found


def durations(model: Model) -> dict[str, Prediction]:
    """Migration duration, the total of all attempts, and downtime; of completed migrations."""
    outcomes, scenario = model.outcomes, model.scenario
    reason = model.no_shares or (TOO_SHORT if scenario.drain / 1e6 < model.longest() else None)
    unwilling = None if outcomes.duration.mass else "no target accepts"
    reason = reason or unwilling
    late = model.of_willing("late") > design.NEVER
    if reason is None and late and model.wire_varies:
        reason = "a large state delays both the answer and the rest of the migration"
    if reason is None and late and model.no_phase is not None:
        reason = model.no_phase
    in_time = ", of those accepted in time" if late else ""
    found = {}
    for metric, time, before in (
        ("migration_duration", outcomes.duration, ""),
        ("migration_total", outcomes.total, "failed attempts + pauses + "),
    ):
        broken = reason or (outcomes.uneven if metric == "migration_total" else None)
        variance = time.variance
        heavy = OVER_SEEDS if variance is not None and not math.isfinite(variance) else ""
        spread = None if variance is None or not math.isfinite(variance) else math.sqrt(variance)
        found[f"{metric}.mean"] = given(time.mean, f"{before}sum of the stages' means{in_time}{heavy}", broken)
        found[f"{metric}.std"] = given(spread, f"{before}√ sum of the stages' variances{in_time}", broken)
    lost = "a lost message lengthens the downtime" if scenario.network.loss else None
    mean, spread = _downtime(model)
    found["downtime.mean"] = given(mean, "sum of the stages' means", reason or lost)
    found["downtime.std"] = given(spread, "√ sum of the stages' variances", reason or lost)
    return found


def _downtime(model: Model) -> tuple[float | None, float | None]:
    """Mean and standard deviation, s: over the routes, weighted by the migrations that each completes."""
    first = second = whole = 0.0
    for route, flow in model.outcomes.flows.items():
        if not flow.completed:
            continue
        parts = model.stages.downtime(route)
        mean, variance = design.duration_mean(parts) / 1e6, design.duration_variance(parts) / 1e12
        whole += flow.completed
        first, second = first + flow.completed * mean, second + flow.completed * (variance + mean**2)
    if not whole:
        return None, None
    mean, square = first / whole, second / whole
    return mean, math.sqrt(max(0.0, square - mean * mean)) if math.isfinite(square) else math.inf


def outcomes(model: Model) -> dict[str, Prediction]:
    """Success rate, false positives, and the numbers of migrations and of attempts by outcome."""
    found, reason, drain = model.outcomes, model.no_shares, model.scenario.drain / 1e6
    if reason is None and (model.of_willing("late") > design.NEVER or model.scenario.most_retries):
        reason = model.no_phase
    ends = TOO_SHORT if drain < model.longest() else None
    cut = CUT_OFF if drain < model.detected_within() else None
    share = {name: found.of_migrations(name) for name in ("completed", "rejected", "timed_out")}
    unfinished = max(0.0, chance(1 - math.fsum(share.values())))
    arrivals = model.arrivals_in_window()
    bounds = _success(model, share) if reason is None and ends is not None else (None, None)
    accepted = "P(a target accepts in time)" if not model.scenario.most_retries else "1 - P(all attempts fail)"
    return {
        "success_rate": given(
            design.success_rate(**share), accepted, reason or ends, bounds
        ),
        "completed_share": given(
            share["completed"], f"{accepted}, of all", reason or ends,
            (None, share["completed"] if reason is None else None),
        ),
        "false_positives.rate": given(
            model.of_willing("mistaken"),
            _mistaken(model),
            reason or cut or (None if found.willing else "no target is willing"),
        ),
        **{
            f"migrations.{name}": given(arrivals * value, f"arrivals x P({name})", reason or broken or lost)
            for name, value, broken, lost in (
                ("total", 1.0, None, None),
                ("completed", share["completed"], ends, None),
                ("rejected", share["rejected"], ends, None),
                ("timed_out", share["timed_out"], cut, model.no_phase),
                ("unfinished", unfinished, ends, None),
                ("retried", chance(found.began[1]) if len(found.began) > 1 else 0.0, cut, None),
            )
        },
        **{
            f"attempts.{name}": given(arrivals * found.of_attempts(which), f"arrivals x E[attempts {name}]",
                                      reason or cut or ends)
            for name, which in (("total", "attempts"), ("rejected", "rejected"), ("timed_out", "timed_out"))
        },
    }  # fmt: skip


def _mistaken(model: Model) -> str:
    """The formula of the probability of a mistake."""
    symbol = model.looking.symbol
    if model.looking.timers:
        return "P(reply > T), T up to the next ms, and lost messages"
    return f"(1/{symbol}) ∫ P(reply > T + u) du over (0, {symbol}], and lost messages"


def quality(model: Model) -> dict[str, Prediction]:
    """The detector's quality of service: the section `qos`."""
    found, scenario, symbol = model.outcomes, model.scenario, model.looking.symbol
    late = model.of_willing("late") > design.NEVER or bool(scenario.most_retries)
    reason = model.no_shares or (model.no_phase if late else None)
    reason = reason or (CUT_OFF if scenario.drain / 1e6 < model.detected_within() else None)
    reason = reason or ("no state is tracked" if State.REQUESTING not in model.timeouts else None)
    unwilling = None if found.willing else "no target is willing"
    window = max(0.0, min(model.arriving, model.span) - scenario.warmup / 1e6)
    arrivals, mistaken = model.arrivals_in_window(), found.of_attempts("mistaken")
    mistakes = arrivals * mistaken
    rate = mistakes / window if window else 0.0
    often = None if mistakes >= OFTEN else f"fewer than {OFTEN:g} mistakes are expected"
    beyond = model.detected_within() - model.attempt_detected_within()
    spread = "the mistakes of retries occur after the window" if beyond > BEYOND * window else None
    seeds = OVER_SEEDS if model.one_phase else ""
    silent = None
    if arrivals * found.detection.mass < NONE:
        silent = NO_DETECTION if mistakes < NONE else "no request to a target that cannot accept is expected"
    answered = often or (None if arrivals * found.mistake.mass > NONE else "no late answer is expected")
    uneven = found.uneven or _answers_cut(model)
    return {
        "qos.detection_time.mean": given(
            found.detection.mean,
            f"T + {symbol}/2 at a random phase{seeds}",
            reason or model.no_phase or found.uneven or silent,
        ),
        "qos.query_accuracy": given(1 - model.of_willing("mistaken"), f"1 - {_mistaken(model)}", reason or unwilling),
        "qos.mistakes": given(mistakes, "requests to willing targets x P(mistake)", reason or unwilling),
        "qos.trusted": given(
            arrivals * (found.willing - mistaken), "requests to willing targets x (1 - P(mistake))", reason or unwilling
        ),
        "qos.mistake_rate_per_s": given(rate, "mistakes / window", reason or unwilling),
        "qos.mistake_recurrence.mean": given(
            1 / rate if rate else None, "window / mistakes", reason or unwilling or often or spread
        ),
        "qos.mistake_duration.mean": given(
            found.mistake.mean,
            f"E[reply - T - u | reply > T + u], u uniform on (0, {symbol}]{seeds}",
            reason or unwilling or answered or uneven,
        ),
    }


def _answers_cut(model: Model) -> str | None:
    """The reason why mistakes may not end in the run although no message is lost; None if they do."""
    if model.scenario.most_retries:
        return "a retry may keep the target of an earlier attempt from answering"
    drain = model.scenario.drain
    for route, flow in model.outcomes.flows.items():
        late = flow.late / flow.attempts if flow.attempts else 0.0
        if late > design.NEVER and design.outlasts(model.stages.reply(route, "accept"), drain) > CUT * late:
            return "the drain is too short for every late answer"
    return None


def _success(model: Model, share: dict[str, float]) -> tuple[float | None, float | None]:
    """Bounds of the success rate if some migrations may not end: at most those accepted in time complete."""
    failed = share["rejected"] + share["timed_out"]
    if model.scenario.drain / 1e6 < model.detected_within():
        return None, None  # some failures may not be detected
    high = design.success_rate(share["completed"], share["rejected"], share["timed_out"])
    low = model.completed_within(model.scenario.drain / 1e6)
    return (None if low is None else design.success_rate(low, 0.0, failed)), high

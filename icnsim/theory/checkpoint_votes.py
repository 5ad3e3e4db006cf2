"""Closed forms of the votes on final checkpoints: their outcomes, their number, and their duration.

The outcomes have the probabilities of a decision (`quorum`), because voters are drawn in the same way. Each migration
that a target accepts in time has one vote, if attempts are not retried. If every message and every evaluation takes the
same time, a vote takes two messages and an evaluation, or the whole window with its grace if too few voters answer. The
downtime of an attempt grows by that time.
"""

from icnsim.scenario import Scenario
from icnsim.theory import quorum
from icnsim.theory.model import Model

Figure = tuple[float, str, str | None]
"""The value of a figure, its formula, and the assumption that the scenario breaks, if any."""


def predicted(model: Model) -> dict[str, Figure]:
    """The closed forms by the dotted names of the figures."""
    scenario = model.scenario
    reason = quorum.broken(scenario) or _dependent(scenario)
    shares = quorum.Shares() if reason else quorum.of_scenario(scenario)
    reach, unknown = (0.0, reason) if reason else _reaching(model, shares)
    time, uneven = (0.0, reason) if reason else _time(scenario, shares)
    outcomes = {
        "asked": 1.0,
        "consensus": shares.right + shares.wrong,
        "divergence": shares.divergence,
        "insufficient": shares.insufficient,
        "wrong": shares.wrong,
    }
    voters = "voters drawn without replacement: hypergeometric"
    found: dict[str, Figure] = {
        f"checkpoint_quorum.{name}": (reach * share, f"accepted migrations x P({name}); {voters}", unknown)
        for name, share in outcomes.items()
    }
    return found | {
        "checkpoint_quorum.wrong_rate": (shares.wrong, f"P(a wrong digest wins); {voters}", reason),
        "checkpoint_quorum.decision_time.mean": (
            time, "2 x latency + evaluation; window + grace if insufficient", uneven
        ),
    }  # fmt: skip


def _dependent(scenario: Scenario) -> str | None:
    """The reason why the votes are not a random sample; None if they are."""
    varies = scenario.quorum.executors == "by-credits" and scenario.quorum.credits.constant is None
    if varies and (scenario.quorum.decides or scenario.most_retries):
        return "the number of voters of a migration varies, and its earlier votes decide whether there is another one"
    return None


def _reaching(model: Model, shares: quorum.Shares) -> tuple[float, str | None]:
    """The number of migrations of the window whose final checkpoint is made."""
    scenario = model.scenario
    voting = 1 + scenario.quorum.decides
    reason = model.no_shares or model.unvoted(voting)
    if reason is None and scenario.most_retries:
        reason = "failed attempts are retried, and each attempt has its own vote"
    if reason is None and model.of_willing("late") > 1e-6:
        reason = "some targets accept too late, after a timeout"
    each = model.arrivals / max(1, scenario.actors.count) / max(1, model.executors - 1)
    waits = not scenario.protocol.switches.cancel_late_accepts
    if reason is None and waits and (1 - shares.right) * each > 1e-3:
        reason = "targets wait for refused checkpoints, which blocks later migrations of their actors"
    if reason is not None:
        return 0.0, reason
    accepted = sum(route.share * route.accepts for route in model.routes)
    return model.arrivals_in_window() * accepted * (shares.right if scenario.quorum.decides else 1.0), None


def _time(scenario: Scenario, shares: quorum.Shares) -> tuple[float, str | None]:
    """The mean duration of a vote, s."""
    latency, evaluation = scenario.network.latency.constant, scenario.stages.evaluation.constant
    if latency is None or evaluation is None or not quorum.alike_in_time(scenario):
        return 0.0, "a vote waits for the slowest of the results that it needs"
    limits = scenario.quorum
    answered = 2 * latency + evaluation
    return (answered + shares.insufficient * (limits.window + limits.grace - answered)) / 1e6, None

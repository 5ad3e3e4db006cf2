"""A quorum's decisions: their figures, and the migrations that a decision prevented.

`Recording.decisions` has a row per migration that was put to the vote, in the order of migrations: `migration`,
`actor`, `source`, `executors` (asked), `needed`, `asked` and `decided` (µs), `verdict` (an index into `VERDICTS`),
`right` (1 with a consensus on the right digest), `votes`, `double_votes`, `backers`. A migration without a consensus
has no attempt. It has failed, or it is unfinished while the vote is undecided. It began when it was put to the vote.

`Recording.checkpoint_votes` has a row per final checkpoint that was put to the vote, in the order of the votes: the
same columns with `attempt` in the place of `migration`.
"""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from icnsim.recording import outcome
from icnsim.recording.censoring import describe_open, nothing
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.integers import Column, Integers
from icnsim.recording.uncertainty import Samplings, Unit

VERDICTS: Final = ("unfinished", "consensus", "divergence", "insufficient")
UNDECIDED, CONSENSUS, _, _ = range(len(VERDICTS))

COUNTS: Final = ("decisions", *VERDICTS[1:], "wrong", "double_votes", "unearned")


def began(attempts: outcome.Attempts, decisions: Mapping[str, Column]) -> Column:
    """The time at which the migration of each attempt was put to the vote, µs."""
    return decisions["asked"][np.searchsorted(decisions["migration"], attempts["migration"])]


def not_begun(recording: Recording) -> dict[str, Column]:
    """The decisions on migrations without an attempt."""
    decisions = recording.decisions or {}
    if not decisions:
        return {}
    alone = ~np.isin(decisions["migration"], recording.attempts["migration"])
    return {name: column[alone] for name, column in decisions.items()}


def outcomes(decisions: Mapping[str, Column]) -> Column:
    """The code of the outcome of the migration that each decision prevented."""
    return np.where(decisions["decided"] == NEVER, outcome.UNFINISHED, outcome.FAILED).astype(np.int8)


def within(decisions: Mapping[str, Column], start: int, end: int) -> dict[str, Column]:
    """The decisions on migrations that were put to the vote in [start, end], µs."""
    inside = (decisions["asked"] >= start) & (decisions["asked"] <= end) if decisions else None
    return {name: column[inside] for name, column in decisions.items()}


def merged(migrations: Mapping[str, Column], decisions: Mapping[str, Column]) -> dict[str, Column]:
    """The migrations with attempts, with the migrations that the decisions prevented inserted in order."""
    none = np.zeros_like(decisions["migration"])
    rows = {
        **{name: decisions[name] for name in ("migration", "actor", "source")},
        **dict.fromkeys(("attempt", "duplicate_run", "queued"), none),
        **dict.fromkeys(("target", "downtime"), none + NEVER),
        "began": decisions["asked"],
        "ended": decisions["decided"],
        "outcome": outcomes(decisions),
    }
    together = {name: np.concatenate([column, rows[name]]) for name, column in migrations.items()}
    order = np.argsort(together["migration"], kind="stable")
    return {name: column[order] for name, column in together.items()}


def unearned(decisions: Mapping[str, Column]) -> outcome.Booleans:
    """Whether each decision is a consensus with fewer backers than executors that must agree."""
    found: outcome.Booleans = (decisions["verdict"] == CONSENSUS) & (decisions["backers"] < decisions["needed"])
    return found


def figures(recording: Recording, samplings: Samplings) -> dict[str, Any]:
    """The figures of the decisions on migrations that began in the window; null without a quorum."""
    if recording.decisions is None:
        return {**dict.fromkeys((*COUNTS, "wrong_rate")), "decision_time": nothing()}
    of_window = within(recording.decisions, recording.window_start, recording.window_end)
    return _figures(of_window, recording.horizon, "quorum.decision_time", samplings)


def checkpoint_figures(recording: Recording, inside: outcome.Booleans, samplings: Samplings) -> dict[str, Any]:
    """The figures of the votes on final checkpoints of the attempts `inside` the window; null without such votes."""
    votes = recording.checkpoint_votes
    if votes is None:
        return {"asked": None, **dict.fromkeys((*COUNTS, "wrong_rate")), "decision_time": nothing()}
    counted = inside[votes["attempt"]]
    of_window = {name: column[counted] for name, column in votes.items()}
    found = _figures(of_window, recording.horizon, "checkpoint_quorum.decision_time", samplings)
    return {"asked": len(of_window["asked"]), **found}


def _figures(d: Mapping[str, Column], horizon: int, section: str, samplings: Samplings) -> dict[str, Any]:
    """The figures of these votes."""
    decided = d["decided"] != NEVER
    by_verdict = np.bincount(d["verdict"], minlength=len(VERDICTS)).tolist()
    wrong = int(((d["verdict"] == CONSENSUS) & (d["right"] == 0)).sum())
    decisions = int(decided.sum())
    took: Integers = (d["decided"] - d["asked"])[decided].astype(np.int64)
    sampling = samplings.of(section, {Unit.TIME: d["asked"]}, decided)
    return {
        "decisions": decisions,
        **dict(zip(VERDICTS[1:], by_verdict[1:])),
        "wrong": wrong,
        "double_votes": int(d["double_votes"].sum()),
        "unearned": int(unearned(d).sum()),
        "wrong_rate": wrong / decisions if decisions else None,
        "decision_time": describe_open(took, horizon - d["asked"][~decided], sampling),
    }

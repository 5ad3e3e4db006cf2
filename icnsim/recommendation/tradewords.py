"""Describes a trade-off in words: the design's own point, the points that are better in all figures, and the knee."""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Final

from icnsim.recommendation.constraints import Goal, Measured
from icnsim.recommendation.findings import Findings
from icnsim.recommendation.tradeoff import Traded, TradeOff
from icnsim.recommendation.wording import OF, limit, listed, points, said, settings
from icnsim.sweeps.figures import unit_of

NAMED: Final = 3
"""The number of points that are named in a list of many."""


def traded(found: Findings) -> list[str]:
    """Return the results of a trade-off in words."""
    trade = found.trade_off
    assert trade is not None
    if not trade.front:
        limits = [limit(c) for c in found.goal.constraints]
        what = f"is shown at 95 % confidence to meet {listed(limits)}" if limits else "has all of the figures"
        return [f"None of {points(len(found.verdict.candidates))} {what}."]
    return [*_own(found, trade), *_better(found, trade), *_front(found, trade), *_knee(found, trade)]


def _own(found: Findings, trade: TradeOff) -> list[str]:
    own = trade.own
    if own is None:
        return []
    return [f"Your own settings, {settings(found.keys, own.values)}, have {figures(found.goal, own.objectives)}."]


def figures(goal: Goal, objectives: Sequence[Measured]) -> str:
    """Return the objectives of a point with their intervals."""
    return listed([f"{metric} {_interval(metric, each)}" for metric, each in zip(goal.minimize, objectives)])


def _interval(metric: str, found: Measured) -> str:
    unit = unit_of(metric)
    low, high = said(found.low, unit, ROUND_FLOOR), said(found.high, unit, ROUND_CEILING)
    return f"{low} to {high}{OF[found.kind]}" if found.low == found.low else said(found.estimate, unit)


def _better(found: Findings, trade: TradeOff) -> list[str]:
    if trade.own is None:
        return []
    better = trade.better
    if not better:
        return ["No point is shown to be better than these in one respect and worse in none."]
    words = [part for each in better[:NAMED] for part in _better_one(found, each, trade.own)]
    return [*words, f"{len(better) - NAMED} more are better, too."] if len(better) > NAMED else words


def _better_one(found: Findings, point: Traded, own: Traded) -> list[str]:
    """Return the figures in which a point is better, and the bounds of those in which no pair of runs differs."""
    metrics = list(zip(found.goal.minimize, point.differences, point.objectives, own.objectives))
    less = [metric for metric, each, _, _ in metrics if each.high < 0]
    same = [(metric, each, its, mine) for metric, each, its, mine in metrics if each.same]
    rest = "" if same else " and worse in none"
    parts = [f"At 95 % confidence, {settings(found.keys, point.values)} is better in {listed(less)}{rest}."]
    for metric, each, its, mine in same:
        if its.unseen and mine.unseen:
            unit = unit_of(metric)
            low, high = (said(abs(end), unit, ROUND_CEILING) for end in (each.low, each.high))
            parts.append(
                f"No case of {metric} was seen in {its.trials:,} trials there, so it is at most {high}, nor in "
                f"{mine.trials:,} trials of your own settings, so it is at most {low}."
            )
        else:
            share = said(each.differing, "%", ROUND_CEILING, 2)
            parts.append(f"{metric} was the same in all {point.runs} pairs of runs: at most {share} of them differ.")
    return parts


def _front(found: Findings, trade: TradeOff) -> list[str]:
    count, goal = len(trade.front), found.goal
    parts = [
        f"Of {points(len(found.verdict.candidates))} screened, {points(count)} {'is' if count == 1 else 'are'} on the "
        f"front of {listed(goal.minimize)}: by estimates, none of the others is better in one of them "
        "and as good in the rest."
    ]
    for place, metric in enumerate(goal.minimize):
        best = min(trade.front, key=lambda each: (each.objectives[place].estimate, each.point))
        unseen = [each.objectives[place] for each in trade.front if each.objectives[place].unseen]
        if unseen:
            most = said(max(each.high for each in unseen), unit_of(metric), ROUND_CEILING)
            parts.append(
                f"At {points(len(unseen))} of the front no case of {metric} was seen, in "
                f"{min(each.trials for each in unseen):,} trials or more, so it is at most {most} there."
            )
            continue
        parts.append(
            f"The least {metric}, about {said(best.objectives[place].estimate, unit_of(metric))}, is at "
            f"{settings(found.keys, best.values)}."
        )
    return parts


def _knee(found: Findings, trade: TradeOff) -> list[str]:
    knee = next(each for each in trade.front if each.point == trade.knee)
    parts = [
        f"The knee of the front, which is nearest to the best of every figure, is "
        f"{settings(found.keys, knee.values)}, with {figures(found.goal, knee.objectives)}."
    ]
    if trade.own is not None and trade.own.point != knee.point:
        parts.append(f"Against your own settings it changes {_changes(found.goal, knee)}.")
    return [
        *parts,
        "Which of these figures matters most to you decides; name it by --minimize, with limits of the others.",
    ]


def _changes(goal: Goal, knee: Traded) -> str:
    words = []
    for metric, each in zip(goal.minimize, knee.differences):
        if each.same:
            words.append(f"{metric} by nothing in these runs")
            continue
        unit = unit_of(metric)
        text = said(abs(each.estimate), unit, digits=3)
        text = text.replace(" %", " percentage points") if unit == "%" else text
        words.append(f"{metric} by {'+' if each.estimate > 0 else '−' if each.estimate < 0 else ''}{text}")
    return listed(words)

"""Describes a recommendation in words. It claims only what the runs show.

The order: the evidence about the design's own point, the choice, its comparison with all points, the limits that
bind, and the cost of the change.
"""

import math
from collections.abc import Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR
from typing import Any, Final

from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Goal
from icnsim.recommendation.findings import Findings
from icnsim.recommendation.limitwords import against_limits, bindings, missed
from icnsim.recommendation.selection import Comparison, Difference, Selection, Standing
from icnsim.recommendation.tradewords import traded
from icnsim.recommendation.unmet import unmet
from icnsim.recommendation.wording import OF, bound, limit, listed, points, said, settings
from icnsim.scenario.variation import Range, meaning, measured
from icnsim.sweeps.figures import unit_of

MOST_SAID: Final = 0.999
"""The largest probability that is stated, because normal tails do not justify a larger one."""
NAMED: Final = 3
"""The number of points that are named in a list of many."""


def sentence(found: Findings) -> str:
    """Return the results of a recommendation in words."""
    if found.trade_off is not None:
        parts = traded(found)
    elif found.chosen is None:
        parts = unmet(found)
    else:
        parts = _recommended(found, found.chosen)
    return " ".join([*_scaled(found), *parts, *_failures(found), *_again(found)])


def _recommended(found: Findings, chosen: Try) -> list[str]:
    selection = found.selection
    assert selection is not None
    verdict = found.verdict.after(found.tries)
    return [
        *_own(found, chosen, selection),
        *_choice(found, chosen),
        *_rank(found, selection),
        *_equals(found, selection),
        *_same(found, chosen, selection),
        *_not_confirmed(found),
        *_ends(found.vary, chosen.values),
        *bindings(verdict, found.keys),
        *_costs(found, selection),
    ]


# The design's own point


def _own(found: Findings, chosen: Try, selection: Selection) -> list[str]:
    own = found.own
    if own is None:
        return []
    name = f"Your own settings, {settings(found.keys, own.values)},"
    if own.number == chosen.point:
        return [f"Keep your own settings: none that meets the limits is shown to be better{_by(found, selection)}."]
    if selection.own is None:
        return [f"{name} have runs that failed." if own.failed else f"{name} have no {found.goal.objective}."]
    what = against_limits(found.goal, selection.own.constraints)
    against = _against(found.goal, selection.own, selection.delta)
    return [f"{name} {what}{f', and {against}' if against else ''}."]


def _against(goal: Goal, own: Comparison, delta: float) -> str:
    """Return the comparison of the design's own objective with that of the recommended point."""
    unit, found = unit_of(goal.objective), own.difference
    if found.same:
        return f"their {goal.objective} was that of the choice below in all {own.runs} pairs of runs"
    if math.isnan(found.low):
        return ""
    low, high = abs(found.low), abs(found.high)
    if found.low > 0 or found.high < 0:
        word = "more" if found.low > 0 else "less"
        least, most = sorted((low, high))
        between = f"{said(least, unit, ROUND_FLOOR)} to {said(most, unit, ROUND_CEILING)}"
        return f"have {between} {word} {goal.objective} on average than the choice below"
    if max(low, high) <= delta:
        return f"are as good as the choice below within {said(delta, unit)}"
    return f"their {goal.objective} does not differ significantly from that of the choice below"


# The choice


def _choice(found: Findings, chosen: Try) -> list[str]:
    goal, count = found.goal, len(chosen.replications)
    shown = [
        f"{limit(c)} ({bound(c, m)}{f', of the {m.runs} runs that have it' if m.runs < count else ''})"
        for c, m in zip(goal.constraints, chosen.constraints)
    ]
    unit = unit_of(goal.objective)
    low, high = said(chosen.objective.low, unit, ROUND_FLOOR), said(chosen.objective.high, unit, ROUND_CEILING)
    verb = "meets" if len(found.keys) == 1 else "meet"
    return [
        f"At 95 % confidence, {settings(found.keys, chosen.values)} {verb} {listed(shown)}, by {count} "
        f"fresh replications, and {goal.objective} is between {low} and {high}{OF[chosen.objective.kind]}."
    ]


def _rank(found: Findings, selection: Selection) -> list[str]:
    count = len(found.verdict.candidates)
    parts = [f"{points(count)} {'was' if count == 1 else 'were'} screened."]
    if selection.shown:
        among = "the points that the optimiser evaluated" if found.where.optimised else "them"
        parts.append(f"None of {among} that meets the limits is better{_by(found, selection)}, at 95 % confidence.")
        return [*parts, _probability(selection)]
    opened, same = selection.those(Standing.OPEN), selection.those(Standing.SAME)
    if not opened and not selection.left and selection.ruled_out + len(selection.comparisons) > len(same):
        parts.append(
            f"None of the points that meets the limits and had another {found.goal.objective} in these runs is "
            f"better{_by(found, selection)}, at 95 % confidence."
        )
    if opened:
        best = opened[0]
        gain = said(max(0.0, -best.difference.low), unit_of(found.goal.objective), ROUND_CEILING)
        which = f"for example {settings(found.keys, best.values)}"
        parts.append(
            f"{points(len(opened))} may be better{_by(found, selection)} and {_may(found, opened)}, {which}, by at "
            f"most {gain}."
        )
    if selection.left:
        parts.append(f"{points(selection.left)} more were not compared; a design with fewer points compares all.")
    return [*parts, _probability(selection)]


def _probability(selection: Selection) -> str:
    """Return the estimated probability of a correct selection, rounded down."""
    most = selection.probability > MOST_SAID
    chance = f"more than {100 * MOST_SAID:g}" if most else f"{math.floor(100 * selection.probability)}"
    return f"The estimated probability that the choice is right is {chance} %."


def _may(found: Findings, opened: Sequence[Comparison]) -> str:
    return "meet the limits" if any(each.meets(found.goal) for each in opened) else "are not shown to miss the limits"


def _by(found: Findings, selection: Selection) -> str:
    zone = found.goal.indifference
    if not selection.delta:
        return ""
    delta = said(selection.delta, unit_of(found.goal.objective))
    return f" by more than {f'{zone.written} ({delta})' if zone.relative else delta}"


def _equals(found: Findings, selection: Selection) -> list[str]:
    equals = selection.those(Standing.EQUAL)
    if not equals:
        return []
    named = [settings(found.keys, each.values) for each in equals[:NAMED]]
    more = [f"{len(equals) - NAMED} more"] if len(equals) > NAMED else []
    verb = "is" if len(equals) == 1 else "are"
    return [f"As good within that difference {verb} also {'; '.join([*named, *more])}."]


def _same(found: Findings, chosen: Try, selection: Selection) -> list[str]:
    """Return the points with the same objective in all pairs of runs, and the bounds of a difference."""
    same, metric = selection.those(Standing.SAME), found.goal.objective
    unit = unit_of(metric)
    parts = []
    if chosen.objective.unseen:
        most = said(chosen.objective.high, unit, ROUND_CEILING)
        parts.append(
            f"No case of {metric} was seen in the {chosen.objective.trials:,} trials of the choice, so it is at most "
            f"{most}."
        )
    if not same:
        return parts
    more = [f"{len(same) - NAMED} more"] if len(same) > NAMED else []
    if chosen.objective.unseen:
        words = [
            f"{settings(found.keys, each.values)} (at most {said(each.difference.high, unit, ROUND_CEILING)})"
            for each in same[:NAMED]
        ]
        what = f"None was seen at {'; '.join([*words, *more])} either: these runs do not show which has fewer."
    else:
        words = [settings(found.keys, each.values) for each in same[:NAMED]]
        share = said(max(each.difference.differing for each in same), "%", ROUND_CEILING, 2)
        what = (
            f"{metric} was the same in all {min(each.runs for each in same)} pairs of runs with "
            f"{'; '.join([*words, *more])}: at most {share} of such pairs differ."
        )
    return [*parts, what]


def _not_confirmed(found: Findings) -> list[str]:
    tried = found.tries[:-1]
    if not tried:
        return []
    words = [f"{settings(found.keys, each.values)} {missed(found.goal, each)}" for each in tried]
    more = [f"{len(words) - NAMED} more"] if len(words) > NAMED else []
    return [f"Tried before and not confirmed: {'; '.join([*words[:NAMED], *more])}."]


def _ends(vary: Mapping[str, Any], values: Sequence[Any]) -> list[str]:
    """Return the values that are at an end of their range."""
    ranges = [
        (key, Range.read(levels), value)
        for (key, levels), value in zip(vary.items(), values)
        if isinstance(levels, str)
    ]
    at = [key for key, each, value in ranges if measured(value) in (measured(each.at(0)), measured(each.at(1)))]
    if not at:
        return []
    one = len(at) == 1
    where = "is at an end of its range: a wider one" if one else "are at an end of their ranges: wider ones"
    return [f"{listed(at)} {where} may hold better settings."]


# The cost of the change


def _costs(found: Findings, selection: Selection) -> list[str]:
    """Return the changes of the figures from the design's own point to the choice."""
    own, goal = selection.own, found.goal
    if own is None or found.own is None or found.chosen is None:
        return []
    changes = [
        f"{metric} {_change(each, metric)}"
        for metric, each in zip(goal.metrics, own.costs)
        if not math.isnan(each.estimate)
    ]
    keys = [
        key
        for key, mine, its in zip(found.keys, found.own.values, found.chosen.values)
        if meaning(mine) != meaning(its)
    ]
    return (
        [f"By estimates, changing {listed(keys)} from your own settings changes {listed(changes)}."] if changes else []
    )


def _change(each: Difference, metric: str) -> str:
    value = -each.estimate
    if not value:
        return "by nothing in these runs"
    unit = unit_of(metric)
    text = said(abs(value), unit, digits=3)
    return f"by {'+' if value > 0 else '−'}{text.replace(' %', ' percentage points') if unit == '%' else text}"


# Parts of every answer


def _scaled(found: Findings) -> list[str]:
    factor = found.where.factor
    return (
        [f"Each run is {factor} times as large as the scenario's, so that it measures every figure."]
        if factor > 1
        else []
    )


def _failures(found: Findings) -> list[str]:
    """Return the number of failed runs, and the reason of the first one."""
    judged: list[Candidate | Try] = [*found.verdict.candidates, *found.tries]
    runs = sum(each.runs for each in found.verdict.candidates) + sum(len(each.replications) for each in found.tries)
    failed = sum(each.failed for each in judged)
    reason = next((each.reason for each in judged if each.reason), None)
    return [f"{failed:,} of {runs:,} runs failed, the first: {reason}."] if failed else []


def _again(found: Findings) -> list[str]:
    """Return the reason if fewer points were screened than the optimiser had to evaluate."""
    count, samples = len(found.verdict.candidates), found.samples
    if samples is None or count >= samples:
        return []
    return [f"The optimiser drew {samples:,} points, of which {count:,} differ after rounding."]

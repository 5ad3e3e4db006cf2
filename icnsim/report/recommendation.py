"""The page of a recommendation: the answer, the trade-offs, the points that were compared, its scenario."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from icnsim import typed
from icnsim.numbers import SCALES, figure
from icnsim.plots.swept import Measure
from icnsim.plots.tradeoff import Axes, Limit, trade_off
from icnsim.recommendation.recommend import RECOMMENDED, TRADE_OFF, UNCONFIRMED, Recommendation
from icnsim.report.common import provenance, scenario_section
from icnsim.report.page import Cell, Page, Plot, Section, Table, Text, table
from icnsim.scenario import load
from icnsim.sweeps import overview
from icnsim.sweeps.figures import unit_of

MARKS: Final = {"recommended": "recommended", "knee": "knee", "own": "the scenario's own settings"}
NAMED: Final = 3
"""The largest number of equally good points that the first sentence names."""


def page(found: Recommendation) -> Page:
    """Return the page of a recommendation whose results are in a folder."""
    document, place = found.document, found.folder
    assert place is not None
    search = document["search"]
    least, most = search["replications"]["least"], search["replications"]["most"]
    limits = ", ".join(limit["told"] for limit in document["constraints"]) or "none"
    facts = (
        ("minimise", ", ".join(document["minimize"])),
        ("limits", limits),
        ("points", f"{search['points']:,}"),
        ("replications", f"{least:,}" if least == most else f"{least:,} to {most:,}"),
        ("recommendation", document["recommend_id"]),
        ("icnsim", document["version"]),
    )
    scenario = load(place / "scenario.yaml", allow_large=True)
    sections = (
        Section("answer", "Answer", (*_command(document, place), Text(found.sentence))),
        Section("plots", "Trade-offs", tuple(_plots(found))),
        Section("front", "Points", (_front(found),)),
        scenario_section(scenario),
        provenance(place),
    )
    verdicts = tuple(_verdicts(document))
    return Page(f"{scenario.name}: recommendation", answer(document), facts, verdicts, sections)


def answer(document: Mapping[str, Any]) -> str:
    """Return the decision in a sentence: the choice, the scenario's own settings, the equally good points."""
    if document["outcome"] == RECOMMENDED:
        return _choice(document)
    if document["outcome"] == TRADE_OFF:
        return _knee(document)
    return _none(document)


def _choice(document: Mapping[str, Any]) -> str:
    metric, *_ = document["minimize"]
    objective, unit = document["tries"][-1]["objective"], unit_of(metric)
    words = [f"Choose {document['told']}: {metric} is {_interval(objective, unit)}"]
    own, selection = document["own"], document["selection"]
    compared = {each["point"]: each for each in selection["compared"]}
    if own is not None and own["point"] == document["point"]:
        words.append("these are the scenario's own settings")
    elif own is not None:
        difference = compared.get(own["point"], {}).get("differences", {}).get(metric)
        against = f"have {_interval(difference, unit)} more" if difference else "were ruled out by the screening runs"
        words.append(f"the scenario's own settings, {_settings(own['settings'])}, {against}")
    equal = [_settings(each["settings"]) for point, each in compared.items()
             if point in {*selection["equivalent"], *selection["same"]}]  # fmt: skip
    if not equal:
        words.append("no other point is shown to be equally good")
    else:
        more = f" and {len(equal) - NAMED} more" if len(equal) > NAMED else ""
        words.append(f"equally good: {', or '.join(equal[:NAMED])}{more}")
    return f"{'; '.join(words)}."


def _none(document: Mapping[str, Any]) -> str:
    """Return why no point is recommended: the limits that no point meets alone, each with the closest point."""
    tries = len(document["tries"])
    if document["outcome"] == UNCONFIRMED:
        count = "1 point" if tries == 1 else f"{tries} points"
        return f"No point is recommended: {count} met the limits in the screening runs, but not in fresh runs."
    unmet = [each for each in document["constraints"] if not each["met_alone"]]
    if not unmet:
        return "No point is recommended: no point is shown to meet all limits together."
    words = []
    for each in unmet:
        closest, unit = each["closest"], unit_of(each["metric"])
        near = f"; the closest is {_settings(closest['settings'])}, with {_interval(closest, unit)}" if closest else ""
        words.append(f"no point is shown to meet {each['told']}{near}")
    return f"No point is recommended: {'; '.join(words)}."


def _knee(document: Mapping[str, Any]) -> str:
    found = document["trade_off"]
    knee = next(each for each in found["front"] if each["point"] == found["knee"])
    figures = " and ".join(
        f"{figure(each['estimate'], unit_of(metric))} of {metric}" for metric, each in knee["objectives"].items()
    )
    better = len(found["better"])
    shown = f"{better} of them {'is' if better == 1 else 'are'} shown to be better than the scenario's own settings"
    own = f"; {shown}" if found["own"] else ""
    return (
        f"No point is best in every figure: {len(found['front'])} points are on the front{own}. The knee, "
        f"{document['told']}, has {figures}."
    )


def _verdicts(document: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    yield document["outcome"] in (RECOMMENDED, TRADE_OFF), document["outcome"]
    held = {each["told"]: each["held"] for each in (document["tries"] or [{"constraints": ()}])[-1]["constraints"]}
    yield from ((met, f"{words}, in fresh runs at 95 % confidence") for words, met in held.items())


def _interval(found: Mapping[str, Any], unit: str) -> str:
    middle = figure(found["estimate"], unit)
    if found["low"] is None or found["low"] == found["high"]:
        return middle
    return f"{middle} [{figure(found['low'], unit)}, {figure(found['high'], unit)}]"


def _settings(settings: Mapping[str, Any]) -> str:
    return " and ".join(f"{key}={typed.value(value)}" for key, value in settings.items())


def _command(document: Mapping[str, Any], place: Path) -> Iterator[Text]:
    """Yield the command that runs the recommended settings, or those of the knee."""
    settings = document["settings"]
    if settings is None and document["trade_off"]:
        front = document["trade_off"]["front"]
        settings = next((each["settings"] for each in front if each["point"] == document["knee"]), None)
    if settings is not None:
        arguments = ["icnsim", "run", str(place / "scenario.yaml"), *typed.settings(settings)]
        yield Text("Run these settings:", (typed.command(arguments),))


def _plots(found: Recommendation) -> Iterator[Plot]:
    """Yield the first objective against every other figure of the question."""
    document, frame = found.document, found.screened
    first, *others = _metrics(document)
    keys, units = list(document["search"]["vary"]), found.units
    values = [[_key(value, units[key]) for key, value in zip(keys, row)] for row in frame[keys].itertuples(index=False)]
    labels = tuple(" / ".join(row) for row in values)
    texts = tuple(", ".join(f"{key} {value}" for key, value in zip(keys, row)) for row in values)
    marks = {mark: int(np.flatnonzero(frame[mark])[0]) for mark in MARKS if frame[mark].any()}
    limits = {each["metric"]: _limit(each) for each in document["constraints"]}
    for number, other in enumerate(others):
        axes = Axes(
            _measured(found, other), _measured(found, first), limits.get(other), limits.get(first),
            larger_x=other in limits and not limits[other].at_most and other not in document["minimize"],
        )  # fmt: skip
        yield Plot(f"trade-off-{number}", trade_off(axes, _title(document, first, other), labels, texts, marks))


def _title(document: Mapping[str, Any], first: str, other: str) -> str:
    told = document["told"]
    return f"{first} against {other}" + (f": {told} is the {_word(document)}" if told else ": no point is recommended")


def _word(document: Mapping[str, Any]) -> str:
    return "knee" if document["outcome"] == TRADE_OFF else "best choice"


def _limit(constraint: Mapping[str, Any]) -> Limit:
    scale = SCALES.get(unit_of(constraint["metric"]), 1.0)
    return Limit(constraint["value"] * scale, constraint["relation"] in ("<", "<="), constraint["told"])


def _measured(found: Recommendation, metric: str) -> Measure:
    """Return a figure at every screened point, with its closed form if it has one."""
    unit, screened, forms = unit_of(metric), found.screened, found.aggregate.set_index("point")
    scale, form = SCALES.get(unit, 1.0), f"predicted.{metric}.value.estimate"
    values, low, high = (screened[f"{metric}{end}"].to_numpy(np.float64) * scale for end in ("", ".low", ".high"))
    predicted = forms[form].reindex(screened["point"]).to_numpy(np.float64) * scale if form in forms else None
    return Measure(metric, unit, values, low, high, predicted)


def _key(value: Any, unit: str) -> str:
    return f"{overview.key_value(value)} {unit}".rstrip()


def _front(found: Recommendation) -> Table:
    """Return the Pareto front with the intervals of screening, and what the comparisons show."""
    document = found.document
    keys, metrics, units = list(document["search"]["vary"]), _metrics(document), found.units
    standing = {each["point"]: each["standing"] for each in (document["selection"] or {}).get("compared", ())}
    rows = [
        tuple(_row(row, keys, metrics, standing, document["constraints"])) for row in found.front.to_dict("records")
    ]
    columns = (
        *(f"#{key} ({units[key]})" if units[key] else f"#{key}" for key in keys), *(f"#{metric}" for metric in metrics),
        "meets the limits", "against the recommended point", "mark",
    )  # fmt: skip
    kept = [place for place in range(len(columns)) if any(row[place] != "" for row in rows)]
    return table(
        "The Pareto front", [columns[place] for place in kept], ([row[place] for place in kept] for row in rows),
        "Small: the 95 % interval in the screening runs.",
    )  # fmt: skip


def _metrics(document: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*document["minimize"], *(limit["metric"] for limit in document["constraints"])]))


def _row(
    row: Mapping[Any, Any], keys: Sequence[str], metrics: Sequence[str], standing: Mapping[int, str],
    constraints: Sequence[Mapping[str, Any]],
) -> Iterator[Cell | str]:  # fmt: skip
    for key in keys:
        number = float(row[key]) if isinstance(row[key], int | float) else None
        yield Cell(overview.key_value(row[key]), number, mark=bool(row["recommended"] or row["knee"]))
    for metric in metrics:
        middle, low, high = (float(row[f"{metric}{end}"]) for end in ("", ".low", ".high"))
        unit = unit_of(metric)
        there = not math.isnan(low)
        yield Cell(
            "–" if math.isnan(middle) else figure(middle, unit),
            None if math.isnan(middle) else middle,
            f"[{figure(low, unit)}, {figure(high, unit)}]" if there else "",
        )
    missed = [each["told"] for each in constraints if not row[f"meets {each['as_written']}"]]
    yield f"✗ not {', '.join(missed)}" if missed else "✓" if constraints else ""
    yield standing.get(row["point"], "")
    yield ", ".join(words for mark, words in MARKS.items() if row[mark])

"""The page of a recommendation: the answer, the front, the points that were compared, its scenario."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from icnsim.analysis.overview import figure
from icnsim.recommendation.recommend import RECOMMENDED, TRADE_OFF, Recommendation
from icnsim.report.common import provenance, scenario_section
from icnsim.report.page import Cell, Page, Section, Table, Text, table
from icnsim.scenario import load
from icnsim.sweeps import overview
from icnsim.sweeps.figures import unit_of

MARKS = {"recommended": "recommended", "knee": "knee", "own": "your own settings"}


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
    verdict = (document["outcome"] in (RECOMMENDED, TRADE_OFF), document["outcome"])
    scenario = load(place / "scenario.yaml", allow_large=True)
    sections = (
        Section("answer", "Answer", (Text(found.sentence),)),
        Section("front", "Points", (_front(found),)),
        scenario_section(scenario),
        provenance(place),
    )
    return Page(f"{scenario.name}: recommendation", scenario.description, facts, (verdict,), sections)


def _front(found: Recommendation) -> Table:
    """Return the Pareto front with the intervals of screening, and what the comparisons show."""
    document = found.document
    keys, metrics = list(document["search"]["vary"]), _metrics(document)
    standing = {each["point"]: each["standing"] for each in (document["selection"] or {}).get("compared", ())}
    rows = (_row(row, keys, metrics, standing) for row in found.front.to_dict("records"))
    columns = (*(f"#{key}" for key in keys), *(f"#{metric}" for metric in metrics), "against the recommended point", "")
    return table("The Pareto front", columns, rows, "Small: the 95 % interval in the screening runs.")


def _metrics(document: Mapping[str, Any]) -> list[str]:
    return list(dict.fromkeys([*document["minimize"], *(limit["metric"] for limit in document["constraints"])]))


def _row(
    row: Mapping[Any, Any], keys: list[str], metrics: list[str], standing: Mapping[int, str]
) -> Iterator[Cell | str]:
    for key in keys:
        yield Cell(overview.key_value(row[key]), float(row[key]) if isinstance(row[key], int | float) else None)
    for metric in metrics:
        middle, low, high = (float(row[f"{metric}{end}"]) for end in ("", ".low", ".high"))
        unit = unit_of(metric)
        there = not math.isnan(low)
        yield Cell(
            "–" if math.isnan(middle) else figure(middle, unit),
            None if math.isnan(middle) else middle,
            f"[{figure(low, unit)}, {figure(high, unit)}]" if there else "",
        )
    yield standing.get(row["point"], "")
    yield ", ".join(words for mark, words in MARKS.items() if row[mark])

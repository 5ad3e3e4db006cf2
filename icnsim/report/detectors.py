"""The page of a comparison of failure detectors: the fastest one at equal accuracy, the curves, every table."""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any, Final

from icnsim.errors import ResultsError
from icnsim.numbers import UNKNOWN, figure, interval
from icnsim.report.common import provenance, scenario_section
from icnsim.report.page import Cell, Page, Part, Plot, Section, Table, Text, table
from icnsim.scenario import load
from icnsim.sweeps.detectors.comparison import DetectorComparison
from icnsim.sweeps.detectors.curves import Reach
from icnsim.sweeps.detectors.picture import chart
from icnsim.sweeps.detectors.tables import CHOSEN, REFERENCES, WHY_UNKNOWN, reached

Row = Mapping[Any, Any]
EQUAL: Final = (
    "≤: the fastest measured setting is better than that. ≥: the slowest measured setting is faster than that. Values "
    "between measured points are interpolated on the logarithm of the share of mistakes. Intervals are at 95 %, and "
    f"differences are paired by seed. {WHY_UNKNOWN}."
)


def page(found: DetectorComparison) -> Page:
    """Build the page of a comparison whose results are in a folder."""
    document, place = found.document, found.folder
    assert place is not None
    design = document["design"]
    scenario = load(place / "scenario.yaml", allow_large=True)
    facts = (
        ("the design", f"poll every {design['check_interval_s']:g} s, timeout {design['timeout_s']:g} s"),
        ("detectors", ", ".join(document["detectors"])),
        ("conditions", f"{len(document['conditions'])}"),
        ("replications", f"{document['replications']:,}"),
        ("comparison", document["detectors_id"]),
        ("icnsim", document["version"]),
    )
    sections = (
        *(_section(found, condition) for condition in document["conditions"]),
        scenario_section(scenario),
        provenance(place),
    )
    title = f"{document['scenario']}: failure detectors"
    return Page(title, answer(found), facts, tuple(_verdicts(document)), sections)


def answer(found: DetectorComparison) -> str:
    """Return which detector detects first with as few mistakes as the design's, in a sentence."""
    condition = found.document["conditions"][0]
    name, accuracy = condition["name"], condition["design"]["query_accuracy"]
    rows = [row for row in _rows(found.equal_accuracy, name) if row["at"] == REFERENCES]
    measured = [row for row in rows if Reach(row["reach"]) is not Reach.NOT_REACHED]
    if accuracy is None or not measured:
        return f"Under the condition {name}, no detector was measured at the design's query accuracy."
    best = min(measured, key=lambda row: row["detection_time_s"])
    own = condition["design"]["detection_time_s"]
    time = reached(best, "detection_time_s", "s")
    told = f"At the design's query accuracy of {figure(accuracy, '%')}, {best['kind']} detects first, after {time}"
    return told + ("." if own is None else f"; the design's own poll needs {figure(own, 's')}{_shown_faster(best)}.")


def _shown_faster(row: Row) -> str:
    """Return whether the interval of the difference shows that a detector is faster than the design's poll."""
    low, high = row["difference_s_low"], row["difference_s_high"]
    if math.isnan(low):
        return ", but these replications give no interval of the difference"
    between = interval(low, high, "s")
    if high < 0 or low > 0:
        return f", a difference of {between} at 95 %"
    return f", but the interval of the difference, {between}, includes 0"


def _verdicts(document: Row) -> Iterator[tuple[bool, str]]:
    failed = document["failed"]
    yield not failed, f"{failed:,} runs failed, the first: {document['reason']}" if failed else "every run ended"
    if not document["detections"]:
        yield False, "no request was sent to a dead target; a group with behavior: unresponsive gives a detection time"
    for skipped in document["skipped"]:
        yield False, f"{skipped['name']} does not apply: {skipped['reason']}"


def _section(found: DetectorComparison, condition: Row) -> Section:
    """Return the plot and the tables under one condition."""
    name = condition["name"]
    sets = tuple(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in condition["sets"].items())
    parts: list[Part] = [Text(f"The condition {name}: {condition['meaning']}.", sets)]
    try:
        parts.append(Plot(f"detectors-{name}", chart(found.document, name)))
    except ResultsError as error:
        parts.append(Text(f"There is no plot: {error}."))
    design = condition["design"]
    at_accuracy, at_time = (
        (figure(design["query_accuracy"], "%"), _rows(found.equal_accuracy, name)),
        (figure(design["detection_time_s"], "s"), _rows(found.equal_detection_time, name)),
    )
    parts.append(_equal("Detection time at equal query accuracy", *at_accuracy, "detection_time_s", "s"))
    parts.append(_equal("Query accuracy at equal detection time", *at_time, "query_accuracy", "%"))
    parts.append(_costs(_rows(found.costs, name)))
    parts.append(_points(_rows(found.points, name)))
    return Section(f"condition-{name}", name, tuple(parts))


def _rows(frame: Any, condition: str) -> list[Row]:
    rows: list[Row] = frame[frame["condition"] == condition].to_dict("records") if len(frame) else []
    return rows


def _equal(title: str, own: str, rows: list[Row], name: str, unit: str) -> Table:
    """Return a row for each detector: the value at each of the equal terms, and the difference to the design."""
    ats = list(dict.fromkeys(row["at"] for row in rows))
    difference = "difference_s" if unit == "s" else "difference"
    columns = (
        "detector",
        *(f"#{own}, the design" if at == REFERENCES else f"#{at}" for at in ats),
        "#difference to the design",
    )
    made = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        of_kind = {row["at"]: row for row in rows if row["kind"] == kind}
        cells = [Cell(reached(of_kind[at], name, unit), _key(of_kind[at][name])) for at in ats]
        made.append((kind, *cells, _value(of_kind[REFERENCES], difference, unit, points=unit == "%")))
    return table(title, columns, made, EQUAL)


def _costs(rows: list[Row]) -> Table:
    columns = (
        "detector", f"accuracy of {100 * CHOSEN:g} %", "#detection", "#manager", "#timers", "#timers at once",
        "#memory", "#observations", "#heartbeats", "#messages",
    )  # fmt: skip
    made = [
        (
            row["detector"], "yes" if row["accurate"] else "no", _number(row["detector.cost_s"], "s"),
            _number(row["manager.cost_s"], "s"), *(_number(row[f"detector.{name}"], "") for name in (
                "timers", "timers_peak")), _number(row["detector.memory_bytes"], "B"),
            *(_number(row[name], "") for name in ("detector.samples", "detector.heartbeats", "messages.sent")),
        )
        for row in rows
    ]  # fmt: skip
    note = "Means of the runs. Times are those of the processor; the manager's includes detection by poll."
    return table("Costs of the fastest measured setting that is accurate enough", columns, made, note)


def _points(rows: list[Row]) -> Table:
    columns = ("detector", "#detection time, mean", "#query accuracy", "#mistakes", "#requests to willing targets")
    made = [
        (
            row["detector"], _value(row, "detection_time_s", "s"), _value(row, "query_accuracy", "%"),
            int(row["mistakes"]), int(row["trials"]),
        )
        for row in rows
    ]  # fmt: skip
    return table("Every setting", columns, made, f"Intervals are at 95 %. {WHY_UNKNOWN}.")


def _value(row: Row, name: str, unit: str, *, points: bool = False) -> Cell:
    """A value with its interval; differences of shares are in percentage points."""
    value, low, high = row[name], row[f"{name}_low"], row[f"{name}_high"]
    if math.isnan(value):
        return Cell("–")
    note = interval(low, high, unit) if not math.isnan(low) else UNKNOWN if value else ""
    texts = (figure(value, unit), note)
    shown, note = (text.replace(" %", " pp") for text in texts) if points else texts
    return Cell(shown, float(value), note)


def _number(value: float, unit: str) -> Cell:
    if math.isnan(value):
        return Cell("–")
    return Cell(figure(value, unit) if unit else f"{value:,.0f}", float(value))


def _key(value: float) -> float | None:
    return None if math.isnan(value) else float(value)

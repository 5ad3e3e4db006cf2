"""Writes the files of a recommendation: tables, the front as CSV and as a plot, and all results as JSON."""

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icnsim.analysis import paretoplot
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Constraint, Goal, Measured
from icnsim.recommendation.findings import Findings
from icnsim.recommendation.selection import Difference, Selection, Standing
from icnsim.recommendation.tradeoff import Traded, TradeOff
from icnsim.recommendation.verdict import Standing as LimitStanding
from icnsim.recommendation.verdict import Verdict
from icnsim.recommendation.wording import limit
from icnsim.recording import folder, writing
from icnsim.sweeps import tables
from icnsim.sweeps.designs import Point
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.tables import keys_of

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""The first characters of a text that a spreadsheet interprets as a formula."""


def write(draft: Path, found: Findings, document: Mapping[str, Any], summary: Mapping[str, Any]) -> None:
    """Write every file of a recommendation. The same findings give the same bytes."""
    plan = found.screening.plan
    writing.write_scenario(draft, plan.scenario)
    tables.write(draft, plan, found.screening.runs())
    rows = screened(plan, found.verdict, document["point"], document["knee"])
    pq.write_table(rows, draft / "screened.parquet")
    (draft / "pareto.csv").write_bytes(csv_of(front_of(rows, found.goal.objective)))
    (draft / "pareto.svg").write_bytes(paretoplot.svg(picture(rows, document)))
    (draft / "recommendation.json").write_text(folder.dumps(document), "utf-8")
    (draft / "summary.json").write_text(folder.dumps(summary), "utf-8")


def screened(plan: Plan, verdict: Verdict, recommended: int | None, knee: int | None) -> pa.Table:
    """Return a row for each point: its keys, every figure of the question with its interval, and the limits it meets.

    Its columns: point, the keys, `<figure>`, `<figure>.low`, `<figure>.high`, `meets <limit>`, failed, feasible,
    front, own (the scenario's own values), knee (of a trade-off), recommended.
    """
    goal, candidates = verdict.goal, verdict.candidates
    fields = [pa.field("point", pa.int64())]
    columns: list[list[Any]] = [[candidate.number for candidate in candidates]]
    for place, key in enumerate(keys_of(plan)):
        fields.append(key.field)
        columns.append([key.value(candidate.values[place]) for candidate in candidates])
    for metric in goal.metrics:
        for part, end in enumerate(("", ".low", ".high")):
            fields.append(pa.field(f"{metric}{end}", pa.float64()))
            columns.append([_figure(goal, candidate, metric)[part] for candidate in candidates])
    for place, constraint in enumerate(goal.constraints):
        fields.append(pa.field(f"meets {constraint}", pa.bool_()))
        columns.append([constraint.met(candidate.constraints[place]) for candidate in candidates])
    rest: dict[str, list[Any]] = {
        "failed": [candidate.failed for candidate in candidates],
        "feasible": [candidate.feasible(goal) for candidate in candidates],
        "front": verdict.front,
        "own": [candidate.number == verdict.own for candidate in candidates],
        "knee": [candidate.number == knee for candidate in candidates],
        "recommended": [candidate.number == recommended for candidate in candidates],
    }
    fields += [pa.field(name, pa.int64() if name == "failed" else pa.bool_()) for name in rest]
    columns += rest.values()
    arrays = [pa.array(column, field.type, from_pandas=True) for column, field in zip(columns, fields)]
    return pa.table(arrays, schema=pa.schema(fields))


def _figure(goal: Goal, candidate: Candidate, metric: str) -> Measured:
    if metric in goal.minimize:
        return candidate.objectives[goal.minimize.index(metric)]
    return candidate.constraints[[constraint.metric for constraint in goal.constraints].index(metric)]


def front_of(found: pa.Table, minimize: str) -> pa.Table:
    """Return the rows on the front, the design's own and the recommended one, by the objective."""
    chosen = found.filter(pa.compute.or_(pa.compute.or_(found["front"], found["own"]), found["recommended"]))
    return chosen.sort_by([(minimize, "ascending"), ("point", "ascending")])


def csv_of(found: pa.Table) -> bytes:
    """Return a table as CSV. A spreadsheet does not interpret any of its texts as a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_plain(name) for name in found.column_names])
    writer.writerows([_plain(value) for value in row.values()] for row in found.to_pylist())
    return text.getvalue().encode()


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def picture(found: pa.Table, document: Mapping[str, Any]) -> paretoplot.Picture:
    """Return the picture of the screened points: the first objective against every other figure of the question."""
    first, *others = document["minimize"]

    def figures(metric: str) -> paretoplot.Figures:
        each = (found[f"{metric}{end}"].to_numpy() for end in ("", ".low", ".high"))
        return paretoplot.Figures(metric, unit_of(metric), *each)

    panels = [paretoplot.Panel(figures(metric), None, from_above=True) for metric in others]
    panels += [
        paretoplot.Panel(figures(c["metric"]), c["value"], from_above=c["relation"] in ("<", "<="))
        for c in document["constraints"]
    ]
    return paretoplot.Picture(
        f"{document['scenario']}: {first} against the other figures, {found.num_rows:,} points",
        figures(first),
        panels,
        found["feasible"].to_numpy(),
        found["front"].to_numpy(),
        [each["point"] for each in document["tries"] if not each["confirmed"]],
        {name: _only(found, name) for name in ("recommended", "knee", "own")},
        document["told"] or "",
    )


def _only(found: pa.Table, column: str) -> int | None:
    rows = np.flatnonzero(found[column].to_numpy())
    return int(rows[0]) if len(rows) else None


def constraint_of(keys: tuple[str, ...], constraint: Constraint, standing: LimitStanding, place: int) -> dict[str, Any]:
    """Return a limit in the form of recommendation.json."""
    closest = standing.closest
    return {
        "metric": constraint.metric,
        "as_written": str(constraint),
        "relation": constraint.relation,
        "value": constraint.value,
        "told": limit(constraint),
        "met_alone": standing.met,
        "binds": standing.binds,
        "others_met": standing.others_met,
        "closest": closest and {**_point(keys, closest.number, closest.values), **numbers(closest.constraints[place])},
        "without": standing.without and {
            **_point(keys, standing.without.number, standing.without.values), **numbers(standing.without.objective)
        },
    }  # fmt: skip


def try_of(plan: Plan, goal: Goal, each: Try) -> dict[str, Any]:
    """Return a try in the form of recommendation.json."""
    return {
        **_point(plan.keys, each.point, each.values),
        "replications": [each.replications.start, each.replications.stop - 1],
        "seeds": [plan.seed(replication) for replication in each.replications],
        "error": each.error,
        "failed": each.failed,
        "reason": each.reason,
        "objective": numbers(each.objective),
        "constraints": [
            {"told": limit(constraint), **numbers(found), "held": held}
            for constraint, found, held in zip(goal.constraints, each.constraints, each.held)
        ],
        "confirmed": each.confirmed,
        "figures": each.figures,
    }


def _point(keys: tuple[str, ...], number: int, values: Point) -> dict[str, Any]:
    return {"point": number, "settings": dict(zip(keys, values))}


def selection_of(plan: Plan, goal: Goal, found: Selection) -> dict[str, Any]:
    """Return the comparison with all other points in the form of recommendation.json."""
    return {
        "indifference": found.delta,
        "shown": found.shown,
        "probability": found.probability,
        "ruled_out_by_screening": found.ruled_out,
        "not_compared": found.left,
        "equivalent": [each.point for each in found.those(Standing.EQUAL)],
        "same": [each.point for each in found.those(Standing.SAME)],
        "compared": [
            {
                **_point(plan.keys, each.point, each.values),
                "standing": each.standing.value,
                "runs": each.runs,
                "differences": {m: numbers(cost) for m, cost in zip(goal.metrics, each.costs)},
                "constraints": [{"told": limit(c), **numbers(m)} for c, m in zip(goal.constraints, each.constraints)],
            }
            for each in found.comparisons
        ],
    }


def trade_off_of(plan: Plan, goal: Goal, found: TradeOff) -> dict[str, Any]:
    """Return the trade-off in the form of recommendation.json."""

    def of(each: Traded) -> dict[str, Any]:
        return {
            **_point(plan.keys, each.point, each.values),
            "runs": each.runs,
            "better": each.better,
            "objectives": {metric: numbers(m) for metric, m in zip(goal.minimize, each.objectives)},
            "differences": {metric: numbers(m) for metric, m in zip(goal.minimize, each.differences)},
        }

    return {
        "front": [of(each) for each in found.front],
        "own": found.own and of(found.own),
        "knee": found.knee,
        "better": [each.point for each in found.better],
    }


def numbers(found: Measured | Difference) -> dict[str, Any]:
    """Return a figure with its bounds; null if it does not exist."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value for name, value in _named(found).items()
    }


def _named(found: Measured | Difference) -> dict[str, Any]:
    return found._asdict() if isinstance(found, Measured) else asdict(found)

"""What a recommendation leaves in its folder: tables, the front as CSV and as a plot, everything as JSON."""

import csv
import io
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from icnsim.analysis import paretoplot
from icnsim.recommendation.candidate import Candidate
from icnsim.recommendation.confirmation import Try
from icnsim.recommendation.constraints import Constraint, Goal, Measured
from icnsim.recommendation.screening import Screening
from icnsim.recommendation.verdict import Standing, Verdict
from icnsim.recommendation.wording import limit
from icnsim.recording import folder, writing
from icnsim.sweeps import tables
from icnsim.sweeps.designs import Point
from icnsim.sweeps.figures import unit_of
from icnsim.sweeps.plan import Plan
from icnsim.sweeps.tables import keys_of

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes a text for a formula by."""


def write(
    draft: Path, screening: Screening, verdict: Verdict, document: Mapping[str, Any], summary: Mapping[str, Any]
) -> None:
    """Write every file of a recommendation; the same one gives the same bytes."""
    plan = screening.plan
    writing.write_scenario(draft, plan.scenario)
    tables.write(draft, plan, screening.runs())
    found = screened(plan, verdict, document["point"])
    pq.write_table(found, draft / "screened.parquet")
    (draft / "pareto.csv").write_bytes(csv_of(front_of(found, verdict.goal.minimize)))
    (draft / "pareto.svg").write_bytes(paretoplot.svg(picture(found, document)))
    (draft / "recommendation.json").write_text(folder.dumps(document), "utf-8")
    (draft / "summary.json").write_text(folder.dumps(summary), "utf-8")


def screened(plan: Plan, verdict: Verdict, recommended: int | None) -> pa.Table:
    """A row a point: its keys, every figure that was asked for with its interval, and whether it meets what.

    Its columns: point, the keys, `<figure>`, `<figure>.low`, `<figure>.high`,
    `meets <constraint>`, failed, feasible, front, recommended.
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
        "recommended": [candidate.number == recommended for candidate in candidates],
    }
    fields += [pa.field(name, pa.int64() if name == "failed" else pa.bool_()) for name in rest]
    columns += rest.values()
    arrays = [pa.array(column, field.type, from_pandas=True) for column, field in zip(columns, fields)]
    return pa.table(arrays, schema=pa.schema(fields))


def _figure(goal: Goal, candidate: Candidate, metric: str) -> Measured:
    places = [constraint.metric for constraint in goal.constraints]
    return candidate.objective if metric == goal.minimize else candidate.constraints[places.index(metric)]


def front_of(found: pa.Table, minimize: str) -> pa.Table:
    """The rows on the front and the recommended one, which another may dominate, by the objective."""
    chosen = found.filter(pa.compute.or_(found["front"], found["recommended"]))
    return chosen.sort_by([(minimize, "ascending"), ("point", "ascending")])


def csv_of(found: pa.Table) -> bytes:
    """A table as CSV; no text in it is taken for a formula."""
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
    """What is drawn of the screened points."""

    def figures(metric: str) -> paretoplot.Figures:
        each = (found[f"{metric}{end}"].to_numpy() for end in ("", ".low", ".high"))
        return paretoplot.Figures(metric, unit_of(metric), *each)

    limits = [
        paretoplot.Limit(figures(c["metric"]), c["value"], c["relation"] in ("<", "<="))
        for c in document["constraints"]
    ]
    recommended = np.flatnonzero(found["recommended"].to_numpy())
    return paretoplot.Picture(
        f"{document['scenario']}: {document['minimize']} against what is limited, {found.num_rows:,} points",
        figures(document["minimize"]),
        limits,
        found["feasible"].to_numpy(),
        found["front"].to_numpy(),
        [each["point"] for each in document["tries"] if not each["confirmed"]],
        int(recommended[0]) if len(recommended) else None,
        document["told"] or "",
    )


def constraint_of(keys: tuple[str, ...], constraint: Constraint, standing: Standing, place: int) -> dict[str, Any]:
    """A constraint as recommendation.json has it."""
    closest = standing.closest
    return {
        "metric": constraint.metric,
        "as_written": str(constraint),
        "relation": constraint.relation,
        "value": constraint.value,
        "told": limit(constraint),
        "met_alone": standing.met,
        "binds": standing.binds,
        "closest": closest and {**_point(keys, closest.number, closest.values), **numbers(closest.constraints[place])},
        "without": standing.without and {
            **_point(keys, standing.without.number, standing.without.values), **numbers(standing.without.objective)
        },
    }  # fmt: skip


def try_of(plan: Plan, goal: Goal, each: Try) -> dict[str, Any]:
    """A try as recommendation.json has it."""
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


def numbers(found: Measured) -> dict[str, Any]:
    """A figure with its bounds, null where there is none."""
    return {
        name: None if isinstance(value, float) and math.isnan(value) else value
        for name, value in found._asdict().items()
    }

"""The page of a run: figures beside predictions and claims, plots, tables, violations."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from icnsim.analysis import warnings
from icnsim.analysis.overview import overview
from icnsim.experiment import Run
from icnsim.plots.catalogue import SIMULATED_AGAIN, of_run
from icnsim.recording.expectations import flatten
from icnsim.recording.violations import Violation, described
from icnsim.report.common import plots, provenance, scenario_section
from icnsim.report.page import Cell, Page, Picture, Section, Table, Text, table
from icnsim.report.timeline import timeline
from icnsim.trace.diagram import of_violation
from icnsim.trace.svg import svg

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS: Final = 200
MOST_DIAGRAMS: Final = 12
LONGEST: Final = 50


def page(run: Run) -> Page:
    """Everything that a reader asks of a run; aggregated, so that a million migrations make no larger page."""
    summary = run.summary
    submitted = summary["tasks"]["submitted"]
    tables = [*(_tables(run) if run.scenario.migrates else ()), *(() if submitted is None else _of_tasks(run))]
    facts = (
        *([("migrations", f"{summary['migrations']['total']:,}")] if run.scenario.migrates else []),
        *([] if submitted is None else [("tasks", f"{submitted:,}")]),
        ("virtual time", f"{summary['simulated_s']:,.0f} s"),
        ("events", f"{summary['events']:,}"),
        ("seed", str(summary["seed"])),
        ("run", summary["run_id"]),
        ("icnsim", summary["version"]),
    )
    kinds = ((kind, partial(make, run)) for kind, make in of_run(run).items() if kind not in SIMULATED_AGAIN)
    over_time = timeline(run)
    sections = [
        _figures(summary),
        Section("timeline", "Timeline", () if over_time is None else (over_time,)),
        Section("plots", "Plots", plots(kinds)),
        Section("tables", "Tables", tuple(tables)),
        *_violations(run),
        scenario_section(run.scenario),
    ]
    if run.folder is not None:
        sections.append(provenance(run.folder))
    return Page(run.scenario.name, run.scenario.description, facts, tuple(_verdicts(run)), tuple(sections))


def _verdicts(run: Run) -> Iterator[tuple[bool, str]]:
    summary = run.summary
    for warning in warnings.of_run(summary, run.scenario):
        yield False, warning
    expected = summary["expectations"]
    failed = [each for each in expected if not each["held"]]
    if expected:
        yield not failed, f"{len(expected) - len(failed)} of {len(expected)} expectations of the scenario hold"
    counts = {name: count for name, count in summary["invariants"].items() if count is not None}
    broken = [f"{name} {count:,} times" for name, count in counts.items() if count]
    if broken:
        yield False, f"violated: {', '.join(broken)}"
    else:
        yield True, f"no violation of {', '.join(counts)}"


def _figures(summary: Mapping[str, Any]) -> Section:
    shown = overview(summary)
    reasons = dict.fromkeys(row.reason for row in shown if row.reason)
    alone = len(reasons) == 1  # told once, under the table
    rows = (
        (
            row.title.strip(),
            row.simulated,
            Cell(row.half_width or "–", note=row.no_interval and f"no interval: {row.no_interval}"),
            Cell(row.predicted or "–", note="" if alone else row.reason),
            row.claim or "–",
        )
        for row in shown
    )
    beside = table(
        "What was simulated, beside what closed forms predict and what the design document claims",
        ("figure", "#simulated", "#± 95 %", "#predicted", "the design says"),
        rows,
        f"No predictions: {next(iter(reasons))}." if alone else "",
    )
    expected = table(
        "Expectations of the scenario",
        ("figure", "expected", "#found", "held"),
        (
            (
                each["metric"],
                each["expected"],
                each["found"],
                Cell("yes" if each["held"] else "no", mark=not each["held"]),
            )
            for each in summary["expectations"]
        ),
    )
    known = [
        (name, Cell("–") if value is None else value)
        for name, value in flatten(summary)
        if not name.startswith(("predicted.", "expectations"))
    ]
    every = table("Every figure of summary.json", ("figure", "#value"), known, "Times are seconds, sizes bytes.")
    return Section("figures", "Figures", (beside, *([expected] if summary["expectations"] else []), every))


def _tables(run: Run) -> Iterator[Table]:
    attempts = run.some(
        "attempts",
        ["migration_id", "attempt", "source", "target", "outcome", "reason", "requested_at_s", "detection_total_s",
         "duration_s", "false_positive"],
    )  # fmt: skip
    groups = attempts["target"].map(lambda name: name.rpartition("-")[0])  # once for each executor
    yield _by(attempts.assign(group=groups), "group", "By group of the executor that was asked")
    yield _by(attempts, "target", "By executor that was asked")
    failed = attempts[attempts["reason"].notna()]
    reasons = failed.groupby(["outcome", "reason"], observed=True).size().sort_values(ascending=False)
    yield table(
        "Why attempts failed",
        ("outcome", "reason", "#attempts"),
        ((*key, int(count)) for key, count in reasons.items()),
    )
    yield _longest(attempts, "detection_total_s", "The longest detections")
    yield _longest(attempts, "duration_s", "The longest migrations")
    recoveries = run.recoveries
    if len(recoveries):
        yield _frame(recoveries, "Actors and tasks whose executor crashed")
    actors = run.actors.sort_values(["downtime_s", "duplicate_run_s"], ascending=False)
    yield _frame(actors, "Actors, those that ran nowhere for longest first")


def _of_tasks(run: Run) -> Iterator[Table]:
    """The tables of submitted tasks."""
    tasks = run.tasks
    yield _by(tasks, "mode", "By mode", "tasks")
    yield _by(tasks, "gateway", "By gateway", "tasks")
    fields = run.summary["unknown_fields"].items()
    if fields:
        yield table("Fields of bodies that nothing reads", ("field", "#bodies"), fields)
    longest = (tasks["ended_at_s"] - tasks["submitted_at_s"]).nlargest(LONGEST).index
    yield _frame(tasks.loc[longest], "The tasks that took longest")
    executions = run.executions
    refused = executions[executions["refused"] > 0].nlargest(LONGEST, "refused")
    if len(refused):
        yield _frame(refused, "Runs whose checkpoints were refused")
    if len(run.recoveries) and not run.scenario.migrates:
        yield _frame(run.recoveries, "Tasks whose executor crashed")


def _by(attempts: "pd.DataFrame", key: str, title: str, what: str = "attempts") -> Table:
    """Attempts, or tasks, by outcome, for each value of a column."""
    import pandas as pd

    counted = pd.crosstab(attempts[key], attempts["outcome"])
    counted[what] = counted.sum(axis=1)
    counted = counted.sort_values(what, ascending=False)
    outcomes = [name for name in counted.columns if name != what]
    rows = (
        (
            name,
            int(row[what]),
            *(int(row[each]) for each in outcomes),
            float(row.get("completed", 0)) / row[what],
        )
        for name, row in counted.head(MOST_ROWS).iterrows()
    )
    columns = (key, f"#{what}", *(f"#{name.replace('_', ' ')}" for name in outcomes), "#completed, share")
    left = len(counted) - MOST_ROWS
    return table(title, columns, rows, f"and {left:,} more" if left > 0 else "")


def _longest(attempts: "pd.DataFrame", column: str, title: str) -> Table:
    longest = attempts.nlargest(LONGEST, column)
    shown = ["migration_id", "attempt", "source", "target", "outcome", "requested_at_s", column]
    return _frame(longest[shown], title)


def _frame(frame: "pd.DataFrame", title: str) -> Table:
    """The first rows of a frame."""
    numbers = {name: frame[name].dtype.kind in "if" for name in frame.columns}
    columns = tuple(f"#{name}" if numbers[name] else name for name in frame.columns)
    rows = frame.head(MOST_ROWS).astype("object").itertuples(index=False)
    left = len(frame) - MOST_ROWS
    return table(title, columns, rows, f"and {left:,} rows more" if left > 0 else "")


def _violations(run: Run) -> Iterator[Section]:
    """Those that there are, and a diagram of the first of each kind."""
    if not any(run.summary["invariants"].values()):
        return
    recording = run.replayed()
    found = recording.observed.violations
    names, actors = run.scenario.executor_names, run.scenario.actor_names
    rows = (
        (
            each.invariant,
            each.at / 1e6,
            actors[each.actor],
            names[each.executor] if each.executor >= 0 else None,
            " ".join(map(str, each.hazards)),
            each.evidence,
        )
        for each in found[:MOST_ROWS]
    )
    columns = ("invariant", "#at (s)", "actor", "executor", "hazards", "evidence")
    left = sum(count or 0 for count in run.summary["invariants"].values()) - min(len(found), MOST_ROWS)
    listed = table("Violations", columns, rows, f"and {left:,} more" if left else "")
    pictures = [_picture(each, names) for each in _first_of_each(found)]
    words = "The first of each kind, with its actor's way to it. Hazards are numbered as in docs/hazards.md."
    yield Section("violations", "Violations", (listed, Text(words), *pictures))


def _first_of_each(found: tuple[Violation, ...]) -> list[Violation]:
    kinds: dict[tuple[str, tuple[int, ...]], Violation] = {}
    for each in found:
        kinds.setdefault((each.invariant, each.hazards), each)
    return list(kinds.values())[:MOST_DIAGRAMS]


def _picture(violation: Violation, names: tuple[str, ...]) -> Picture:
    hazards = f", hazards {', '.join(map(str, violation.hazards))}" if violation.hazards else ""
    title = f"{violation.invariant} at {violation.at / 1e6:g} s{hazards}: {violation.evidence}"
    lines = tuple(described(moment, names) for moment in violation.trail)
    return Picture(title, lines, svg(of_violation(violation, names)))

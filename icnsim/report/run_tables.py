"""The tables of a run's page: attempts by target and by outcome, the slowest attempts, actors, tasks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from icnsim.experiment import Run
from icnsim.report.page import Table, dense, table

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS: Final = 200
LONGEST: Final = 50
PRINTED: Final = 10
"""The most rows of a table that are printed."""
UNITS: Final = {"s": "s", "bytes": "B", "share": "share"}
"""The last words of columns' names that are units."""


def of_migrations(run: Run) -> Iterator[Table]:
    """The tables of attempts, of crashes and of actors."""
    attempts = run.some(
        "attempts",
        ["migration_id", "attempt", "source", "target", "outcome", "reason", "requested_at_s", "detection_total_s",
         "duration_s", "false_positive"],
    )  # fmt: skip
    groups = attempts["target"].map(lambda name: name.rpartition("-")[0])  # once for each executor
    yield _by(attempts.assign(group=groups), "group", "Attempts by the group of the target")
    yield _by(attempts, "target", "Attempts by target")
    failed = attempts[attempts["reason"].notna()]
    reasons = failed.groupby(["outcome", "reason"], observed=True).size().sort_values(ascending=False)
    if len(reasons):
        yield table(
            "Reasons for which attempts failed",
            ("outcome", "reason", "#attempts"),
            ((*key, int(count)) for key, count in reasons.items()),
            printed=PRINTED,
        )
    yield from _longest(attempts, "detection_total_s", "The longest detections")
    yield from _longest(attempts, "duration_s", "The longest migrations")
    recoveries = run.recoveries
    if len(recoveries):
        yield _frame(recoveries, "Actors and tasks whose executor crashed")
    actors = run.actors.sort_values(["downtime_s", "duplicate_run_s"], ascending=False)
    yield _frame(actors, "Actors with the longest downtime")


def of_tasks(run: Run) -> Iterator[Table]:
    """The tables of submitted tasks."""
    tasks = run.tasks
    yield _by(tasks, "mode", "Tasks by mode", "tasks")
    yield _by(tasks, "gateway", "Tasks by gateway", "tasks")
    fields = run.summary["unknown_fields"].items()
    if fields:
        yield table("Fields of bodies that nothing reads", ("field", "#bodies"), fields)
    longest = (tasks["ended_at_s"] - tasks["submitted_at_s"]).nlargest(LONGEST).index
    yield _frame(tasks.loc[longest], "The longest tasks")
    executions = run.executions
    refused = executions[executions["refused"] > 0].nlargest(LONGEST, "refused")
    if len(refused):
        yield _frame(refused, "Runs whose checkpoints were refused")
    if len(run.recoveries) and not run.scenario.migrates:
        yield _frame(run.recoveries, "Tasks whose executor crashed")


def _by(attempts: "pd.DataFrame", key: str, title: str, what: str = "attempts") -> Table:
    """Return the attempts, or tasks, by outcome, for each value of a column."""
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
            100 * float(row.get("completed", 0)) / row[what],
        )
        for name, row in counted.head(MOST_ROWS).iterrows()
    )
    columns = (key, f"#{what}", *(f"#{name.replace('_', ' ')}" for name in outcomes), "#completed (%)")
    return table(title, columns, rows, _left(len(counted), f"{key}s"), PRINTED)


def _longest(attempts: "pd.DataFrame", column: str, title: str) -> Iterator[Table]:
    longest = attempts[attempts[column].notna()].nlargest(LONGEST, column)
    shown = ["migration_id", "attempt", "source", "target", "outcome", "requested_at_s", column]
    if len(longest):
        yield _frame(longest[shown], title)


def _frame(frame: "pd.DataFrame", title: str) -> Table:
    """Return the first rows of a frame, without the columns that have no value."""
    numbers = {name: frame[name].dtype.kind in "if" for name in frame.columns}
    columns = tuple(f"{'#' if numbers[name] else ''}{heading(name)}" for name in frame.columns)
    rows = frame.head(MOST_ROWS).astype("object").itertuples(index=False)
    return dense(table(title, columns, rows, _left(len(frame), "rows"), PRINTED))


def heading(name: str) -> str:
    """A column's name as a heading with its unit, as in ``requested at (s)``."""
    words, _, unit = name.rpartition("_")
    if words and unit in UNITS:
        return f"{words.replace('_', ' ')} ({UNITS[unit]})"
    return name.replace("_", " ")


def _left(count: int, what: str) -> str:
    left = count - MOST_ROWS
    return f"The first {MOST_ROWS} of {count:,} {what}; the tables of the result have all." if left > 0 else ""

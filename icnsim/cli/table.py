"""The table of one run: simulated, predicted and claimed figures."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from icnsim import typed
from icnsim.analysis import invariants, warnings
from icnsim.analysis.overview import Row, headings, overview, without_intervals
from icnsim.cli.fitting import print_table
from icnsim.cli.terminal import Terminal
from icnsim.errors import printable
from icnsim.experiment import Run
from icnsim.numbers import checked, expected, whole
from icnsim.scenario import Scenario
from icnsim.scenario.detectorlabels import label
from icnsim.scenario.manager import Manager
from icnsim.scenario.resolved import plain
from icnsim.scenario.units import format_duration
from icnsim.sweeps.figures import unit_of


def show(run: Run, path: Path) -> None:
    """Prints the table of a run and the folder of its results."""
    print_run(Terminal(), run, path)
    if run.folder is not None:
        before = "the stored run was used (see --force); " if run.reused else ""
        click.echo(printable(f"{before}results in {run.folder}"))
        next_commands(run.folder, plot=True)


def next_commands(place: Path, *, plot: bool) -> None:
    """Prints the commands that show a new result, on stderr and only if it is a terminal."""
    if sys.stderr.isatty():
        commands = [typed.command(["icnsim", "report", str(place)])]
        commands += [typed.command(["icnsim", "plot", str(place)])] if plot else []
        click.echo("next: " + "\n      ".join(commands), err=True)


def print_run(console: Console, run: Run, path: Path) -> None:
    """Prints the table of one run and its expectations."""
    summary = run.summary
    rows = overview(summary)
    console.print(Text(printable(_parameters(run.scenario))), soft_wrap=True)
    print_table(console, _figures(rows, headings(run.live), _as_designed(run.scenario)))
    for sentence in (*warnings.of_run(summary, run.scenario), *without_intervals(rows)):
        console.print(Text(sentence), soft_wrap=True)
    reasons = {p["reason"] for p in summary["predicted"].values() if "reason" in p}
    for reason in sorted(reasons):
        console.print(Text(f"figures without a prediction: {reason}"), soft_wrap=True)
    if run.scenario.submissions is not None and (unread := run.scenario.submissions.ignored_fields()):
        console.print(Text(f"{unread} (see tasks.parquet)"))
    for line in _invariants(summary["invariants"]):
        console.print(Text(line), soft_wrap=True)
    for expectation in summary["expectations"]:
        verdict = "holds" if expectation["held"] else "FAILS"
        metric, unit = expectation["metric"], unit_of(expectation["metric"])
        told = f"expect {metric} {expected(expectation, unit)}: {checked(expectation, unit)}, {verdict}"
        console.print(Text(printable(told)))
    console.print(Text(f"{whole(summary['simulated_s'])} s of virtual time, {summary['events']:,} events, "
                       f"seed {summary['seed']}, {printable(str(path))}"))  # fmt: skip


def _parameters(scenario: Scenario) -> str:
    """Returns the parameters that a user chooses, in one line."""
    manager, executors = scenario.manager, scenario.executor_count
    timeout = plain(scenario)["manager"]["timeout"]
    if isinstance(timeout, dict):
        timeout = ", ".join(f"{state} {timeout[state]}" for state in manager.tracked_states)
    interval, retention = format_duration(manager.check_interval), format_duration(manager.retention)
    tracked = ", ".join(manager.tracked_states) or "no state"
    profile = "" if scenario.protocol.profile == "as-designed" else f"{scenario.protocol.profile}, "
    parts = [f"{scenario.name}: {profile}{executors:,} executors"]
    if scenario.submissions is not None:
        checker = scenario.task_checker
        every = f"task checker every {format_duration(checker.check_interval)}"
        parts.append(every if checker.enabled else "no task checker")
    if scenario.migrates and not manager.enabled:
        parts.append("no manager")
    elif scenario.migrates:
        if manager.detector.kind != "poll":
            heeding = " with heartbeats" if manager.detector in manager.learning_from_heartbeats else ""
            parts.append(f"detector {label(manager.detector.model_dump())}{heeding}")
        parts.append(f"check interval {interval}, timeout {timeout}, retention {retention}, tracked: {tracked}")
    return ", ".join(parts)


def _invariants(counts: Mapping[str, int]) -> Iterator[str]:
    """Yields a line for each violated invariant, with its count and its meaning."""
    broken = {name: count for name, count in counts.items() if count}
    yield "invariants violated (see violations.parquet):" if broken else "no invariant violated"
    for name, count in broken.items():
        yield f"  {name}, {invariants.times(count)}: {invariants.VIOLATED[name]}"


def _as_designed(scenario: Scenario) -> bool:
    """Returns whether the three parameters have the values for which the design document states its figures."""
    manager, design = scenario.manager, Manager()
    return (manager.check_interval, manager.timeout, manager.retention) == (
        design.check_interval, design.timeout, design.retention
    )  # fmt: skip


def _figures(rows: Iterable[Row], titles: Iterable[str], as_designed: bool) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    first, *others = titles
    table.add_column(first, no_wrap=True)
    for title in others:
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("the design says" if as_designed else "at 30s/1min/5min the design says")
    for row in rows:
        table.add_row(row.title, row.found, row.half_width, row.predicted, row.claim)
    return table

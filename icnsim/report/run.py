"""The page of a run: the answers first, then the plots, the tables, the violations, the scenario."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from icnsim.analysis.findings import findings
from icnsim.analysis.overview import Row, headings, overview
from icnsim.analysis.run_claims import counted, run_claims
from icnsim.experiment import Run
from icnsim.numbers import checked, expected, figure, whole
from icnsim.plots.catalogue import SIMULATED_AGAIN, of_run
from icnsim.plots.content import FEWEST, shows_something
from icnsim.recording.expectations import flatten
from icnsim.recording.pluggedmetrics import PREFIX, declared
from icnsim.report.common import plots, provenance, scenario_section
from icnsim.report.page import Cell, Page, Plot, Section, Table, Text, Verdict, Verdicts, dense, table
from icnsim.report.reality import reality
from icnsim.report.run_tables import of_migrations, of_tasks
from icnsim.report.run_violations import violations
from icnsim.report.timeline import timeline
from icnsim.sweeps.figures import unit_of

TITLES: Final = {"tasks submitted": "tasks"}
"""The name of a group of rows, if it is not the title of its first row up to the comma."""


def page(run: Run) -> Page:
    """Return the page of a run. It is aggregated, so a million migrations do not make it larger."""
    summary = run.summary
    submitted = summary["tasks"]["submitted"]
    tables = [*(of_migrations(run) if run.scenario.migrates else ()), *(() if submitted is None else of_tasks(run))]
    facts = (
        *([("migrations", f"{summary['migrations']['total']:,}")] if run.scenario.migrates else []),
        *([] if submitted is None else [("tasks", f"{submitted:,}")]),
        ("virtual time", f"{whole(summary['simulated_s'])} s"),
        ("events", f"{summary['events']:,}"),
        ("seed", str(summary["seed"])),
        ("run", summary["run_id"]),
        ("icnsim", summary["version"]),
    )
    over_time = timeline(run)
    sections = [
        Section("answers", "In short", tuple(_answers(run))),
        *reality(run),
        Section("timeline", "Timeline", () if over_time is None else (over_time,)),
        Section("plots", "Plots", tuple(_plots(run))),
        _figures(summary, run.live),
        *violations(run),
        Section("tables", "Tables", tuple(tables)),
        scenario_section(run.scenario),
    ]
    if run.folder is not None:
        sections.append(provenance(run.folder))
    return Page(run.scenario.name, run.scenario.description, facts, (), tuple(sections))


def _answers(run: Run) -> Iterator[Verdicts]:
    """Yields the findings about this run, and each claim of the design."""
    yield Verdicts("", tuple(Verdict(each.good, each.words) for each in findings(run.summary, run.scenario)))
    judged = run_claims(run.summary, run.scenario)
    if judged:
        shown = [Verdict(each.holds, each.claim, each.found, each.why) for each in judged]
        untested = tuple(each for each in shown if each.holds is None)
        tested = tuple(each for each in shown if each.holds is not None)
        some = "1 claim is" if len(untested) == 1 else f"{len(untested)} claims are"
        yield Verdicts(counted(judged), tested, f"{some} not tested in this run", untested)


def _plots(run: Run) -> Iterator[Plot | Text]:
    """The plots of this run, and the names of those that are left out."""
    kinds = ((kind, partial(make, run)) for kind, make in of_run(run).items() if kind not in SIMULATED_AGAIN)
    made = plots(kinds)
    yield from (plot for plot in made if _useful(plot))
    empty = [plot.kind for plot in made if not _useful(plot)]
    if empty:
        yield Text(f"Left out, because they have fewer than three marks or groups in this run: {', '.join(empty)}.")


def _useful(plot: Plot) -> bool:
    """Return whether a plot shows something that a table of one or two rows does not."""
    return shows_something(plot.chart) and (plot.kind != "success" or len(plot.chart.y.categories) >= FEWEST)


def _figures(summary: Mapping[str, Any], live: bool) -> Section:
    shown = overview(summary)
    first, *others = headings(live)
    reasons = Counter(row.reason for row in shown if row.reason and row.found != "-")
    usual = max(reasons, key=lambda reason: reasons[reason], default="")  # stated once, below the table
    intervals = dict.fromkeys(row.no_interval for row in shown if row.no_interval)
    rows = (
        (
            name,
            row.found,
            row.half_width,
            Cell(row.predicted, note="" if row.reason == usual else row.reason),
            row.claim,
        )
        for name, row in named(shown)
        if row.found != "-"
    )
    notes = [
        *([f"Where no prediction and no other reason is shown: {usual}."] if usual else []),
        *(f"No interval of {_listed(shown, reason)}: {reason}." for reason in intervals),
    ]
    main = dense(
        table(
            f"{'Live' if live else 'Simulated'} figures, closed forms and the design's figures",
            (first, *(f"#{name}" for name in others), "the design says"),
            rows,
            " ".join(notes),
        )
    )
    checks = table(
        "Expectations of the scenario",
        ("figure", "expected", "#found", "holds"),
        (
            (
                each["metric"],
                expected(each, unit_of(each["metric"])),
                _found(each),
                Cell("yes" if each["held"] else "no", mark=not each["held"]),
            )
            for each in summary["expectations"]
        ),
    )
    expectations = [checks] if summary["expectations"] else []
    return Section("figures", "Figures", (main, *expectations, *_plugged(summary), _every(summary)))


def _found(expectation: Mapping[str, Any]) -> Any:
    """Return the cell of the figure that an expectation found."""
    value = expectation["found"]
    return None if value is None else Cell(checked(expectation, unit_of(expectation["metric"])), float(value))


def _plugged(summary: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the figures of the metrics of plug-ins that the scenario names."""
    found = [(name, value) for name, value in flatten(summary) if name.startswith(PREFIX)]
    if found:
        of = declared()
        rows = (
            (
                name,
                "–" if value is None else Cell(figure(value, unit_of(name)), float(value)),
                of[name].meaning if name in of else "the plug-in is not installed",
            )
            for name, value in found
        )
        yield table("Figures of plug-ins", ("figure", "#value", "what it is"), rows)


def _every(summary: Mapping[str, Any]) -> Table:
    """Return all figures of the summary that have a value."""
    known = [
        (name, value)
        for name, value in flatten(summary)
        if not name.startswith(("predicted.", "expectations")) and not name.endswith("_why")
    ]
    there = [(name, value) for name, value in known if value is not None]
    other = sum(value != 0 for _, value in there)
    shown = [(name, _with_unit(name, value)) for name, value in there]
    full = table(
        "Every figure of summary.json",
        ("figure", "#value"),
        [shown[place] for place in sorted(range(len(there)), key=lambda place: there[place][1] == 0)],
        f"Figures that are 0 come last. {len(known) - len(there):,} figures have "
        "no value in this run; summary.json has null for them.",
        printed=other,
    )
    return replace(full, narrow=True)


def _with_unit(name: str, value: Any) -> Any:
    """Return the cell of a number that has a unit; any other value as it is."""
    unit = unit_of(name)
    if not unit or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return Cell(figure(value, unit), float(value))


def named(shown: Iterable[Row]) -> Iterator[tuple[str, Row]]:
    """The rows of an overview with names that need no indentation, such as "detection latency, maximum"."""
    group = ""
    for row in shown:
        title = row.title.strip()
        if row.title.startswith(" "):
            yield f"{group}, {title}", row
        else:
            group = TITLES.get(title, title.partition(",")[0])
            yield title, row


def _listed(shown: Iterable[Row], reason: str) -> str:
    return ", ".join(name for name, row in named(shown) if row.no_interval == reason)

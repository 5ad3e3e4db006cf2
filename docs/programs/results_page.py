"""Makes docs/results.md, about the files of a run and of a sweep, from the declarations of tables and figures."""

from collections.abc import Mapping
from typing import Final

from docs.programs.markdown import heading_anchor, made_by, rows
from icnsim.analysis.figures import BETTER, CENSORED, DISTRIBUTIONS, FIGURES, LOWER_SECTIONS, LOWER_STATISTICS
from icnsim.recording.tables import TABLES

MANIFEST: Final = {
    "run_id": "identity: a hash of the resolved scenario, data files, seed, and versions of icnsim and PyArrow",
    "versions": "of icnsim, Python, SimPy, NumPy and PyArrow, and of the packages of plug-ins that the scenario names",
    "command": "the arguments of the process that made the results",
    "began": "the wall clock at the start, UTC",
    "ended": "the wall clock at the end, UTC, by which results are sorted",
    "took_s": "the duration, s",
    "engine": "`used`: the engine that computed the run, `events` or `columns`; `why` it was selected",
    "files": "the SHA-256 of every other file",
    "sizes": "the size of every other file, bytes",
}
"""The entries of a run's `manifest.json` and their meanings."""

NOTES: Final[Mapping[str, tuple[str, ...]]] = {
    "manager": (
        "With a detector that does not poll (`manager.detector`), the table also has a row for each *look* that failed",
        "a record: a timer that fired, or a tick of a timing wheel. Rows are in the order of their times, then of the",
        "executors; a look comes before the manager's tick of the same instant. A look removes nothing. Its",
        "`detect_cost_s` and `cycle_cost_s` are `costs.timer` for each record that timed out, or `costs.slot` for the",
        "tick of the wheel and `costs.detect` for each of these records. If some actors have timers, others a wheel,",
        "all looks have the cost of timers here; `detector.cost_s` distinguishes them. `active` and `records` are the",
        "numbers that the executor held before the look or the tick. A tick of a manager without a detector that polls",
        "scans no records, so its `detect_cost_s` is 0.",
    ),
}
"""Additional text for some result tables."""

_KEY = {
    "`point`": "number of the point, from 0",
    "the varied keys": "dotted; durations in seconds, sizes in bytes, rates per second, with the unit in the column's "
    "metadata; text (JSON for a list or a mapping) if the values do not have one unit",
}
SWEEP_TABLES: Final = {
    "points.parquet of a sweep": {
        **_KEY,
        "`replication`, `seed`": "number of the replication, from 1, and its seed",
        "`failed`": "why the run failed, or null",
        "every number of summary.json": "dotted, float64, null if it does not exist; `ignored` is the sum of its "
        "counts; the interval of a mean within the run is omitted",
    },
    "aggregate.parquet of a sweep": {
        **_KEY,
        "`replications`, `failed`": "number of runs of the point, and number of those that failed",
        "`<figure>.mean`, `.std`, `.n`": "over the replications in which the figure exists; std with n - 1",
        "`<figure>.estimate`": "the value that the interval describes: the share of all trials; for a quantile or an "
        "extreme, its median over the replications; for other figures, the mean",
        "`<figure>.ci95_low`, `.ci95_high`": "the estimate's 95 % interval: Wilson's with the design effect of the "
        "replications for a share, order statistics for a quantile or an extreme, Student's for other figures; null if "
        "there are too few replications, or too few values in a run for its quantile",
        "`<figure>.ci95_why`": "the reason if there is no interval, otherwise null",
    },
    "sensitivity.parquet of a sweep of the design saltelli": {
        "`metric`, `key`": "the figure and the varied key",
        "`first_order`, `first_order_low`, `first_order_high`": "share of the variance of the figure's expected value "
        "that the key causes alone, with its 95 % interval",
        "`total_order`, `total_order_low`, `total_order_high`": "the same with all interactions of the key",
        "`noise`": "share of the variance of the points' means that is chance; the indices are shares of the rest",
        "`reason`": "the reason if there are no indices, otherwise null",
    },
}
"""The columns of each table of a sweep, with their meanings."""


def page() -> str:
    """The text of the page."""
    tables = [f"{name}.parquet" for name in TABLES]
    lines = ["# Results", "", made_by("reference"), ""]
    lines += [
        "A run writes the tables and the documents below to a folder of its own. A sweep writes tables of its points."
    ]
    lines += ["`icnsim.load` opens each of these folders.", ""]
    contents = (
        ("[Tables of a run](#tables-of-a-run)", ", ".join(map(_link, tables))),
        ("[Figures of summary.json](#figures-of-summaryjson)", ", ".join(map(_link, _sections()))),
        ("[Distributions](#distributions)", "durations and other values, each with its mean, quantiles and interval"),
        ("[The better direction of a figure](#the-better-direction-of-a-figure)", "for `icnsim compare`"),
        ("[manifest.json of a run](#manifestjson-of-a-run)", "versions, command, duration, and the hash of each file"),
        ("[Tables of a sweep](#tables-of-a-sweep)", ", ".join(map(_link, SWEEP_TABLES))),
    )
    lines += rows(("section", "content"), contents)
    lines += ["## Tables of a run", "", "Columns whose names end in `_s` are seconds of virtual time.", ""]
    for name, columns in TABLES.items():
        body = [(f"`{c.name}`", f"{c.type}{', or null' if c.nullable else ''}", c.meaning) for c in columns]
        lines += [f"### {name}.parquet", "", *rows(("column", "type", "meaning"), body)]
        lines += [*NOTES[name], ""] if name in NOTES else []
    lines += ["## Figures of summary.json", ""]
    lines += [
        "Use these dotted names with `--metric`, `--minimize` and `expect`. `icnsim figures WORD` prints them.",
        "",
    ]
    for section, figures in _sections().items():
        lines += [f"### {section}", "", *rows(("figure", "meaning"), figures.items())]
    lines += _distributions()
    lines += _directions()
    lines += ["## manifest.json of a run", "", "The only file that differs between two runs of one scenario.", ""]
    lines += rows(("entry", "meaning"), ((f"`{name}`", what) for name, what in MANIFEST.items()))
    lines += ["## Tables of a sweep", ""]
    for name, columns_of_sweep in SWEEP_TABLES.items():
        lines += [f"### {name}", "", *rows(("column", "meaning"), columns_of_sweep.items())]
    return "\n".join(lines)


def _link(heading: str) -> str:
    return f"[{heading}](#{heading_anchor(heading)})"


WHOLE: Final = "The run as a whole"
"""The heading of the figures that are in no section of summary.json."""


def _sections() -> dict[str, dict[str, str]]:
    """The figures, as code, of each section of summary.json."""
    found: dict[str, dict[str, str]] = {WHOLE: {}}
    for name, meaning in FIGURES.items():
        section = name.split(".")[0] if "." in name else WHOLE
        found.setdefault(section, {})[f"`{name}`"] = meaning
    return found


def _distributions() -> list[str]:
    lines = ["## Distributions", ""]
    lines += [
        "Each of these sections has `count`, `mean`, `std`, `min`, `p50`, `p95`, `p99`, `max`, `ci95` and `ci95_why`."
    ]
    lines += ["Quantiles are nearly median-unbiased (Hyndman and Fan's type 8). With fewer than 67 values, p99 is the"]
    lines += ["maximum. All are computed in whole numbers and rounded once.", ""]
    lines += rows(("section", "content"), ((f"`{name}.…`", what) for name, what in DISTRIBUTIONS.items()))
    lines += ["`ci95` is the mean's 95 % interval. It is valid for dependent values: each section has an independent"]
    lines += ["unit, such as a crash, a source or a batch of time; see [the statistics](statistics.md). If there is no"]
    lines += ["valid interval, `ci95` is null and `ci95_why` is the reason. `records` has `mean_ci95` and"]
    lines += ["`mean_ci95_why` in the same way, and `qos` has `query_accuracy_ci95` and `query_accuracy_ci95_why`."]
    lines += ["These entries cannot be used in a sweep or in `expect`.", ""]
    lines += ["The sections whose meaning names censored durations have three more figures.", ""]
    return lines + rows(("figure", "meaning"), ((f"`{name}`", what) for name, what in CENSORED.items()))


def _directions() -> list[str]:
    """Returns the lines about the better direction of each figure, for the verdicts of `icnsim compare`."""
    higher, lower = (", ".join(f"`{name}`" for name in BETTER[direction]) for direction in BETTER)
    sections = ", ".join(f"`{section}`" for section in LOWER_SECTIONS)
    statistics = ", ".join(f"`{name}`" for name in LOWER_STATISTICS)
    body = (("higher", higher), ("lower", f"{lower}, `invariants.…`"), ("lower", f"{statistics} of {sections}"))
    lines = ["## The better direction of a figure", ""]
    lines += [
        "`icnsim compare` calls B better or worse in a figure if the figure has a better direction for the operator of"
    ]
    return [*lines, "a federation. All other figures have no better direction.", "", *rows(("better", "figures"), body)]

"""Writes the reference pages of docs/ from declarations: `python -m docs.programs.reference`.

The transition table gives the diagram of states, the declarations of the tables give the reference of results, and the
scenario's schema gives the reference of keys. A test compares the pages with the output of this module.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from icnsim.analysis.figures import BETTER, CENSORED, DISTRIBUTIONS, FIGURES, LOWER_SECTIONS, LOWER_STATISTICS
from icnsim.protocol.profile import FIXES, PROFILES
from icnsim.protocol.states import TRANSITIONS, VOTED, Event, State, table
from icnsim.recording.tables import TABLES
from icnsim.scenario import resolved
from icnsim.scenario.meanings import MEANINGS
from icnsim.scenario.section import section_in

MANIFEST = {
    "run_id": "identity of the run: a hash of the resolved scenario, its data files, the seed and the version",
    "versions": "of icnsim, Python, SimPy, NumPy and PyArrow, and of the packages of plug-ins that the scenario names",
    "command": "the arguments of the process that made the results",
    "began": "the wall clock at the start, UTC",
    "took_s": "the duration, s",
    "engine": "`used`: the engine that computed the run, `events` or `columns`; `why` it was selected",
    "files": "the SHA-256 of every other file",
    "sizes": "the size of every other file, bytes",
}
"""The entries of a run's `manifest.json` and their meanings."""

MADE = "`python -m docs.programs.reference` makes this page; do not edit it."


def pages() -> dict[str, str]:
    """Returns the text of each page, by its name in docs/."""
    return {"states.md": states(), "results.md": results(), "scenario.md": keys()}


def states() -> str:
    """Returns the state machines of the design and of the hardened protocol, and the changes by each fix."""
    lines = ["# States of a migration", "", "The source's record goes from Idle through Requesting, Checkpointing and"]
    lines += ["Transferring to Complete or Failed. The target's record goes from Idle through Restoring to Complete or"]
    lines += [f"Failed. {MADE}", "", *_diagram(TRANSITIONS)]
    lines += ["", "An event without a row for the present state is ignored and counted.", "", *_rows(TRANSITIONS)]
    absent = [state.label for state in State if state not in TRANSITIONS.values() and state is not State.IDLE]
    assert not absent
    hardened = table(PROFILES["hardened"])
    lines += ["", "## The hardened protocol", "", *_diagram(hardened)]
    lines += ["", "The hardened protocol differs from the design in these rows."]
    lines += ["", *_rows({row: after for row, after in hardened.items() if TRANSITIONS.get(row) is not after})]
    lines += ["", "## Votes on final checkpoints", "", "With `quorum.on: [checkpoint]`, every profile has this row."]
    lines += ["", *_rows(VOTED)]
    lines += ["", "## Changes by each switch", "", "The table has the rows that change if one switch of the design is"]
    lines += ["turned.", "", "| switch | turned | state | event | becomes |", "|---|---|---|---|---|", *_changes()]
    return "\n".join(lines) + "\n"


def _diagram(rows: Mapping[tuple[State, Event], State]) -> list[str]:
    steps = [f"    {before.label} --> {after.label}: {event.label}" for (before, event), after in rows.items()]
    return ["```mermaid", "stateDiagram-v2", *steps, "```"]


def _rows(rows: Mapping[tuple[State, Event], State]) -> list[str]:
    return ["| state | event | becomes | the event |", "|---|---|---|---|"] + [
        f"| {before.label} | {event.label} | {after.label} | {EVENTS[event.name]} |"
        for (before, event), after in rows.items()
    ]


def _changes() -> list[str]:
    designed = PROFILES["as-designed"]
    lines = []
    for fix in FIXES:
        on = not getattr(designed, fix.switch)
        rows = table(replace(designed, **{fix.switch: on}))
        changed = [row for row in {**rows, **TRANSITIONS} if rows.get(row) is not TRANSITIONS.get(row)]
        for before, event in sorted(changed):
            after = rows.get((before, event))
            becomes = "no row" if after is None else after.label
            lines.append(f"| {fix.switch} | {'on' if on else 'off'} | {before.label} | {event.label} | {becomes} |")
    return lines


EVENTS = {
    "INITIATE": "the source decides to migrate the actor and sends Request",
    "ADMIT": "the target's policy accepts a Request; it sends Accept",
    "ACCEPT": "Accept arrives at the source, which pauses the actor",
    "REJECT": "Reject arrives at the source",
    "CHECKPOINT": "the final checkpoint is made; the source sends Complete",
    "COMPLETE": "Complete arrives at the target, which begins to restore",
    "RESTORE": "the actor runs at the target, which sends Ack",
    "ACK": "Ack arrives at the source, which drops the actor",
    "TIME_OUT": "`detect_timeouts` finds the record strictly older than its state's timeout",
    "CLEAN_UP": "`cleanup_migrations` finds the record as old as the retention",
    "CANCEL": "Cancel arrives at the target, or the target refuses the final checkpoint; it promises never to run "
    "the actor in this attempt",
    "CANCELLED": "the target's promise arrives at the source, which resumes the actor",
    "RECOVER": "the executor has restarted and finds the record among its durable ones",
    "DISPUTE": "the quorum does not agree on the source's final checkpoint, and the source resumes the actor",
}


NOTES = {
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


def results() -> str:
    """Returns the columns of every result table, and the figures."""
    lines = ["# Results", "", "This page describes the columns of the result tables and the figures of `summary.json`."]
    lines += [MADE, "", "Columns whose names end in `_s` are seconds of virtual time.", ""]
    for name, columns in TABLES.items():
        lines += [f"## {name}.parquet", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.type}{', or null' if column.nullable else ''} | {column.meaning} |"
            for column in columns
        ]
        lines += ["", *NOTES.get(name, ()), *([""] if name in NOTES else [])]
    lines += [
        "## Figures of summary.json",
        "",
        "Use these dotted names with `--metric`, `--minimize` and `expect`.",
        "",
    ]
    lines += ["| figure | meaning |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in FIGURES.items())]
    lines += [f"| `{name}.…` | {what} |" for name, what in DISTRIBUTIONS.items()]
    lines += ["", f"The last {len(DISTRIBUTIONS)} have `count`, `mean`, `std`, `min`, `p50`, `p95`, `p99`, `max`,"]
    lines += [
        "`ci95` and `ci95_why`. Quantiles are nearly median-unbiased (Hyndman and Fan's type 8). With fewer than 67"
    ]
    lines += ["values, p99 is the maximum. All are computed in whole numbers and rounded once.", ""]
    lines += ["`ci95` is the mean's 95 % interval. It is valid for dependent values: each section has an independent"]
    lines += ["unit, such as a crash, a source or a batch of time; see [the statistics](statistics.md). If there is no"]
    lines += ["valid interval, `ci95` is null and `ci95_why` is the reason. `records` has `mean_ci95` and"]
    lines += ["`mean_ci95_why` in the same way, and `qos` has `query_accuracy_ci95` and `query_accuracy_ci95_why`."]
    lines += ["These entries cannot be used in a sweep or in `expect`.", ""]
    lines += ["The sections whose meaning names censored durations have three more figures.", ""]
    lines += [
        "| figure | meaning |",
        "|---|---|",
        *(f"| `{name}` | {what} |" for name, what in CENSORED.items()),
        "",
    ]
    lines += _directions()
    lines += ["## manifest.json of a run", "", "The only file that differs between two runs of one scenario.", ""]
    lines += ["| entry | meaning |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in MANIFEST.items()), ""]
    for name, rows in SWEEP_TABLES.items():
        lines += [
            f"## {name}",
            "",
            "| column | meaning |",
            "|---|---|",
            *(f"| {c} | {m} |" for c, m in rows.items()),
            "",
        ]
    return "\n".join(lines)


def _directions() -> list[str]:
    """Returns the lines about the better direction of each figure, for the verdicts of `icnsim compare`."""
    higher, lower = (", ".join(f"`{name}`" for name in BETTER[direction]) for direction in BETTER)
    sections = ", ".join(f"`{section}`" for section in LOWER_SECTIONS)
    statistics = ", ".join(f"`{name}`" for name in LOWER_STATISTICS)
    return [
        "## The better direction of a figure",
        "",
        "`icnsim compare` calls B better or worse in a figure if the figure has a better direction for the operator of",
        "a federation. All other figures have no better direction.",
        "",
        "| better | figures |",
        "|---|---|",
        f"| higher | {higher} |",
        f"| lower | {lower}, `invariants.…` |",
        f"| lower | {statistics} of {sections} |",
        "",
    ]


_KEY = {
    "`point`": "number of the point, from 0",
    "the varied keys": "dotted; durations in seconds, sizes in bytes, rates per second, with the unit in the column's "
    "metadata; text (JSON for a list or a mapping) if the values do not have one unit",
}
SWEEP_TABLES = {
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


def keys() -> str:
    """Returns every key of a scenario, its meaning and its default."""
    lines = ["# Scenario keys", "", "This page lists every key of a scenario, its meaning and its default."]
    lines += ["[Values](values.md) describes how to write durations, sizes and distributions.", MADE, ""]
    lines += ["| key | meaning | default |", "|---|---|---|"]
    for key, model, name, usual in resolved.every_key():
        inner = section_in(model.model_fields[name].annotation)
        written = "" if inner is not None and isinstance(usual, dict | list) else f"`{json.dumps(usual)}`"
        lines.append(f"| `{key}` | {MEANINGS[key].replace('|', '/')} | {written} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        Path("docs", name).write_text(text, "utf-8")

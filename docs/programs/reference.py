"""Pages of docs/ that are made from declarations: `python -m docs.programs.reference`.

The diagram of states comes from the transition table, the reference of results from the
tables' declarations, the reference of keys from the scenario's schema. A test holds the
pages against what this module makes.
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
    "ended": "the wall clock at the end, UTC, by which results are sorted",
    "took_s": "the duration, s",
    "engine": "`used`: the engine that computed the run, `events` or `columns`; `why` it was selected",
    "files": "the SHA-256 of every other file",
    "sizes": "the size of every other file, bytes",
}
"""The entries of a run's `manifest.json` and their meanings."""

MADE = "Made by `python -m docs.programs.reference`; not edited by hand."


def pages() -> dict[str, str]:
    """The text of each page, by its name in docs/."""
    return {"states.md": states(), "results.md": results(), "scenario.md": keys()}


def states() -> str:
    """The state machines of both sides, of the design and of the hardened protocol, and what each fix changes."""
    lines = ["# States of a migration", "", MADE, "", *_diagram(TRANSITIONS)]
    lines += ["", "An event in a state that has no row is ignored and counted.", "", *_rows(TRANSITIONS)]
    absent = [state.label for state in State if state not in TRANSITIONS.values() and state is not State.IDLE]
    assert not absent
    hardened = table(PROFILES["hardened"])
    lines += ["", "## The hardened protocol", "", *_diagram(hardened), "", "It differs from the design in these rows."]
    lines += ["", *_rows({row: after for row, after in hardened.items() if TRANSITIONS.get(row) is not after})]
    lines += ["", "## Votes on final checkpoints", "", "With `quorum.on: [checkpoint]`, every profile has this row."]
    lines += ["", *_rows(VOTED)]
    lines += ["", "## What each switch changes", "", "Of the design's rows, where that switch alone is turned.", ""]
    lines += ["| switch | turned | state | event | becomes |", "|---|---|---|---|---|", *_changes()]
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
        "all looks are taken for timers here; `detector.cost_s` tells them apart. `active` and `records` are what the",
        "executor held before the look or the tick. A tick of a manager without a detector that polls scans none of",
        "them, so its `detect_cost_s` is 0.",
    ),
}
"""Of some result tables: what the meanings of their columns leave out."""


def results() -> str:
    """The columns of every result table."""
    lines = ["# Results", "", MADE, "", "Times are seconds of virtual time in columns that end in `_s`.", ""]
    for name, columns in TABLES.items():
        lines += [f"## {name}.parquet", "", "| column | type | meaning |", "|---|---|---|"]
        lines += [
            f"| `{column.name}` | {column.type}{', or null' if column.nullable else ''} | {column.meaning} |"
            for column in columns
        ]
        lines += ["", *NOTES.get(name, ()), *([""] if name in NOTES else [])]
    lines += ["## Figures of summary.json", "", "Dotted, as `--metric`, `--minimize` and `expect` take them.", ""]
    lines += ["| figure | what it is |", "|---|---|", *(f"| `{name}` | {what} |" for name, what in FIGURES.items())]
    lines += [f"| `{name}.…` | {what} |" for name, what in DISTRIBUTIONS.items()]
    lines += ["", f"The last {len(DISTRIBUTIONS)} have `count`, `mean`, `std`, `min`, `p50`, `p95`, `p99`, `max`,"]
    lines += [
        "`ci95` and `ci95_why`. Quantiles are nearly median-unbiased (Hyndman and Fan's type 8): of fewer than 67"
    ]
    lines += ["values p99 is the maximum. All are computed in whole numbers and rounded once.", ""]
    lines += ["`ci95` is the mean's 95 % interval. It is valid for dependent values: each section has an independent"]
    lines += ["unit, such as a crash, a source or a batch of time; see [the statistics](statistics.md). If there is no"]
    lines += ["valid interval, `ci95` is null and `ci95_why` is the reason. `records` has `mean_ci95` and"]
    lines += ["`mean_ci95_why` in the same way, and `qos` has `query_accuracy_ci95` and `query_accuracy_ci95_why`."]
    lines += ["These six are no figures of a sweep or of `expect`.", ""]
    lines += ["The sections whose meaning names censored durations have three more figures.", ""]
    lines += [
        "| figure | what it is |",
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
    """Which direction of a figure is better, for the verdicts of `icnsim compare`."""
    higher, lower = (", ".join(f"`{name}`" for name in BETTER[direction]) for direction in BETTER)
    sections = ", ".join(f"`{section}`" for section in LOWER_SECTIONS)
    statistics = ", ".join(f"`{name}`" for name in LOWER_STATISTICS)
    return [
        "## The better direction of a figure",
        "",
        "`icnsim compare` calls B better or worse by the figures that have a better direction for the operator of a",
        "federation. All other figures have none.",
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
    "the varied keys": "dotted; durations in seconds, sizes in bytes, rates per second, the unit in the column's "
    "metadata; text (JSON where it is a list or a mapping) where values are not of one unit",
}
SWEEP_TABLES = {
    "points.parquet of a sweep": {
        **_KEY,
        "`replication`, `seed`": "number of the replication, from 1, and its seed",
        "`failed`": "why the run failed, or null",
        "every number of summary.json": "dotted, float64, null where it does not exist; `ignored` is the sum of its "
        "counts; a mean's interval within the run is left out",
    },
    "aggregate.parquet of a sweep": {
        **_KEY,
        "`replications`, `failed`": "how many runs the point has, and how many of them failed",
        "`<figure>.mean`, `.std`, `.n`": "over the replications in which the figure exists; std with n - 1",
        "`<figure>.estimate`": "what the interval is of: the share of all trials, the median of a quantile or an "
        "extreme over the replications, the mean otherwise",
        "`<figure>.ci95_low`, `.ci95_high`": "the estimate's 95 % interval: Wilson's with the design effect of the "
        "replications for a share, order statistics for a quantile or an extreme, Student's otherwise; null if there "
        "are too few replications, or too few values in a run for its quantile",
        "`<figure>.ci95_why`": "why there is no interval, null if there is one",
    },
    "sensitivity.parquet of a sweep of the design saltelli": {
        "`metric`, `key`": "which figure, which varied key",
        "`first_order`, `first_order_low`, `first_order_high`": "share that the key causes alone, of the variance "
        "of the figure's expected value, with its 95 % interval",
        "`total_order`, `total_order_low`, `total_order_high`": "the same with all interactions of the key",
        "`noise`": "share of the variance of the points' means that is chance; the indices are shares of the rest",
        "`reason`": "why there are no indices, null where there are",
    },
}
"""Of each table of a sweep: its columns, and what they mean."""


def keys() -> str:
    """Every key of a scenario, what it means and its default."""
    lines = ["# Scenario keys", "", MADE, "", "How values are written stands in [values](values.md).", ""]
    lines += ["| key | meaning | default |", "|---|---|---|"]
    for key, model, name, usual in resolved.every_key():
        inner = section_in(model.model_fields[name].annotation)
        written = "" if inner is not None and isinstance(usual, dict | list) else f"`{json.dumps(usual)}`"
        lines.append(f"| `{key}` | {MEANINGS[key].replace('|', '/')} | {written} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    for name, text in pages().items():
        Path("docs", name).write_text(text, "utf-8")

"""Writes docs/choose-parameters.md from real sweeps: `python -m docs.programs.parameters`.

The page compares the design's three numbers with sweeps of the shipped scenario of that name. The command
checks the statements of the page against the figures. If one does not hold, it writes no page.
It takes about 3 000 runs of the scenario, a quarter of an hour on two cores.
"""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from icnsim.numbers import as_given, brief
from icnsim.recommendation.recommend import Recommendation, recommend
from icnsim.sweeps.sweep import sweep

if TYPE_CHECKING:
    import pandas as pd

INTERVAL, TIMEOUT, RETENTION = "manager.check_interval", "manager.timeout", "manager.retention"
DESIGN: Final = {INTERVAL: 30.0, TIMEOUT: 60.0, RETENTION: 300.0}
TAILS: Final = ("0.5s", "2s", "6s", "12s")
"""Standard deviations of the latency. Its mean is 2 s."""
QUESTIONS: Final = (
    ((), ()),
    (("detection_total.p99",), ("false_positives.rate<0.3%",)),
    (("false_positives.rate",), ("detection_total.p99<90s",)),
)
"""Objectives and limits of the recommendations. The first one is the trade-off."""
MORE: Final = 18
"""Replications for the recommendations, because a small rate needs more trials than a table."""

Row = Mapping[str, Any]
COLUMNS: Final = {
    "detection total, p99": ("detection_total.p99", 1, "s"),
    "false positives": ("false_positives.rate", 100, "%"),
    "success rate": ("success_rate", 100, "%"),
    "records, mean": ("records.mean_bytes", 1e-3, "kB"),
    "records left for ever": ("records.unremoved", 1, ""),
    "CPU time": ("manager.cpu_share", 1e6, "µs/s"),
}
"""Title, figure, scale and unit of the columns of the tables."""


def page(scenario: Path, picture: Path) -> str:
    """Returns the text of the page, and writes the Pareto front of the first question to `picture`."""
    with tempfile.TemporaryDirectory() as place:
        out = Path(place)
        grid = sweep(scenario, out=out).aggregate
        tails = sweep(
            scenario, {"network.latency.std": list(TAILS), TIMEOUT: ["30s", "60s", "120s"]}, {"sweep.vary": {}}, out=out
        ).aggregate
        found = [
            recommend(scenario, minimize=objectives, subject_to=limits, out=out, replications=MORE)
            for objectives, limits in QUESTIONS
        ]
        assert found[0].folder is not None
        picture.write_bytes((found[0].folder / "pareto.svg").read_bytes())
    _hold(grid, tails, found)
    return TEXT.format(
        runs=int(grid["replications"].sum()),
        points=len(grid),
        intervals=_table(_along(grid, INTERVAL), INTERVAL, "check interval"),
        timeouts=_table(_along(grid, TIMEOUT), TIMEOUT, "timeout"),
        retentions=_table(_along(grid, RETENTION), RETENTION, "retention"),
        tails=_tails(tails),
        answers="\n\n".join(_answer(*question, each) for question, each in zip(QUESTIONS, found)),
        picture=picture.name,
        more=MORE,
    )


def _along(grid: "pd.DataFrame", key: str) -> "pd.DataFrame":
    """Returns the points at which no other key differs from the design."""
    for other, value in DESIGN.items():
        grid = grid if other == key else grid[grid[other] == value]
    return grid.sort_values(key)


def _table(rows: "pd.DataFrame", key: str, title: str) -> str:
    lines = [f"| {title} | {' | '.join(COLUMNS)} |", "|---|" + "---|" * len(COLUMNS)]
    for row in rows.to_dict("records"):
        mark = "**" if row[key] == DESIGN[key] else ""
        cells = [_cell(row, *column) for column in COLUMNS.values()]
        lines.append(f"| {mark}{_span(row[key])}{mark} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(row: Row, metric: str, scale: float, unit: str) -> str:
    mean, low, high = (row[f"{metric}.{name}"] * scale for name in ("mean", "ci95_low", "ci95_high"))
    return f"{brief(mean)} {unit} [{brief(low)}, {brief(high)}]".replace("  ", " ")


def _span(seconds: float) -> str:
    return as_given(seconds, "s") if seconds % 60 else as_given(seconds / 60, "min")


def _tails(tails: "pd.DataFrame") -> str:
    timeouts = sorted(set(tails[TIMEOUT]))
    lines = ["| std of the latency | " + " | ".join(f"timeout {_span(value)}" for value in timeouts) + " |"]
    lines.append("|---|" + "---|" * len(timeouts))
    for std in sorted(set(tails["network.latency.std"])):
        rows = tails[tails["network.latency.std"] == std].sort_values(TIMEOUT).to_dict("records")
        lines.append(
            f"| {as_given(std, 's')} | {' | '.join(_cell(row, 'false_positives.rate', 100, '%') for row in rows)} |"
        )
    return "\n".join(lines)


def _answer(objectives: Sequence[str], limits: Sequence[str], found: Recommendation) -> str:
    asked = [*(f"--minimize {metric}" for metric in objectives), *(f"--subject-to '{limit}'" for limit in limits)]
    command = " ".join(["icnsim recommend scenarios/choose-parameters.yaml", *asked, f"--replications {MORE}"])
    return f"```sh\n{command}\n```\n\n> {found.sentence}"


def _hold(grid: "pd.DataFrame", tails: "pd.DataFrame", found: Sequence[Recommendation]) -> None:
    """Asserts the statements of the page about the figures."""
    intervals, timeouts, retentions = (_along(grid, key) for key in (INTERVAL, TIMEOUT, RETENTION))
    share = intervals["manager.cpu_share.mean"].to_list()
    assert share[0] < 1e-5, "even the shortest interval costs next to nothing"
    total = intervals["detection_total.p99.mean"].to_list()
    assert total == sorted(total), "a longer interval detects later"
    false = timeouts["false_positives.rate.mean"].to_list()
    assert false == sorted(false, reverse=True), "a longer timeout is wrong less often"
    held = retentions["records.mean_bytes.mean"].to_list()
    assert held[0] < held[1] / 2 < held[2] / 6, "memory grows with the retention"
    left = timeouts["records.unremoved.mean"].to_list()
    assert left == sorted(left, reverse=True), "each late answer leaves a record"
    for metric in ("detection_total.p99", "false_positives.rate", "success_rate", "records.unremoved"):
        assert retentions[f"{metric}.mean"].nunique() == 1, f"retention does not touch {metric}"
    at_design = tails[tails[TIMEOUT] == DESIGN[TIMEOUT]].sort_values("network.latency.std")
    rates = at_design["false_positives.rate.ci95_high"].to_list()
    assert rates[0] < 0.001 < rates[-1], "whether a minute is enough depends on the tail"
    assert [each.outcome for each in found] == ["trade-off", "recommended", "recommended"]
    assert found[0].document["trade_off"]["own"] is not None, "the design's own point is part of the answer"


TEXT: Final = """# Choosing interval, timeout and retention

The design document checks every 30 s, fails records that have waited for 60 s, and keeps ended records for
5 min. This page measures whether the evidence supports these numbers:

- The check interval can be shorter: even 5 s costs only about 3 µs of CPU time per second.
- The timeout of 60 s is right only if latencies have a short tail.
- The retention affects only memory.

`scenarios/choose-parameters.yaml` is a federation of
100 executors of which five never answer, over a network whose latency has a long tail (lognormal,
mean 2 s, standard deviation 6 s; one message in two hundred takes more than half a minute).
`python -m docs.programs.parameters` makes this page; do not edit it.

```sh
icnsim sweep scenarios/choose-parameters.yaml
```

{points} points, {runs} runs, the same seeds at all points. The statistics of a run cover about 3 000
migrations after a warm-up of 40 min, so that all averages are those of the steady state. Each figure is
followed by its 95 % interval: order statistics for a quantile, Wilson's for a share, Student's for a
mean. The design's own value is bold; the other two keys have the design's values.

## The check interval: 30 s is longer than its cost requires

{intervals}

Detection ends at most one interval after the timeout, so the interval limits the delay of the last
detections. A shorter interval costs more ticks, and these are cheap: about 3 µs of CPU time per
second even at 5 s. **The evidence supports an interval below 30 s if early detection
matters.** 30 s saves nothing that matters. A long interval has one
advantage: an answer that arrives between deadline and tick still counts, so
there are fewer false positives. A longer timeout has the same effect more reliably.

## The timeout: 60 s is right for a short tail only

{timeouts}

A longer timeout means later detection and fewer mistakes, that is, fewer willing executors taken for dead. A mistake is
not only a failed migration: its Accept arrives too late, and the target's record stays in Restoring
for ever, because the design tracks only Requesting. "Records left for ever" counts these records. Whether
60 s is enough depends on the tail of the latency, which the design document does not give. The next table shows
false positives with a mean latency of 2 s and an interval of 30 s:

{tails}

**The evidence supports 60 s only if latencies have a short tail. Measure the tail of the request's round trip
first.** A timeout below its far quantiles makes the manager itself a source of failures.

## The retention affects only memory

{retentions}

Records are kept for logs and for late messages, and the protocol needs neither: detection, false
positives and success are the same, to the last digit, for 1 min and 30 min. **The evidence is neither for
nor against 5 min**: memory is its only price. The mean number of records is
the rate of arrivals times the mean life of a record, so it grows with the retention.

## The best settings

Late detection, mistakes and memory all have a cost, so the first question is their trade-off. The
other two questions limit one of them: the earliest detection with mistakes below 0.3 %, and the fewest mistakes
with the design's own claim, detection within 60 to 90 s:

{answers}

![Late detection against mistakes and memory: the Pareto front]({picture})

The points are the grid's, with {more} replications each. Points are run again with fresh seeds before anything is
claimed about them. "In the median run" means that half of the runs have at most that: the values of different
runs are not pooled.

## Limits

- Retries, trust and faults are not simulated: a false positive costs a migration here, not a retry.
- The costs of a tick are the design's own estimates (10 µs and 10 µs per record), not measured.
- Latencies are independent of load and of each other. A congested network is worse.
- The optimum of a grid is one of its points. With ranges, `icnsim recommend` searches between them.
"""


if __name__ == "__main__":
    Path("docs/choose-parameters.md").write_text(
        page(Path("scenarios/choose-parameters.yaml"), Path("docs/choose-parameters.svg")), "utf-8"
    )

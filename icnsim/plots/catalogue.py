"""Every kind of plot: its name on the command line, and the function that returns its chart."""

from collections.abc import Callable, Mapping
from typing import Final

from icnsim.plots import (
    durations,
    executors,
    front,
    heatmap,
    latency,
    lines,
    migration,
    occupancy,
    qos,
    success,
    tasks,
    tornado,
    warmup,
)
from icnsim.plots.chart import Chart
from icnsim.plots.results import RunResult, SweepResult

OF_A_RUN: Final[Mapping[str, Callable[[RunResult], Chart]]] = {
    "detection-latency": latency.detection_latency,
    "detection-latency-ecdf": latency.detection_latency_ecdf,
    "detection-total": latency.detection_total,
    "detection-total-ecdf": latency.detection_total_ecdf,
    "qos": qos.qos,
    "migration-duration": durations.migration_duration,
    "records": occupancy.records,
    "occupancy": occupancy.occupancy,
    "warmup": warmup.warmup,
    "actors": occupancy.actors,
    "tick-cost": occupancy.tick_cost,
    "success": executors.success,
    "success-by-time": success.success_by_time,
    "migration": migration.migration,
}

OF_TASKS: Final[Mapping[str, Callable[[RunResult], Chart]]] = {
    "task-time": tasks.task_time,
    "task-detection": tasks.task_detection,
    "task-runs": tasks.task_runs,
}
"""The kinds of a run in which tasks are submitted."""

OF_A_SWEEP: Final[Mapping[str, Callable[[SweepResult], Chart]]] = {
    "lines": lines.lines,
    "heatmap": heatmap.heatmap,
    "front": front.front,
    "tornado": tornado.tornado,
    "qos": qos.qos_of_sweep,
    "warmup": warmup.welch,
}
"""The kinds of a sweep. Each except `qos` and `warmup` has further parameters: the figure and the keys."""

SIMULATED_AGAIN: Final = frozenset({"warmup"})
"""The kinds that simulate runs again. Reports do not contain them, because the runs may be large."""


def of_run(run: RunResult) -> Mapping[str, Callable[[RunResult], Chart]]:
    """Return the kinds that are available for a run."""
    scenario = run.scenario
    if scenario.submissions is None:
        return OF_A_RUN
    # The number of actors varies as tasks begin and end. Hence the plot of actors cannot show second copies.
    kinds = {kind: make for kind, make in OF_A_RUN.items() if kind != "actors" and scenario.migrates}
    return {**kinds, **OF_TASKS}

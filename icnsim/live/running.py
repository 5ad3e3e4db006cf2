"""One live run from its scenario to its results."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from icnsim.engines import simulate
from icnsim.errors import Problem, ScenarioError
from icnsim.experiment import Run, alone, predictions, prepare, refuse_changes, summary_of
from icnsim.live import wording
from icnsim.live.comparison import Comparison, compare
from icnsim.live.journals import journals
from icnsim.live.lateness import DELAYS
from icnsim.live.supervisor import Supervisor
from icnsim.live.support import Plan, planned
from icnsim.live.thread import to_end
from icnsim.live.waits import LAG_S
from icnsim.recording import folder, kept
from icnsim.recording.columns import Recording
from icnsim.recording.deadline import within
from icnsim.recording.progress import Budget
from icnsim.recording.writing import write_run
from icnsim.scenario import Scenario, resolved
from icnsim.version import VERSION

CALIBRATION_S: Final = 5.0
"""The longest calibration, s of real time."""
LARGEST_ERROR_S: Final = 3600
"""The largest error that a run can promise, s of real time."""


@dataclass(frozen=True, slots=True, eq=False)
class Live:
    """A live run.

    Attributes
    ----------
    run : the results, as those of a simulation. recording : their recording.
    measures : the figures about the machine, see `measures_of`.
    error_s : the promised error of timers and sockets, s of real time.
    comparison : with the simulation; None if it was not asked for. calibration : the measures that it uses.
    simulated : the recording of the simulation.
    """

    run: Run
    recording: Recording
    measures: dict[str, Any]
    error_s: float
    comparison: Comparison | None = None
    calibration: dict[str, Any] | None = None
    simulated: Recording | None = None

    def __repr__(self) -> str:
        found = f"<icnsim.Live {self.run.summary['scenario']} at speed {self.measures['speed']}"
        return found + (">" if self.kept else f"; it was {self.worst_s:.3f} s late, more than promised>")

    @property
    def worst_s(self) -> float:
        """The largest delay of a run, s of real time, see `worst_s`."""
        return worst_s(self.measures)

    @property
    def kept(self) -> bool:
        """Whether no delay was larger than the promised error."""
        return self.worst_s <= self.error_s

    @property
    def promise(self) -> dict[str, Any]:
        """The promised error and the largest delay, s of real time, for a JSON document."""
        return {"promised_s": self.error_s, "largest_s": self.worst_s, "kept": self.kept}


def live(
    scenario: Scenario,
    speed: int,
    *,
    processes: int = 2,
    error_s: float = 0.1,
    out: str | Path | None = None,
    compared: bool = False,
    metrics: int | None = None,
    serving: Callable[[int], None] | None = None,
    budget: Budget | None = None,
) -> Live:
    """Run a scenario for real.

    Parameters
    ----------
    speed : virtual seconds per real second. processes : for the executors that no signal hits, see `planned`.
    error_s : the promised error of timers and sockets, s of real time.
    out : the folder of all results; without it nothing is written. A live run replaces an earlier one.
    compared : whether to run the simulation and a calibration first, and to compare the live run with it.
    metrics : the port of loopback on which the metrics are served during the run, 0 for a free one; None for none.
    serving : called with that port. budget : of the simulation; a live run has its own limits.

    Raises
    ------
    ScenarioError : the scenario cannot run for real, or an argument is out of its limits.
    BudgetError : the budget of the simulation is used up.
    EngineError : a process has failed or cannot be started. ResultsError : the results cannot be written.
    """
    began = time.time()
    scenario = alone(scenario)
    if not 0 < error_s <= LARGEST_ERROR_S:
        expected = f"seconds above 0, at most {LARGEST_ERROR_S}"
        raise ScenarioError([Problem(scenario.origin, None, "timer_error", str(error_s), expected)])
    plan = planned(scenario, speed, processes)
    place = None
    if out is not None:
        place = Path(out) / scenario.name / f"live-{resolved.run_id(scenario, VERSION)}"
        folder.refuse_unwritable(place)
    # The simulation comes first: where it takes too long, no real time is lost.
    simulated = _simulated(scenario, budget) if compared else None
    calibration = calibrated(scenario, speed, processes, error_s) if compared else None
    recording, measures = _run(scenario, plan, speed, error_s, metrics, serving)
    comparison = None
    if simulated is not None and calibration is not None:
        comparison = compare(
            scenario, recording, simulated, measures=measures, calibration=calibration, worst_s=worst_s(measures)
        )
    summary = summary_of(scenario, recording, predictions(scenario))
    run = Run(scenario, summary, recording, place, live=True)
    made = Live(run, recording, measures, error_s, comparison, calibration, simulated)
    if place is not None:
        engine = {"used": "live", "why": f"real processes and sockets at speed {speed}"}
        found: dict[str, Any] = {"measures": measures, "promise": made.promise, "calibration": calibration}
        if comparison is not None:
            found["comparison"] = comparison.document()
        more = {wording.FILE: folder.dumps(found).encode(), kept.NAME: kept.packed(recording)}
        shown = recording if scenario.record.messages else replace(recording, message_log=None)
        write_run(place, scenario, summary, shown, began, engine, more)
    return made


def run_live(
    scenario: str | Path | Scenario,
    overrides: Mapping[str, object] | None = None,
    seed: int | None = None,
    *,
    speed: int = 10,
    compare: bool = False,
    processes: int = 2,
    timer_error: float = 0.1,
    out: str | Path | None = None,
    budget: Budget | None = None,
) -> Live:
    """Run a scenario with real processes, as `icnsim live` does; it works in a notebook, too.

    Parameters
    ----------
    scenario : a file, or a scenario from `icnsim.scenario.load`.
    overrides : dotted keys and their values, as ``{"manager.timeout": "90s"}``.
    seed : replaces the seed of the scenario.
    speed : virtual seconds per real second, at least 1.
    compare : whether to simulate the scenario with the same draws, too, and to compare the two runs.
    processes : for the executors that no crash and no pause hits, at least 1.
    timer_error : the promised error of timers and sockets, s of real time. See `Live.kept`.
    out : the folder of all results; without it nothing is written.
    budget : of the simulation to compare with; a live run has its own limits.

    Returns
    -------
    Live : `run` has the results, `comparison.table` the figures of both runs as a data frame.

    Raises
    ------
    ScenarioError : the scenario cannot be used, or it cannot run for real.
    BudgetError : the budget of the simulation is used up.
    EngineError : a process has failed or cannot be started. ResultsError : the results cannot be written.
    """
    if not isinstance(scenario, Scenario):
        scenario = prepare(scenario, overrides, seed)
    else:
        refuse_changes(scenario, overrides, seed)
    return live(scenario, speed, processes=processes, error_s=timer_error, out=out, compared=compare, budget=budget)


def _simulated(scenario: Scenario, budget: Budget | None) -> Recording:
    """The recording of the simulation, by events as the live run."""
    running = (budget or Budget()).begun()
    return within(running, lambda: simulate(scenario, "events", budget=running)[0])


def calibrated(scenario: Scenario, speed: int, processes: int, error_s: float) -> dict[str, Any]:
    """The measures of a short live run of the scenario without faults."""
    most = round(CALIBRATION_S * speed * 1e6)
    duration = most if scenario.duration is None else min(most, scenario.duration)
    quiet = scenario.model_copy(update={"faults": (), "warmup": 0, "duration": duration, "drain": 1})
    return _run(quiet, planned(quiet, speed, processes), speed, error_s)[1]


def _run(
    scenario: Scenario,
    plan: Plan,
    speed: int,
    error_s: float,
    metrics: int | None = None,
    serving: Callable[[int], None] | None = None,
) -> tuple[Recording, dict[str, Any]]:
    """The recording and the measures of a live run."""
    durable = scenario.checkpoints.store == "durable"
    with journals() as place:
        record = scenario.record.model_copy(update={"messages": True})  # a trace needs them, and cannot run it again
        logged = scenario.model_copy(update={"record": record})
        files = place if durable else None
        supervisor = Supervisor(logged, plan, speed, error_s, files, metrics=metrics, serving=serving)
        recording = to_end(supervisor.run())
    return recording, measures_of(supervisor, plan, speed)


def worst_s(measures: Mapping[str, Any]) -> float:
    """The largest delay of a timer, a socket, a command, a process or a report, s of real time."""
    delays = [measures[kind]["max_s"] for kind in DELAYS]
    return float(max(measures["late_reports_s"], *(delay or 0.0 for delay in delays)))


def measures_of(supervisor: Supervisor, plan: Plan, speed: int) -> dict[str, Any]:
    """The processes of a run, and how late its timers, sockets and commands were, s of real time."""
    workers = supervisor.measured
    waited = [worker["waited_s"] for worker in workers if worker["waited_s"] is not None]
    return {
        "speed": speed,
        "seconds": plan.seconds,
        "lag_s": LAG_S,
        "processes": len(plan.places),
        "processes_started": supervisor.started,
        "sockets": sum(worker["sockets"] for worker in workers) + len(workers),
        "messages": sum(worker["messages"] for worker in workers),
        "worker_cpu_s": sum(worker["cpu_s"] for worker in workers),
        "supervisor_cpu_s": supervisor.cpu_s,
        "waited_for_a_processor_s": sum(waited) if waited else None,
        "late_reports_s": supervisor.clock.real_us(supervisor.env.overdue) / 1e6,
        **{kind: measure.figures() for kind, measure in supervisor.lateness.measures.items()},
    }

"""Writes docs/validation.md and its pictures: `python -m docs.programs.validation`.

The program runs each case for real and in the simulation, which takes less than six minutes. It measures the machine
that runs it, so its figures differ from one execution to the next and no test compares the page.
"""

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from docs.programs.livecases import CASES, SPEED, Found, measured
from docs.programs.livespeeds import scale
from docs.programs.markdown import made_by, rows
from icnsim.live.comparison import CHAINS
from icnsim.live.running import Live
from icnsim.live.wording import TITLES

OPENING: Final = """
`icnsim live` runs the executors of a scenario as real processes with real sockets, timers, files and signals, and
`--compare` compares the run with the simulation of the same draws. This page shows what that comparison finds. It is
measured on one machine and is not the same at every execution.

Virtual seconds pass {speed} times faster than real ones here. All columns are in virtual seconds, except where
milliseconds of real time are stated. *Added* is the time that real timers add to a duration, from a
calibration without faults. A row *agrees* if its test at 1 % does not reject the agreement beyond that time; see
[the method](#the-method).
"""

LEARNED: Final = """
## Corrections

The comparison showed these errors, which are corrected.

**In the simulation.** An executor numbers its heartbeats by the intervals of its own clock. When the rate
of the clock changed, the simulation divided the time since the last heartbeat by the new interval. So it sometimes
skipped a number, and a detector of kind `chen` expected the next heartbeats one interval too late. A real process
skips none. The simulation now divides the readings of the clock, as a process does.

**In the live run.** In the simulation a message arrives after its delay, whatever happens to its sender. A live run
first held a message in the sender's process until it was due. So a kill or a pause of the sender lost or delayed it,
and migrations failed that succeed in the simulation. Messages now wait at the receiver. A kill of the receiver loses
those that wait there, also if its next process would run when they are due; in the simulation they arrive.

## Differences that remain

**Retention and ticks.** In the simulation a record that a tick has failed is removed by the tick exactly one retention
later, if the retention is a multiple of the check interval: its age then equals the retention. A real tick is a few
milliseconds late, by a different amount each time. So the age is a little less than the retention half of the time, and
the record stays for another interval. With the defaults (30 s and 5 min) such records live for 5 min or 5 min 30 s in
reality, and always for 5 min in the simulation. This affects records that a polling detector has failed, and no others.
The mean number of records is then higher in reality. A retention that is not a multiple of the interval has no such
difference. The cases with faults and with detectors on this page use 35 s and 10 s.

**Retries at once.** Without `bounded_retries` a retry begins 1 ms after the failure that a tick has found. In the
simulation its deadline therefore always comes 1 ms after a tick, and every detection takes the same time, nearly a
whole interval. Real lateness moves the retry and the tick, which spreads the detection latency.

**The bound of I6.** The invariant allows a record the timeout, an interval and a tick. A real tick is later than
planned, so a live run adds the promised `--timer-error` to the bound.

**Another tick.** A real deadline may miss the tick that finds it in the simulation. The attempt has the same outcome
and ends an interval later. Until then its actor is busy, so an arrival that picks this actor in the simulation picks
another one in reality. The page counts such attempts as consequences.

**Heartbeats.** A detector that learns from heartbeats sees the delay of each of them. It suspects an executor that runs
if a heartbeat is later than the detector's slack. The slack of the case with heartbeats is 0.523 s of virtual time,
52 ms of real time at a speed of 10. If the largest delay exceeds it, any attempt of that case may differ, and the
comparison counts such a difference as a race. The simulation has no such suspicions.

**Late ballots.** In the simulation a voter ignores a ballot whose vote is closed. A real voter does not know that, and
answers. The source ignores the answer, so only the numbers of messages differ.

**Constants.** A constant latency or stage is a single value in the model, and a small distribution in reality. Tests of
a distribution must tolerate that, or they reject every constant.

**Omissions of the model.** It has no scheduling delay, no garbage collection and no resolution of timers. The tables
have them. asyncio rounds a wait up to a whole ms of real time, so a timer is 0 to 1 ms late before the scheduler adds
its delay. At speed {speed}, 1 ms of real time is {speed} ms of virtual time, and a migration has seven timers and four
messages. Garbage collection pauses a process rarely and briefly, because the libraries and the draws are exempt from
it. The delay of the scheduler dominates as soon as more processes want to run than there are cores.
"""

METHOD: Final = """
## The method

Both runs read the same named streams of random numbers, so each arrival, target, delay, loss and stage is the same in
both until two events come so close together that their order differs. Therefore the attempts are compared one by one,
and not only in distribution. An attempt that differs is a *race within the error* if two events that decide it are
closer in the simulation than the largest measured delay. The supervisor begins attempts, and it knows the executors
from reports that are 10 ms of real time old, so for the beginning of an attempt this lag is added to the delay. It is a
*consequence* if an earlier attempt of its migration or its actor differs, or if such a race has moved the end of that
attempt to another tick. All others are *unexplained*.

Distributions are compared by the test of Kolmogorov and Smirnov, with the time that the machine adds subtracted and
tolerated, proportions by Fisher's exact test, records by the largest distance of the two curves as a share of the peak
(at most 10 %), and invariants by whether they were violated in both runs or in none.

The protocol core, the driver of an executor, the draws and the network's rules are the same code in both runs. A live
run replaces virtual time by the machine's clock, delivery by TCP on loopback, crashes by SIGKILL and a new process that
reads its journal, and pauses by SIGSTOP and SIGCONT. So the comparison shows the effects of real time, real sockets and
real processes. It does not show errors of the protocol core or of the driver, which both runs share.
"""


def figures(found: Found) -> list[str]:
    """The tables of one case."""
    comparison = found.run.comparison
    assert comparison is not None
    shown = [row for row in comparison.rows if not row.figure.startswith("violations.")]
    broken = [row for row in comparison.rows if row.figure.startswith("violations.") and (row.live or row.simulated)]

    def number(value: float | None) -> str:
        return "–" if value is None else f"{value:.3f}"

    lines = rows(
        ("figure", "live", "simulated", "added", "test", "p", "agrees"),
        (
            (row.figure, number(row.live), number(row.simulated), number(row.added) if row.added else "–", row.test,
             number(row.p), "yes" if row.agrees else "**no**")
            for row in shown
        ),
    )  # fmt: skip
    matched = comparison.attempts
    lines += [
        f"Of {matched.simulated} simulated and {matched.live} live attempts, {matched.same} have the same actor, "
        f"source, target and outcome. {matched.within_error} differ by a race within the error, "
        f"{matched.consequences} as its consequence, {len(matched.unexplained)} for no known reason.",
        "",
    ]
    if broken:
        counts = ", ".join(
            f"{row.figure.removeprefix('violations.')} {row.live:.0f} and {row.simulated:.0f}" for row in broken
        )
        lines += [f"Violations, live and simulated: {counts}.", ""]
    else:
        lines += ["No invariant is violated in either run.", ""]
    return lines + delays(found.run)


def delays(run: Live) -> list[str]:
    """The delays of a run, ms of real time."""

    def ms(value: float | None) -> str:
        return "–" if value is None else f"{value * 1000:.2f}"

    lines = rows(
        ("real ms", "count", "mean", "99 %", "max"),
        (
            (
                title,
                str(run.measures[kind]["count"]),
                *(ms(run.measures[kind][name]) for name in ("mean_s", "p99_s", "max_s")),
            )
            for kind, title in TITLES.items()
        ),
    )
    waited = run.measures["waited_for_a_processor_s"]
    if waited is not None:
        lines += [f"The workers waited {waited:.1f} s for a processor in {run.measures['seconds']:.0f} s.", ""]
    if not run.kept:
        lines += [f"**The largest delay, {ms(run.worst_s)} ms, exceeds the promised {ms(run.error_s)} ms.**", ""]
    return lines


def size(run: Live) -> str:
    """The size of a live run as a sentence."""
    return f"{run.measures['processes']} processes, {run.measures['seconds']:.0f} s of real time."


def picture(found: Found, path: Path) -> None:
    """Draw the distributions and the records of both runs."""
    figure = Figure(figsize=(9, 2.8), layout="constrained")
    FigureCanvasSVG(figure)
    duration, latency, records = figure.subplots(1, 3)
    runs: Mapping[str, Any] = {"simulated": found.run.simulated, "live": found.run.recording}
    chains = {chain.figure: chain for chain in CHAINS}
    for name, style in (("simulated", {"color": "0.6", "linewidth": 3}), ("live", {"color": "C0", "linewidth": 1})):
        recording = runs[name]
        for axes, chain in ((duration, "migration_duration"), (latency, "detection_latency")):
            values = np.sort(chains[chain].values(recording.attempts))
            if len(values):
                axes.step(values, np.arange(1, len(values) + 1) / len(values), where="post", label=name, **style)
            axes.set_xlabel(f"{chain.replace('_', ' ')}, s")
        samples = np.sum(
            [column for state, column in recording.samples.items() if state not in ("running", "paused")], axis=0
        )
        step = (found.scenario.record.timeline or 1) / 1e6
        records.plot(np.arange(len(samples)) * step, samples, label=name, **style)
    records.set_xlabel("virtual time, s")
    records.set_title("records")
    duration.set_title("share of the completed")
    latency.set_title("share of the timed out")
    records.legend()
    figure.savefig(path, format="svg", metadata={"Date": None})


def page(folder: Path) -> str:
    """The page; its pictures are written to the folder."""
    cores, load = os.cpu_count(), os.getloadavg()[0]
    lines = ["# Validation against a real federation", "", made_by("validation"), ""]
    lines += [OPENING.format(speed=SPEED).strip(), ""]
    results = {title: measured(text, SPEED) for title, text in CASES.items()}
    for number, (title, found) in enumerate(results.items(), 1):
        picture(found, folder / f"validation-{number}.svg")
        lines += [f"## {title}", "", f"{found.scenario.description} {size(found.run)}", ""]
        lines += [*figures(found), f"![Live and simulated](validation-{number}.svg)", ""]
    lines += [LEARNED.format(speed=SPEED).strip(), ""]
    lines += ["## Cost, and the speed at which the agreement breaks", ""]
    lines += scale(results["Week 4"], cores or 1)
    lines += [METHOD.strip(), ""]
    when = time.strftime("%Y-%m-%d")
    lines += [
        f"Measured on {when} with Python {platform.python_version()} on {cores} cores, whose load was {load:.1f} at "
        "the beginning: processes that are not part of the run delay its timers.",
        "",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    Path("docs", "validation.md").write_text(page(Path("docs")), "utf-8")

"""Compares a live run with the simulation of the same scenario with the same draws, figure by figure.

Distributions are compared by the two-sample test of Kolmogorov and Smirnov, proportions by Fisher's exact test. Both
test at 1 %. The two runs share their draws, so their samples are positively dependent and the tests reject more rarely
than at 1 % if the runs agree. Therefore the attempts are also compared one by one, see `matching`.

Real timers and sockets add time to every step. The calibration, a live run of the same scenario without faults,
measures their mean delays. The time that the timers add to a chain of timers and messages is subtracted from the live
values before the test. A message travels over its socket while it waits for its delay, so a socket adds time only if
the delay of the scenario is shorter. The test tolerates the time of timers and sockets as a displacement of each value.
A retry begins when the supervisor has learned of the failure, so a detection tolerates the lag of reports, too. Each
row states both times.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy import stats

from icnsim.draws.streams import Floats, Integers
from icnsim.live.heartbeatslack import heartbeat_slack_us
from icnsim.live.matching import Matched, beginnings, matched, outcomes
from icnsim.protocol.states import State
from icnsim.recording.columns import NEVER, REJECTED, TIMED_OUT, Recording
from icnsim.recording.integers import Column
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Crash, Heal
from icnsim.simulation.faults.occurrences import every_series

if TYPE_CHECKING:
    import pandas as pd

LEVEL: Final = 0.01
"""The level of each test."""
MOST_APART: Final = 0.1
"""The largest difference of two curves of records that agree, as a share of the peak."""

ENTRIES: Final = {State.REQUESTING: "requested", State.CHECKPOINTING: "accepted", State.TRANSFERRING: "checkpointed"}
"""The column of the time at which a source enters a state."""


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of both runs.

    Attributes
    ----------
    figure : its name. live, simulated : its values, s or a share or a number; None without values.
    added : the time that real timers add according to the calibration, s; 0 for other figures.
    tolerance : the displacement of a value that the test does not count, s.
    test : the name of the test. statistic, p : its result; None if it does not apply.
    agrees : whether the test does not reject the agreement.
    """

    figure: str
    live: float | None
    simulated: float | None
    added: float
    tolerance: float
    test: str
    statistic: float | None
    p: float | None
    agrees: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The comparison of a live run with the simulation.

    Attributes
    ----------
    rows : the figures. attempts : the attempts one by one.
    """

    rows: tuple[Row, ...]
    attempts: Matched

    @property
    def agrees(self) -> bool:
        """Whether all figures agree and no attempt differs without a reason."""
        return all(row.agrees for row in self.rows) and not self.attempts.unexplained

    @property
    def table(self) -> "pd.DataFrame":
        """A row for each figure, with the columns of `Row`."""
        import pandas as pd

        return pd.DataFrame([asdict(row) for row in self.rows]).set_index("figure")

    def document(self) -> dict[str, Any]:
        """The comparison for a JSON file."""
        return {"agrees": self.agrees, "level": LEVEL, "figures": [asdict(row) for row in self.rows],
                "attempts": asdict(self.attempts)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chain:
    """A duration, and the number of timers and of messages in it.

    Attributes
    ----------
    values : returns its values of the attempts, s. retried : whether it depends on the time at which a retry begins.
    voted : whether a vote on the final checkpoint belongs to it.
    """

    figure: str
    timers: int
    messages: int
    values: Callable[[Mapping[str, Column]], Floats]
    retried: bool = False
    voted: bool = False


def _between(begin: str, end: str) -> Callable[[Mapping[str, Column]], Floats]:
    def values(attempts: Mapping[str, Column]) -> Floats:
        known = (attempts[begin] != NEVER) & (attempts[end] != NEVER)
        found: Floats = (attempts[end][known] - attempts[begin][known]) / 1e6
        return found

    return values


def _detection(attempts: Mapping[str, Column]) -> Floats:
    late = (attempts["failure"] == TIMED_OUT) & (attempts["failed"] != NEVER) & (attempts["deadline"] != NEVER)
    found: Floats = (attempts["failed"][late] - attempts["deadline"][late]) / 1e6
    return found


def _downtime(attempts: Mapping[str, Column]) -> Floats:
    found: Floats = attempts["downtime"][attempts["downtime"] != NEVER] / 1e6
    return found


CHAINS: Final = (
    Chain("detection_latency", 1, 0, _detection, retried=True),
    Chain("request_to_accept", 3, 2, _between("requested", "accepted")),
    Chain("migration_duration", 7, 4, _between("requested", "completed"), voted=True),
    Chain("downtime", 3, 1, _downtime, voted=True),
)
"""A migration has four messages, each with a timer for its delay, and three stages. The downtime has the final
checkpoint, its message and the restore. A detection has the tick."""
OF_A_VOTE: Final = (3, 2)
"""The timers and messages of a vote: the delays of a ballot and of a result, and the evaluation."""


def compare(
    scenario: Scenario,
    live: Recording,
    simulated: Recording,
    *,
    measures: Mapping[str, Any],
    calibration: Mapping[str, Any],
    worst_s: float,
) -> Comparison:
    """Compare a live run with the simulation.

    Parameters
    ----------
    measures, calibration : the measures of the live run and of the calibration, see `running.measures_of`.
    worst_s : the largest delay of the live run, s of real time.
    """
    speed = measures["speed"]
    timer, socket = ((calibration[kind]["mean_s"] or 0.0) * speed for kind in ("timer", "socket"))
    rows = []
    for chain in CHAINS:
        timers, messages = OF_A_VOTE if chain.voted and scenario.quorum.confirms else (0, 0)
        added = (chain.timers + timers) * timer
        tolerance = added + (chain.messages + messages) * socket + (measures["lag_s"] * speed if chain.retried else 0.0)
        samples = chain.values(live.attempts), chain.values(simulated.attempts)
        rows.append(_distribution(chain.figure, *samples, added, tolerance))
    codes = [outcomes(run.attempts) for run in (live, simulated)]
    names = {"completed": 1, "timed_out": TIMED_OUT + 2, "rejected": REJECTED + 2, "unfinished": 0}
    rows += [_share(name, codes[0] == code, codes[1] == code) for name, code in names.items()]
    rows += _records(live, simulated)
    rows += [_count(name, live, simulated) for name in simulated.observed.counts]
    timeouts = {ENTRIES[state]: ms * 1000 for state, ms in scenario.timeouts_ms.items() if state in ENTRIES}
    begun = ({**run.attempts, "begun": beginnings(run.attempts, run.decisions)} for run in (live, simulated))
    attempts = matched(
        *begun, timeouts_us=timeouts, instants_us=_instants(scenario, simulated.horizon),
        delay_us=round(worst_s * speed * 1e6), interval_us=scenario.manager.check_interval,
        lag_us=round(measures["lag_s"] * speed * 1e6), slack_us=heartbeat_slack_us(scenario),
    )  # fmt: skip
    return Comparison(tuple(rows), attempts)


def _mean(values: Column | Floats) -> float | None:
    return float(values.mean()) if len(values) else None


def _distribution(figure: str, live: Floats, simulated: Floats, added: float, tolerance: float) -> Row:
    """Compare two samples, after subtracting the time that the machine adds."""
    test, means = "Kolmogorov-Smirnov", (_mean(live), _mean(simulated))
    if not len(live) or not len(simulated):
        return Row(figure, means[0], means[1], added, tolerance, test, None, None, len(live) == len(simulated))
    distance = distance_beyond(live - added, simulated, tolerance)
    size = round(len(live) * len(simulated) / (len(live) + len(simulated)))
    p = float(stats.kstwo.sf(distance, max(1, size)))
    return Row(figure, means[0], means[1], added, tolerance, test, distance, p, p >= LEVEL)


def distance_beyond(one: Floats, other: Floats, tolerance: float) -> float:
    """The distance of Kolmogorov and Smirnov between two samples, beyond a displacement of each value.

    sup over x of F(x) - G(x + t) and of G(x) - F(x + t), at least 0. It is the usual distance for t = 0. A constant in
    the model is spread by real timers; with a tolerance, such a spread does not count.
    """
    first, second = np.sort(one), np.sort(other)

    def above(low: Floats, high: Floats) -> float:
        share = np.arange(1, len(low) + 1) / len(low)
        return float((share - np.searchsorted(high, low + tolerance, side="right") / len(high)).max())

    return max(0.0, above(first, second), above(second, first))


def _share(figure: str, live: Column, simulated: Column) -> Row:
    """Compare two proportions."""
    table = [[int(run.sum()), int((~run).sum())] for run in (live, simulated)]
    p = float(stats.fisher_exact(table).pvalue)
    return Row(figure, _mean(live), _mean(simulated), 0.0, 0.0, "Fisher", None, p, p >= LEVEL)


def _records(live: Recording, simulated: Recording) -> list[Row]:
    """Compare the number of records at each sample of the timeline: the largest difference of the two curves.

    The difference is at most 10 % of the peak: a record may be opened or removed one sample earlier or later.
    """
    if not simulated.samples:
        return []
    names = [state.label for state in State if state.label in simulated.samples]
    ours, theirs = (np.sum([run.samples[name] for name in names], axis=0) for run in (live, simulated))
    count = min(len(ours), len(theirs))
    difference = np.abs(ours[:count] - theirs[:count])
    share = float(difference.max() / max(1, theirs.max())) if count else 0.0
    test = "largest difference / peak"
    return [Row("records", _mean(ours), _mean(theirs), 0.0, 0.0, test, share, None, share <= MOST_APART)]


def _count(invariant: str, live: Recording, simulated: Recording) -> Row:
    """Compare whether an invariant was violated."""
    ours, theirs = live.observed.counts[invariant], simulated.observed.counts[invariant]
    name = f"violations.{invariant}"
    return Row(name, float(ours), float(theirs), 0.0, 0.0, "both or none", None, None, bool(ours) is bool(theirs))


def _instants(scenario: Scenario, horizon: int) -> Integers:
    """The times at which faults begin or end, and the end of the run, µs."""
    times = [horizon]
    for series in every_series(scenario, horizon):
        for _, fault in series:
            if fault.at >= horizon:
                break
            lasting = fault.restart_after if isinstance(fault, Crash) else getattr(fault, "lasting", None)
            times += [fault.at] if isinstance(fault, Heal) or lasting is None else [fault.at, fault.at + lasting]
    return np.array(times, np.int64)

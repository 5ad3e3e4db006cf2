"""The data of the timeline of a run: executors as rows, the active states of migrations as bars, and what happened.

Theory of operation. Everything comes from the tables of the run, and the times of faults from its scenario. A timeline
draws at most `selection.MOST_ATTEMPTS` attempts one by one and has at most `selection.MOST_ROWS` rows. If there are
more, each row also shows the mean number of records in each state, over all attempts. So the data have a maximum size
for any run. A list of numbers is written for each item; the script `assets/timeline.js` declares the same fields. Times
are whole ms from the start of the run.

A table has no time at which the target's record failed. Such a record is drawn until its deadline if `restoring` is
tracked, and until the end of the simulation if it is not. A record without an end is drawn until its executor crashes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from icnsim.numbers import as_given
from icnsim.plots.migration import SPANS
from icnsim.protocol.states import State
from icnsim.recording.outcome import OUTCOMES
from icnsim.report import selection
from icnsim.report.lanes import lanes
from icnsim.report.page import Timeline
from icnsim.report.selection import Booleans, Integers
from icnsim.report.shading import crashes, shaded
from icnsim.report.strips import Intervals, means
from icnsim.report.thinning import thinned
from icnsim.trace.attempts import TIMES, of_rows
from icnsim.trace.diagram import Arrow, Diagram

if TYPE_CHECKING:
    import pandas as pd

    from icnsim.experiment import Run

NEVER: Final = -1
BINS: Final = 96
MOST_TICKS: Final = 400
MOST_PINS: Final = 150
STATES: Final = tuple(name for name, _, _, _ in SPANS)
_COLUMNS: Final = {name: f"{name}_s" if name == "deadline" else f"{name}_at_s" for name in TIMES}
_READ: Final = (
    "migration_id", "attempt", "actor", "source", "target", "outcome", "reason", "false_positive", "replaced_at_s",
    *_COLUMNS.values(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Bar:
    """A state of an attempt at one executor, µs."""

    attempt: int
    state: int
    executor: int
    since: int
    until: int


class _Attempts:
    """The attempts of a run as arrays: executors as numbers, times in whole µs, -1 if they did not happen."""

    def __init__(self, run: "Run", horizon: int) -> None:
        frame = run.some("attempts", _READ)
        self.frame, self.horizon = frame, horizon
        self.names = run.scenario.executor_names
        self.migration = frame["migration_id"].to_numpy(np.int64)
        self.ends = {side: _codes(frame[side], self.names) for side in ("source", "target")}
        self.outcome = _codes(frame["outcome"], OUTCOMES)
        self.false_positive: Booleans = frame["false_positive"].to_numpy(bool)
        self.times = {name: _micros(frame[name]) for name in _READ if name.endswith("_s")}
        restoring = run.scenario.timeouts_ms.get(State.RESTORING)
        self._restoring = horizon if restoring is None else restoring * 1000
        self._crashes = crashes(run.scenario, horizon)

    def intervals(self, state: int) -> tuple[Integers, Integers, Integers]:
        """The attempts that were in a state, and from when until when they were in it."""
        _, side, begins, ends = SPANS[state]
        since = self.times[begins]
        over = [self.times[ends]]
        if side == "source":
            over += [self.times["failed_at_s"], self.times["replaced_at_s"]]
        latest = np.where(since == NEVER, NEVER, since + (self._restoring if side == "target" else self.horizon))
        until = latest = np.minimum(latest, self.horizon)
        for each in over:
            until = np.where(each != NEVER, np.minimum(until, each), until)
        for executor, instants in self._crashes.items():
            rows = np.flatnonzero((self.ends[side] == executor) & (until == latest) & (since != NEVER))
            following = np.append(instants, self.horizon)[np.searchsorted(instants, since[rows], side="right")]
            until[rows] = np.minimum(until[rows], following)
        rows = np.flatnonzero((since != NEVER) & (until > since))
        return rows, since[rows], until[rows]

    def bars(self, chosen: Integers) -> list[_Bar]:
        """The bars of some attempts, in the order of the attempts and their states."""
        found = []
        for state in range(len(SPANS)):
            executor, intervals = self.ends[SPANS[state][1]], self.intervals(state)
            wanted = np.isin(intervals[0], chosen)
            for row, since, until in zip(*(each[wanted].tolist() for each in intervals), strict=True):
                found.append(_Bar(row, state, int(executor[row]), since, until))
        return sorted(found, key=lambda bar: (bar.attempt, bar.state))

    def row(self, number: int) -> dict[str, Any]:
        """An attempt as `trace.attempts.of_rows` reads it."""
        reason = self.frame["reason"].iloc[number]
        at = {name: int(self.times[column][number]) for name, column in _COLUMNS.items()}
        return {
            "attempt": int(self.frame["attempt"].iloc[number]),
            **{side: int(column[number]) for side, column in self.ends.items()},
            "outcome": OUTCOMES[int(self.outcome[number])],
            "reason": reason if isinstance(reason, str) else "",
            **{name: None if time == NEVER else time for name, time in at.items()},
        }

    def classes(self, violated: Integers) -> Integers:
        """How much each attempt needs an explanation, 0 for most; `violated` are the attempts with a violation."""
        by_outcome = np.array([2, 5, 4, 3, 4], dtype=np.int64)  # in the order of OUTCOMES
        found = np.where(self.false_positive, 1, by_outcome[self.outcome])
        found[violated] = 0
        return found


def _codes(column: "pd.Series[Any]", names: Sequence[str]) -> Integers:
    import pandas as pd

    return np.asarray(pd.Categorical(column.astype(object), categories=list(names)).codes, dtype=np.int64)


def _micros(column: "pd.Series[Any]") -> Integers:
    """Seconds as whole µs: exact, because a table holds whole µs as float64."""
    seconds = column.to_numpy(np.float64)
    return np.where(np.isnan(seconds), NEVER, np.rint(np.nan_to_num(seconds) * 1e6)).astype(np.int64)


class _Texts:
    """Texts that are written once and referred to by their numbers."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, text: str) -> int:
        return self.numbers.setdefault(text, len(self.numbers))


class _Maker:
    """Makes the data of one run."""

    def __init__(self, run: "Run") -> None:
        self.run, self.names = run, run.scenario.executor_names
        self.horizon = round(run.summary["simulated_s"] * 1e6)
        self.attempts = _Attempts(run, self.horizon)
        self.violations = run.some("violations", ["invariant", "at_s", "executor", "attempt_id", "evidence"])
        self.at = _micros(self.violations["at_s"])
        self.of_attempt = self.violations["attempt_id"].fillna(NEVER).to_numpy(np.int64)
        self.where = _codes(self.violations["executor"], self.names)
        violated = np.unique(self.of_attempt[self.of_attempt != NEVER])
        self.chosen = selection.attempts(self.attempts.migration, self.attempts.classes(violated))
        self.bars = self.attempts.bars(self.chosen)
        groups = [group.group for group in run.scenario.group_of_each]
        self.rows, self.row_of = selection.rows(self.names, groups, self._scores())
        self.texts, self.actors = _Texts(), _Texts()

    def _scores(self) -> Integers:
        """How much of what is drawn happens at each executor; trouble counts most."""
        scores, a = np.zeros(len(self.names), dtype=np.int64), self.attempts
        trouble = a.classes(np.zeros(0, np.int64)) < 5
        for bar in self.bars:
            scores[bar.executor] += 1 + 10 * bool(trouble[bar.attempt])
        known = self.where != NEVER
        np.add.at(scores, self.where[known], 100)
        return scores

    @cached_property
    def end(self) -> int:
        """The last instant that is drawn, µs: the time after it, in which only records are removed, is left out."""
        requested = self.attempts.times["requested_at_s"][self.chosen]
        last = max([int(requested.max(initial=0)) + 1, int(self.at.max(initial=0)), *(bar.until for bar in self.bars)])
        return int(min(self.horizon, last))

    @property
    def whole(self) -> bool:
        """Whether every attempt is drawn."""
        return len(self.chosen) == len(self.attempts.migration)

    def migrations(self) -> tuple[list[list[int]], list[list[int]], list[dict[str, Any]]]:
        """The migrations, their attempts and their sequence diagrams."""
        a, numbers = self.attempts, dict.fromkeys(self.attempts.migration[self.chosen].tolist())
        place = {number: index for index, number in enumerate(numbers)}
        attempts, of_migration = [], dict[int, list[dict[str, Any]]]()
        actor = dict[int, str]()
        for number in self.chosen.tolist():
            migration, row = int(a.migration[number]), a.row(number)
            of_migration.setdefault(migration, []).append(row)
            actor.setdefault(migration, str(a.frame["actor"].iloc[number]))
            reason = self.texts.of(row["reason"]) if row["reason"] else NEVER
            ends = [_ms(row["failed"]), _ms(row["deadline"])] if row["outcome"] == "timed_out" else [NEVER, NEVER]
            attempts.append([place[migration], row["attempt"], row["source"], row["target"], int(a.outcome[number]),
                             reason, int(a.false_positive[number]), _ms(row["requested"]), *ends])  # fmt: skip
        migrations = [[number, self.actors.of(actor[number])] for number in numbers]
        drawn = [
            self._diagram(of_rows(rows, f"migration {number} of {actor[number]}", self.names))
            for number, rows in of_migration.items()
        ]
        return migrations, attempts, drawn

    def _diagram(self, diagram: Diagram) -> dict[str, Any]:
        """A diagram as numbers; its times count from that of its first step."""
        since = next(step.at for step in diagram.steps if step.at is not None)

        def after(at: int | None) -> int | None:
            return None if at is None else _ms(at) - _ms(since)

        steps = [
            [after(s.at), s.sender, s.receiver, self.texts.of(s.text), after(s.sent)] if isinstance(s, Arrow)
            else [after(s.at), s.executor, self.texts.of(s.text), int(s.tone.value == "bad")]
            for s in diagram.steps
        ]  # fmt: skip
        return {"executors": list(diagram.executors), "since": _ms(since), "steps": steps}

    def drawn_bars(self) -> tuple[list[list[int]], list[int]]:
        """The bars with their lanes, and the number of lanes of each row."""
        place = {number: index for index, number in enumerate(self.chosen.tolist())}
        parts: dict[tuple[int, int], tuple[int, int]] = {}
        for bar in self.bars:
            key = bar.attempt, bar.executor
            since, until = parts.get(key, (bar.since, bar.until))
            parts[key] = min(since, bar.since), max(until, bar.until)
        spans = [(int(self.row_of[executor]), *parts[attempt, executor]) for attempt, executor in parts]
        lane_of, counts = lanes(spans, len(self.rows))
        lane = dict(zip(parts, lane_of, strict=True))
        return [
            [place[bar.attempt], bar.state, int(self.row_of[bar.executor]), lane[bar.attempt, bar.executor],
             _ms(bar.since), _ms(bar.until)]
            for bar in self.bars
        ], counts  # fmt: skip

    def ticks(self) -> list[list[int]]:
        """The ticks, and the looks of detectors, that failed or removed records, of executors with their own rows."""
        if not self.run.scenario.record.manager:
            return []
        frame = self.run.some("manager", ["executor", "at_s", "timed_out", "removed"])
        at, rows = _micros(frame["at_s"]), self.row_of[_codes(frame["executor"], self.names)]
        own = np.array([row.single for row in self.rows])[rows] & (at <= self.end)
        failed = frame["timed_out"].to_numpy(np.int64)[own] > 0
        events = [
            (row, "failed" if late else "removed", instant)
            for row, late, instant in zip(rows[own].tolist(), failed.tolist(), at[own].tolist(), strict=True)
        ]
        found, _ = thinned(events, MOST_TICKS, self.end)
        return [[each.row, int(each.kind == "failed"), _ms(each.at), each.merged] for each in found]

    def pins(self) -> list[list[int]]:
        """The violations; those of an unknown executor have the row -1."""
        invariant, evidence = (self.violations[name].astype(str).tolist() for name in ("invariant", "evidence"))
        rows = [int(self.row_of[number]) if number != NEVER else NEVER for number in self.where.tolist()]
        found, _ = thinned(list(zip(rows, invariant, self.at.tolist(), strict=True)), MOST_PINS, self.end)
        migration = self.attempts.migration
        index = {number: place for place, number in enumerate(dict.fromkeys(migration[self.chosen].tolist()))}
        return [
            [each.row, _ms(each.at), self.texts.of(f"{each.kind}: {evidence[each.first]}"), each.merged,
             index.get(int(migration[attempt]), NEVER) if (attempt := self.of_attempt[each.first]) != NEVER else NEVER]
            for each in found
        ]  # fmt: skip

    def strips(self) -> list[list[list[int]]]:
        """The mean records of each row and state, over all attempts; none if every attempt has its bars."""
        if self.whole:
            return []
        of_states = []
        for state in range(len(SPANS)):
            rows, since, until = self.attempts.intervals(state)
            of_states.append(Intervals(self.row_of[self.attempts.ends[SPANS[state][1]][rows]], since, until))
        return means(of_states, len(self.rows), np.linspace(0, self.end, BINS + 1).round().astype(np.int64))

    def data(self) -> dict[str, Any]:
        """Everything, as JSON."""
        bars, lane_counts = self.drawn_bars()
        migrations, attempts, diagrams = self.migrations()
        faults = [
            [each.row, _ms(each.since), _ms(each.until), self.texts.of(each.kind)]
            for each in shaded(self.run.scenario, self.row_of, self.end)
        ]
        made = {
            "end": -(-self.end // 1000),
            "rows": [[row.name, count] for row, count in zip(self.rows, lane_counts, strict=True)],
            "states": STATES, "outcomes": OUTCOMES, "migrations": migrations, "attempts": attempts,
            "diagrams": diagrams, "bars": bars, "ticks": self.ticks(), "pins": self.pins(), "faults": faults,
            "strips": self.strips(),
        }  # fmt: skip
        return {**made, **self._texts(diagrams, attempts)}

    def _texts(self, diagrams: Sequence[Mapping[str, Any]], attempts: Sequence[Sequence[int]]) -> dict[str, Any]:
        """The texts to which the numbers refer; of the executors those that something refers to."""
        used = {number for each in diagrams for number in each["executors"]}
        used |= {number for each in attempts for number in each[2:4]}
        names = {str(number): self.names[number] for number in sorted(used)}
        return {"executors": names, "texts": list(self.texts.numbers), "actors": list(self.actors.numbers)}


def _ms(at: int | None) -> int:
    """µs as whole ms; -1 for an event that did not happen."""
    return NEVER if at is None or at == NEVER else at // 1000


def timeline(run: "Run") -> Timeline | None:
    """The timeline of a run; None if the run has no attempt.

    The data have the same bytes for the same results. `lines` say in words what the picture shows.
    """
    if not run.scenario.migrates or run.summary["attempts"]["total"] == 0:
        return None
    maker = _Maker(run)
    data = maker.data()
    return Timeline(data, _note(maker), tuple(_lines(data)))


def _note(maker: _Maker) -> str:
    shown, every = len(np.unique(maker.attempts.migration[maker.chosen])), len(np.unique(maker.attempts.migration))
    if maker.whole:
        return f"All {every:,} migrations have bars."
    return (
        f"{shown:,} of {every:,} migrations have bars: first those with violations, false positives and failures. "
        "The areas behind the bars show the mean number of records of all migrations."
    )


def _lines(data: Mapping[str, Any]) -> Iterator[str]:
    """For each row what is drawn there."""
    for row, (name, _) in enumerate(data["rows"]):
        attempts = len({(bar[0]) for bar in data["bars"] if bar[2] == row})
        found = [f"{attempts:,} attempts"] if attempts else []
        late = sum(tick[3] for tick in data["ticks"] if tick[0] == row and tick[1])
        found += [f"{late:,} ticks that failed records"] if late else []
        pins = sum(pin[3] for pin in data["pins"] if pin[0] == row)
        found += [f"{pins:,} violations"] if pins else []
        faults = [
            f"{data['texts'][kind]} from {as_given(since / 1000, 's')} to {as_given(until / 1000, 's')}"
            for where, since, until, kind in data["faults"]
            if where == row
        ]
        found += faults[:5] + ([f"{len(faults) - 5:,} more faults"] if len(faults) > 5 else [])
        if found:
            yield f"{name}: {', '.join(found)}"

"""Compares the attempts of a live run with those of the simulation, one by one.

Both runs have the same draws, so an attempt has the same source, target and outcome unless a race was decided
otherwise: two events were so close together that the error of the timers and sockets could exchange them. After the
first such difference an actor is elsewhere, or busy at another time, and later attempts differ as a *consequence*.

The *margin* of an attempt is the shortest time between two events whose order decides it:

- the end of its stay in a state and the timeout of that state,
- its timeout and a late answer,
- its deadline, and the tick before or after it,
- its beginning, and the beginning or the end of another migration of its actor; or of the actor that the same arrival
  has in the other run, because an arrival takes another actor if the first one is migrating,
- its beginning or one of its steps, and the beginning or the end of a fault, or the end of the run,
- a heartbeat and the suspicion of its sender that it prevents, see `heartbeatslack`.

A migration with a vote begins with the vote. The supervisor decides about a beginning from reports that are `lag` old,
so the margin of a beginning is shorter by the lag.

The *error* of an attempt is the largest delay of the live run, and in addition the largest difference between the times
of the same step in both runs. A difference is *within the error* if the margin in the simulation is not larger than the
error. An attempt that only one of the runs has is within the error if its margin in that run is not larger than the
largest delay.

An attempt with the same outcome may end at another tick, or lose an answer that it does not need. The actor is then
busy at another time. If such a race is within the error, a later difference of the actor is its consequence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from icnsim.recording.columns import NEVER, TIMED_OUT
from icnsim.recording.integers import Column, Integers

STEPS: Final = ("requested", "admitted", "accepted", "checkpointed", "transferred", "restored", "completed", "failed")
"""The columns of the steps of an attempt, in their order."""
DECIDED: Final = ("actor", "source", "target", "outcome")
ENDS: Final = ("completed", "failed")
FAR: Final = 1 << 60
"""The margin of an attempt that no race decides, µs."""


@dataclass(frozen=True, slots=True)
class Matched:
    """The attempts of both runs.

    Attributes
    ----------
    simulated, live : the numbers of attempts.
    same : attempts with the same actor, source, target and outcome in both.
    within_error : attempts that differ because of a race within the error.
    consequences : attempts that differ because an earlier attempt of their migration or of their actor differs.
    unexplained : the (migration, attempt) of all others.
    largest_shift_us : the largest difference between the times of one step of an attempt that is the same, µs.
    exposed : simulated attempts whose margin is not larger than the largest delay of the live run.
    closest_us : the smallest margin of a simulated attempt, µs; None if no race decides any attempt.
    """

    simulated: int
    live: int
    same: int
    within_error: int
    consequences: int
    unexplained: tuple[tuple[int, int], ...]
    largest_shift_us: int
    exposed: int
    closest_us: int | None


def outcomes(attempts: Mapping[str, Column]) -> Integers:
    """A code for the outcome of each attempt: 0 unfinished, 1 completed, 2 and more the kinds of failure."""
    failed = np.where(attempts["failed"] != NEVER, attempts["failure"].astype(np.int64) + 2, 0)
    found: Integers = np.where(attempts["completed"] != NEVER, 1, failed)
    return found


def beginnings(attempts: Mapping[str, Column], decisions: Mapping[str, Column] | None) -> Integers:
    """When each attempt began, µs: when its Request was sent, or when the vote on its migration was asked for."""
    begun: Integers = attempts["requested"].astype(np.int64)
    if decisions is not None:
        asked = dict(zip(decisions["migration"].tolist(), decisions["asked"].tolist(), strict=True))
        first = np.flatnonzero(attempts["attempt"] == 1)
        begun[first] = [asked.get(key, now) for key, now in zip(attempts["migration"][first].tolist(), begun[first])]
    return begun


def matched(
    live: Mapping[str, Column],
    simulated: Mapping[str, Column],
    *,
    timeouts_us: Mapping[str, int],
    instants_us: Integers,
    delay_us: int,
    interval_us: int,
    lag_us: int = 0,
    slack_us: int | None = None,
) -> Matched:
    """Compare the attempts of two recordings.

    Parameters
    ----------
    live, simulated : the columns `attempts` of the recordings, times in µs, and `begun`, see `beginnings`.
    timeouts_us : the timeout of each tracked state, by the column of the time at which a source enters it.
    instants_us : the times at which faults begin or end, and the end of the run.
    delay_us : the largest delay of the live run, virtual time.
    interval_us : the time between two ticks. lag_us : the age of the reports from which the supervisor decides.
    slack_us : how late a heartbeat may be before its sender is suspected; None without heartbeats.
    """
    live, simulated = ({**run, "outcome": outcomes(run)} for run in (live, simulated))
    rows_live, rows_simulated = _keys(live), _keys(simulated)
    margins, margins_live = (
        np.minimum(_margins(run, timeouts_us, instants_us, interval_us, lag_us), FAR if slack_us is None else slack_us)
        for run in (simulated, live)
    )
    same = within = following = shift = 0
    unexplained: list[tuple[int, int]] = []
    touched: set[tuple[str, int]] = set()
    order = sorted(
        rows_simulated.keys() | rows_live.keys(), key=lambda key: _time(key, rows_simulated, simulated, live, rows_live)
    )
    for key in order:
        here, there = rows_live.get(key), rows_simulated.get(key)
        places = _places(key, here, live) | _places(key, there, simulated)
        if here is not None and there is not None:
            difference = _shift(live, here, simulated, there)
            if all(live[name][here] == simulated[name][there] for name in DECIDED):
                same += 1
                shift = max(shift, difference)
                if _deviates(live, here, simulated, there, delay_us) and (
                    margins[there] <= delay_us + _shift(live, here, simulated, there, STEPS[: -len(ENDS)])
                ):
                    touched |= places
                continue
            if min(margins[there], _pick_margin(live, here, simulated, there, lag_us)) <= delay_us + difference:
                within += 1
                touched |= places
                continue
        elif (margins_live[here] if there is None else margins[there]) <= delay_us:
            within += 1
            touched |= places
            continue
        if places & touched:
            following += 1
        else:
            unexplained.append(key)
        touched |= places
    closest = int(margins.min(initial=FAR))
    return Matched(
        len(rows_simulated), len(rows_live), same, within, following, tuple(unexplained), shift,
        int((margins <= delay_us).sum()), None if closest == FAR else closest,
    )  # fmt: skip


def _keys(attempts: Mapping[str, Column]) -> dict[tuple[int, int], int]:
    """The row of each attempt by its migration and its number."""
    pairs = zip(attempts["migration"].tolist(), attempts["attempt"].tolist(), strict=True)
    return {pair: row for row, pair in enumerate(pairs)}


def _time(
    key: tuple[int, int],
    rows_simulated: Mapping[tuple[int, int], int],
    simulated: Mapping[str, Column],
    live: Mapping[str, Column],
    rows_live: Mapping[tuple[int, int], int],
) -> tuple[int, tuple[int, int]]:
    """The time at which an attempt began, in the simulation if it has it, and its key."""
    if key in rows_simulated:
        return int(simulated["requested"][rows_simulated[key]]), key
    return int(live["requested"][rows_live[key]]), key


def _places(key: tuple[int, int], row: int | None, attempts: Mapping[str, Column]) -> set[tuple[str, int]]:
    """The migration and the actor of an attempt, through which it affects later ones."""
    found = {("migration", key[0])}
    return found if row is None else found | {("actor", int(attempts["actor"][row]))}


def _shift(
    live: Mapping[str, Column], here: int, simulated: Mapping[str, Column], there: int, steps: Sequence[str] = STEPS
) -> int:
    """The largest difference between the times of one step in both runs, µs."""
    pairs = ((int(live[step][here]), int(simulated[step][there])) for step in steps)
    return max((abs(one - other) for one, other in pairs if NEVER not in (one, other)), default=0)


def _deviates(
    live: Mapping[str, Column], here: int, simulated: Mapping[str, Column], there: int, delay_us: int
) -> bool:
    """Whether an attempt with the same outcome has other steps, or ends at a time that delays do not explain."""
    pairs = [(int(live[step][here]), int(simulated[step][there])) for step in STEPS]
    if any((one == NEVER) is not (other == NEVER) for one, other in pairs):
        return True
    before = _shift(live, here, simulated, there, STEPS[: -len(ENDS)])
    return _shift(live, here, simulated, there, ENDS) > before + delay_us


def _margins(
    attempts: Mapping[str, Column], timeouts_us: Mapping[str, int], instants_us: Integers, interval_us: int, lag_us: int
) -> Integers:
    """The margin of each attempt, µs."""
    margins = np.full(len(attempts["requested"]), FAR, np.int64)
    follows = {"requested": "accepted", "accepted": "checkpointed", "checkpointed": "completed"}
    for entry, timeout in timeouts_us.items():
        entered = attempts[entry].astype(np.int64)
        for left in (attempts[follows[entry]], attempts["failed"], attempts["late_at"]):
            margins = _least(margins, left, entered + timeout, entered != NEVER)
    margins = _least(margins, attempts["failed"], attempts["late_at"], attempts["late_at"] != NEVER)
    for tick in (attempts["failed"], attempts["failed"] - interval_us):
        margins = _least(margins, tick, attempts["deadline"], (attempts["failed"] != NEVER) & _timed_out(attempts))
    ends = _ends(attempts)
    for rows in _by_actor(attempts["actor"]):
        begun, ended = attempts["begun"][rows], ends[rows]
        other = np.concatenate([begun, ended[ended != NEVER]])
        for place, row in enumerate(rows.tolist()):
            own = (other != begun[place]) & (other != ended[place])
            if own.any():
                nearest = np.abs(other[own] - begun[place]).min()
                margins[row] = min(margins[row], max(0, nearest - lag_us))
    for step, lag in (("begun", lag_us), *((step, 0) for step in STEPS)):
        if len(instants_us):
            times = attempts[step].astype(np.int64)
            distance = np.abs(times[:, None] - instants_us[None, :]).min(axis=1)
            margins = np.where(times != NEVER, np.minimum(margins, np.maximum(0, distance - lag)), margins)
    return margins


def _pick_margin(
    live: Mapping[str, Column], here: int, simulated: Mapping[str, Column], there: int, lag_us: int
) -> int:
    """The shortest time between an arrival and another migration's beginning or end, if the runs have other actors.

    The other migrations are those of the two actors, in both runs. The result is `FAR` if the actor is the same.
    """
    actors = [int(live["actor"][here]), int(simulated["actor"][there])]
    nearest = FAR
    if actors[0] != actors[1]:
        for run, own in ((live, here), (simulated, there)):
            rows = np.flatnonzero(np.isin(run["actor"], actors))
            rows = rows[rows != own]
            times = np.concatenate([run["begun"][rows], _ends(run)[rows]])
            distance = np.abs(times[times != NEVER] - run["begun"][own])
            nearest = min(nearest, int(distance.min(initial=FAR)))
    return max(0, nearest - lag_us)


def _ends(attempts: Mapping[str, Column]) -> Integers:
    """When each attempt ended, µs; NEVER while it is unfinished."""
    found: Integers = np.where(attempts["completed"] != NEVER, attempts["completed"], attempts["failed"])
    return found


def _timed_out(attempts: Mapping[str, Column]) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """The attempts whose deadline has passed."""
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (attempts["failure"] == TIMED_OUT) & (
        attempts["deadline"] != NEVER
    )
    return found


def _least(margins: Integers, one: Column, other: Column, known: Column) -> Integers:
    """The margins, or the distance of two times where both are known and it is smaller."""
    distance = np.abs(one.astype(np.int64) - other)
    found: Integers = np.where(known & (one != NEVER), np.minimum(margins, distance), margins)
    return found


def _by_actor(actors: Column) -> list[Integers]:
    """The rows of each actor that has several attempts."""
    order = np.argsort(actors, kind="stable")
    bounds = np.flatnonzero(np.diff(actors[order])) + 1
    return [rows for rows in np.split(order, bounds) if len(rows) > 1]

"""One cell of the table, and the default cells of each kind of row.

A row is something that has a beginning and an end in a small scenario, and its figure is the time of its end, s. The
columns are faults that are placed by the times of the row, so that they hit exactly this and nothing else. The value of
each cell follows by hand from the beginning, the end and the place of the fault.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

COLUMNS: Final = ("crash", "pause", "slow", "clock", "cut", "loss", "hold", "duplication", "drain")

Value = float | None
"""The time of its end, s, or another figure; None if it does not end."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A fault, the value of the row's figure under it, and the words for the documentation."""

    faults: Sequence[str]
    value: Value
    words: str
    changes: Mapping[str, object] = field(default_factory=dict)


Faults = Sequence[str]
Measure = Callable[[Faults, Mapping[str, object]], tuple[Value, Sequence[object]]]
"""Runs the row's scenario; returns its figure, and figures that no fault of the row's executors may change."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its description, its figure without a fault, and its cell in each column."""

    name: str
    measure: Measure
    value: Value
    cells: Mapping[str, Cell]


def s(seconds: float) -> str:
    """A time as a scenario has it."""
    return f"{round(seconds * 1e6)}us"


def fault(kind: str, host: str, at: float, lasting: float | None = None, **more: object) -> str:
    """A fault of an executor, from `at` on for a time, s."""
    end = "restart_after" if kind == "crash" else "for"
    keys = {"kind": kind, "executors": host, "at": s(at)} | ({end: s(lasting)} if lasting else {}) | more
    return ", ".join(f"{key}: {value}" for key, value in keys.items())


def cut(sender: str, receiver: str, at: float, lasting: float, messages: str) -> str:
    """A partition of the link from one executor to another."""
    about = f"kind: partition, at: {s(at)}, for: {s(lasting)}, symmetric: false"
    return f"{about}, from: {sender}, to: {receiver}, messages: {messages}"


def links(host: str, begins: float, ends: float, value: Value, reason: str) -> dict[str, Cell]:
    """The cells of an activity that uses no link: faults of all links of its executor have no effect."""
    third = (ends - begins) / 3
    at, lasting = begins + third, third
    return {
        "cut": Cell([cut("'*'", host, at, lasting, "drop"), cut(host, "'*'", at, lasting, "drop")], value, reason),
        "loss": Cell([fault("loss", host, at, lasting)], value, reason),
        "hold": Cell([cut("'*'", host, at, lasting, "hold"), cut(host, "'*'", at, lasting, "hold")], value, reason),
        "duplication": Cell([fault("duplication", host, at, lasting)], value, reason),
    }


def process(name: str, measure: Measure, host: str, begins: float, ends: float, after: float = 0, **cells: Cell) -> Row:
    """A row of work that takes process time at `host` from `begins` to `ends`; its figure comes `after` later, s."""
    middle, value = (begins + ends) / 2, ends + after
    return Row(name, measure, value, {
        "crash": Cell([fault("crash", host, middle, 1)], None, "is lost"),
        "pause": Cell([fault("pause", host, middle, 7)], value + 7, "stops and continues later"),
        "slow": Cell([fault("slow", host, middle, 1000, factor=3)], value + 2 * (ends - middle) + 2 * after,
                     "takes longer from then on"),
        "clock": Cell([fault("clock_drift", host, 0, rate=2)], value, "–"),
        **links(host, begins, ends, value, "–"),
        "drain": Cell([], value, "continues", {"drain": s(value + 1)}),
        **cells,
    })  # fmt: skip


def timer(name: str, measure: Measure, host: str, begins: float, ends: float, after: float = 0, **cells: Cell) -> Row:
    """A row of a wait by the clock of `host`."""
    middle, value = (begins + ends) / 2, ends + after
    return Row(name, measure, value, {
        "crash": Cell([fault("crash", host, middle, 1)], None, "is lost"),
        "pause": Cell([fault("pause", host, middle, ends - middle + 5)], value + 5, "ends when the process resumes"),
        "slow": Cell([fault("slow", host, middle, ends - middle, factor=3)], value, "–"),
        "clock": Cell([fault("clock_drift", host, 0, rate=2)], middle + after, "ends by the clock"),
        **links(host, begins, ends, value, "–"),
        "drain": Cell([], value, "continues", {"drain": s(value + 1)}),
        **cells,
    })  # fmt: skip


def travel(
    name: str, measure: Measure, sender: str, receiver: str, sent: float, due: float, after: float = 0, **cells: Cell
) -> Row:
    """A row of something that is sent at `sent` and arrives at `due`."""
    early, middle, value = sent - 0.001, (sent + due) / 2, due + after
    if sent == 0:
        early = 0
    return Row(name, measure, value, {
        "crash": Cell([fault("crash", receiver, due - 0.5, 3600)], None, "is lost if its receiver is down"),
        "pause": Cell([fault("pause", receiver, due - 0.5, 5.5)], value + 5, "waits for its receiver"),
        "slow": Cell([fault("slow", receiver, middle, due - middle, factor=3)], value, "–"),
        "clock": Cell([fault("clock_step", receiver, middle, by="7s")], value, "–"),
        "cut": Cell([cut(sender, receiver, early, 0.002, "drop")], None, "is lost at its sending or arrival"),
        "loss": Cell([fault("loss", sender, early, 0.002)], None, "is lost"),
        "hold": Cell([cut(sender, receiver, early, middle - early, "hold")], value, "arrives at max(healing, due)"),
        "duplication": Cell([fault("duplication", sender, early, 0.002)], value, "the first copy counts"),
        "drain": Cell([], value, "continues", {"drain": s(value + 1)}),
        **cells,
    })  # fmt: skip

"""Measures how late timers, sockets and commands are, in real time.

A measure has the exact maximum and mean, and a histogram whose classes are powers of two µs. So measures of several
processes can be added without any sample.
"""

from typing import Any, Final

CLASSES: Final = 40
"""The number of classes; the last one begins at 2^38 µs, which is three days."""


class Measure:
    """The distribution of one kind of delay, µs of real time."""

    __slots__ = ("classes", "count", "largest", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.largest = 0
        self.classes = [0] * CLASSES

    def add(self, delay_us: int) -> None:
        """Add a delay. Class `k` counts the delays from 2^(k-1) to below 2^k µs."""
        self.count += 1
        self.total += delay_us
        self.largest = max(self.largest, delay_us)
        self.classes[min(CLASSES - 1, max(0, delay_us).bit_length())] += 1

    def merge(self, other: dict[str, Any]) -> None:
        """Add the delays of another measure, as `fields` returns them."""
        self.count += other["count"]
        self.total += other["total_us"]
        self.largest = max(self.largest, other["max_us"])
        self.classes = [here + there for here, there in zip(self.classes, other["classes"], strict=True)]

    def below(self, share: float) -> int | None:
        """The upper end of the class that contains this quantile, µs, at most the maximum; None without a delay."""
        if not self.count:
            return None
        rank, seen = share * self.count, 0
        for number, found in enumerate(self.classes):
            seen += found
            if seen >= rank:
                return min(self.largest, (1 << number) - 1)
        return self.largest

    def fields(self) -> dict[str, Any]:
        """The measure for another process."""
        return {"count": self.count, "total_us": self.total, "max_us": self.largest, "classes": self.classes}

    def figures(self) -> dict[str, Any]:
        """The figures for people, s of real time. Quantiles are upper limits: the ends of their classes."""

        def seconds(us: float | None) -> float | None:
            return None if us is None else us / 1e6

        mean = self.total / self.count if self.count else None
        return {
            "count": self.count, "mean_s": seconds(mean), "p50_s": seconds(self.below(0.5)),
            "p99_s": seconds(self.below(0.99)), "max_s": seconds(self.largest if self.count else None),
        }  # fmt: skip


DELAYS: Final = ("timer", "socket", "command", "process")
"""Lateness of timers; from the writing to the reading of a message, and of a command; from the instant of a crash, a
restart or a pause to its effect. These delays move events of the run."""
KINDS: Final = (*DELAYS, "collection")
"""The delays, and the pauses of the garbage collector, which are a part of them."""


class Lateness:
    """The measures of one process."""

    __slots__ = ("measures",)

    def __init__(self) -> None:
        self.measures = {kind: Measure() for kind in KINDS}

    def merge(self, fields: dict[str, Any]) -> None:
        """Add the measures of another process."""
        for kind, measure in self.measures.items():
            measure.merge(fields[kind])

    def fields(self) -> dict[str, Any]:
        """The measures for another process."""
        return {kind: measure.fields() for kind, measure in self.measures.items()}

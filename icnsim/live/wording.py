"""The measures of a live run and its comparison with the simulation in words: for the commands and for the report.

All functions read the document of the run, as `live.json` has it.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from icnsim.recording import folder

FILE: Final = "live.json"
"""The document in the folder of the results."""
TITLES: Final[Mapping[str, str]] = {
    "timer": "timers, late by",
    "socket": "messages, in sockets for",
    "command": "commands, in sockets for",
    "process": "crashes, restarts, pauses, late by",
    "collection": "pauses of the garbage collector",
}
"""The kinds of delays, and their titles."""
DELAY_HEADINGS: Final = ("real ms", "count", "mean", "99 %", "maximum")
HEADINGS: Final = ("figure", "live", "simulated", "added", "test", "p", "agrees")
VIOLATIONS: Final = "violations."
"""The prefix of the numbers of violations among the figures of a comparison."""


def delays(measures: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """A row for each kind of delay, in milliseconds of real time."""
    for kind, title in TITLES.items():
        found = measures[kind]
        mean, p99, largest = (_ms(found[name]) for name in ("mean_s", "p99_s", "max_s"))
        yield title, f"{found['count']:,}", mean, p99, largest


def promise(found: Mapping[str, Any]) -> str:
    """The message of a run in which a delay was larger than the promised error; without a full stop."""
    return (
        f"a timer, a socket, a command, a report or a process was {found['largest_s']:.3f} s late, more than the "
        f"promised --timer-error of {found['promised_s']:g} s: do not rely on the figures; use a lower --speed or an "
        "idle machine"
    )


def caution(result: Path) -> str:
    """The same message for a folder of results; empty unless a live run made them and broke its promise.

    Raises
    ------
    ResultsError : its document is damaged.
    """
    if not (result / FILE).exists():
        return ""
    found = folder.read_document(result / FILE).get("promise")  # older results lack it
    return "" if found is None or found["kept"] else promise(found)


def processors(measures: Mapping[str, Any]) -> str:
    """How long the workers waited for a processor; empty if the system does not say it."""
    waited = measures["waited_for_a_processor_s"]
    if waited is None:
        return ""
    used, decided = measures["worker_cpu_s"], measures["supervisor_cpu_s"]
    return (
        f"The processes used {used:.1f} s of processor time, and waited {waited:.1f} s for a processor. The supervisor "
        f"used {decided:.1f} s."
    )


def figures(comparison: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str, str, str, str]]:
    """A row for each compared figure; invariants that neither run violates have one row together."""
    kept = []
    for row in comparison["figures"]:
        if not row["figure"].startswith(VIOLATIONS) or row["live"] or row["simulated"]:
            added = f"{row['added']:.3f}" if row["added"] else ""
            p = "" if row["p"] is None else f"{row['p']:.3f}"
            verdict = "yes" if row["agrees"] else "NO"
            yield row["figure"], _value(row["live"]), _value(row["simulated"]), added, row["test"], p, verdict
        else:
            kept.append(row["figure"].removeprefix(VIOLATIONS))
    if kept:
        yield f"violations of {len(kept)} invariants", "0", "0", "", "both or none", "", "yes"


def verdicts(comparison: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """The conclusions of a comparison, each with whether it speaks for the simulation."""
    rows, found = comparison["figures"], comparison["attempts"]
    differing = [row["figure"] for row in rows if not row["agrees"]]
    if differing:
        yield (
            False,
            f"Figures that differ from the simulation, {len(differing)} of {len(rows)}: {', '.join(differing)}.",
        )
    else:
        yield True, f"All figures agree with the simulation of the same draws; {len(rows)} were compared."
    same, total = found["same"], max(found["live"], found["simulated"])
    sentence = f"{same:,} of {total:,} attempts have the same actor, source, target and outcome"
    others = {
        "by a race within the error of the machine": found["within_error"],
        "as the consequence of an earlier difference": found["consequences"],
        "for no known reason": len(found["unexplained"]),
    }
    reasons = ", ".join(f"{number:,} {reason}" for reason, number in others.items() if number)
    yield not found["unexplained"], f"{sentence}. The others differ: {reasons}." if reasons else f"{sentence}."
    yield (
        True,
        f"The largest delay may change {found['exposed']:,} attempts: the order of two events that are at most "
        "this delay apart decides them.",
    )


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.2f}"

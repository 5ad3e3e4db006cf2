"""The section of a live run: what it measured about the machine, and how it compares with the simulation."""

from collections.abc import Iterator

from icnsim.experiment import Run
from icnsim.live import wording
from icnsim.recording import folder
from icnsim.report.page import Part, Section, Text, Verdict, Verdicts, table


def reality(run: Run) -> Iterator[Section]:
    """The section of a live run; none of a simulation."""
    if not run.live or run.folder is None:
        return
    found = folder.read_document(run.folder / wording.FILE)
    measures, comparison = found["measures"], found.get("comparison")
    speed = measures["speed"]
    note = f"One millisecond of real time is {speed} ms of virtual time. {wording.processors(measures)}".strip()
    parts: list[Part] = [Text(
        f"Real processes, timers, sockets and signals made this run: {speed} virtual seconds passed in a real one."
    )]  # fmt: skip
    sentence = wording.caution(run.folder)
    if sentence:
        parts.append(Verdicts("", (Verdict(False, f"{sentence[0].upper()}{sentence[1:]}."),)))
    if comparison is not None:
        parts += [
            Verdicts("", tuple(Verdict(good, sentence) for good, sentence in wording.verdicts(comparison))),
            table(
                "The live run and the simulation",
                [name if name in ("figure", "test", "agrees") else f"#{name}" for name in wording.HEADINGS],
                wording.figures(comparison),
                "Virtual seconds and shares. The time that real timers and sockets add, from a calibration without "
                "faults, is subtracted before a test.",
            ),
        ]
    headings = [name if name == "real ms" else f"#{name}" for name in wording.DELAY_HEADINGS]
    parts.append(table("Delays of the machine", headings, wording.delays(measures), note))
    yield Section("reality", "Reality", tuple(parts))

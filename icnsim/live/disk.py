"""The disk of a place: the files that a process writes, and from which the next process restores its executors.

The *journal* has a line for each batch of changes to records, stored checkpoints and actors. Each actor's own newest
checkpoint, which it makes at intervals while it runs, is a *checkpoint file*. A line is one write to the kernel, and a
checkpoint file is replaced as a whole. So both survive a kill of the process. They are not forced to the device,
because a kill ends the process and not the machine.
"""

import json
import os
import shutil
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from icnsim.errors import ResultsError
from icnsim.live.image import Event
from icnsim.protocol.messages import ActorId

JOURNAL: Final = "journal"
PREFIX: Final = "actor-"
DRAFT: Final = ".draft"
"""The end of the name of a checkpoint file that is not complete."""
NO_SPACE: Final = "no space left on the disk"


class Disk:
    """The files of one place.

    Parameters
    ----------
    folder : of the place; it is created.

    Raises
    ------
    ResultsError : a method cannot write a file as a whole.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._descriptor: int | None = None

    # The process that runs

    def write(self, line: bytes) -> None:
        """Append a line to the journal."""

        def append() -> bool:
            if self._descriptor is None:
                self._folder.mkdir(exist_ok=True)
                flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
                self._descriptor = os.open(self._folder / JOURNAL, flags, 0o600)
            return os.write(self._descriptor, line) == len(line)

        _written("journal", append)

    def save(self, actor: ActorId, sequence: int, ran: int) -> None:
        """Replace the checkpoint file of an actor.

        Parameters
        ----------
        sequence : the number of the checkpoint. ran : the run time of the actor since it last began, µs.
        """
        body = json.dumps({"actor": actor, "sequence": sequence, "ran_us": ran}).encode()
        place = self._file(actor)
        draft = place.with_suffix(DRAFT)

        def replace() -> bool:
            self._folder.mkdir(exist_ok=True)
            draft.write_bytes(body)
            draft.replace(place)
            return True

        _written("checkpoint", replace)

    def remove(self, actor: ActorId) -> None:
        """Remove the checkpoint file of an actor that has left, or that has a newer checkpoint in the journal."""
        with suppress(FileNotFoundError):
            self._file(actor).unlink()

    # The process that restarts

    def changes(self, sent: Mapping[int, int]) -> list[list[Event]]:
        """The changes in the journal, without the batches that the supervisor has not received.

        `sent` has the number of the last received batch of each process that has written to the journal. A last line
        that was cut off by a kill is left out.
        """
        path = self._folder / JOURNAL
        lines = path.read_bytes().split(b"\n") if path.exists() else []
        batches = map(json.loads, lines[:-1])
        return [changes for process, number, changes in batches if number <= sent.get(process, 0)]

    def checkpoints(self) -> dict[ActorId, int]:
        """The sequence number in the checkpoint file of each actor that has one, in the order of their names."""
        found = (json.loads(path.read_bytes()) for path in sorted(self._folder.glob(f"{PREFIX}*.json")))
        return {ActorId(each["actor"]): int(each["sequence"]) for each in found}

    # The supervisor

    def lose(self) -> None:
        """Remove all files."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _file(self, actor: ActorId) -> Path:
        return self._folder / f"{PREFIX}{actor}.json"


def _written(what: str, write: Callable[[], bool]) -> None:
    """Write a file; raise ResultsError if it is not written as a whole."""
    try:
        whole = write()
    except OSError as error:
        raise ResultsError(f"the {what} cannot be written: {(error.strerror or str(error)).lower()}") from None
    if not whole:
        raise ResultsError(f"the {what} cannot be written: {NO_SPACE}")

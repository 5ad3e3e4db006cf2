"""One input of the fuzzer, and its form as JSON, in which failing inputs are kept."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

SCENARIO: Final = "scenario.yaml"


@dataclass(frozen=True, slots=True)
class Input:
    """One input.

    Attributes
    ----------
    files : the content of each file in the folder, by its path.
    settings : dotted keys and their texts, as `--set` takes them.
    commands : the arguments of commands that read the files, one after another; empty to read and run scenario.yaml
        in Python.
    """

    files: Mapping[str, bytes]
    settings: Mapping[str, str] = field(default_factory=dict)
    commands: tuple[tuple[str, ...], ...] = ()

    @property
    def size(self) -> int:
        """The size of all files, bytes."""
        return sum(map(len, self.files.values()))

    def write(self, folder: Path) -> Path:
        """Write the files, and return the path of the scenario."""
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / SCENARIO

    def dumps(self, **more: object) -> str:
        """The input as JSON; bytes that are not UTF-8 are escaped."""
        files = {name: content.decode("utf-8", "surrogateescape") for name, content in self.files.items()}
        given = {"commands": self.commands, "settings": dict(self.settings), "files": files}
        return json.dumps({**more, **{name: value for name, value in given.items() if value}}, indent=1) + "\n"


def loads(text: str) -> Input:
    """The input that `Input.dumps` has written."""
    data = json.loads(text)
    files = {name: content.encode("utf-8", "surrogateescape") for name, content in data["files"].items()}
    return Input(files, data.get("settings", {}), tuple(map(tuple, data.get("commands", ()))))

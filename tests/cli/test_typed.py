"""A command that is printed does what it says when it is pasted."""

import shlex
import subprocess

import pytest

from icnsim.cli import typed
from icnsim.scenario import yamlfile


@pytest.mark.parametrize(
    "value",
    ["30s", "5", "1.0", "true", "", "null", "a: b", "[x", "a # b", "*x", "it's", "\x9b \U000e0001 µ", 5, [1, "2"],
     {"distribution": "uniform", "low": "1s"}, None],
)  # fmt: skip
def test_a_value_is_read_again_as_what_it_is(value: object) -> None:
    option, setting = typed.settings({"key": value})
    assert option == "--set" and setting.isprintable()
    found = yamlfile.read(setting.removeprefix("key="), "").data
    assert (list(found) if isinstance(found, tuple) else found) == value


def test_a_shell_gives_every_argument_back() -> None:
    arguments = ["a b", "$x", "it's", "", "new\nline \\ '", "\x1b[2J", "\x9b", "µ"]
    line = typed.command(arguments)
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == arguments
    assert shlex.split(typed.command(["icnsim", "run", "a b.yaml"])) == ["icnsim", "run", "a b.yaml"]

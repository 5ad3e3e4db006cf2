"""A command as it is typed: what is printed of it does what it says when it is pasted."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from icnsim.errors import ScenarioError
from icnsim.numbers import exact
from icnsim.scenario import yamlfile


def command(arguments: Iterable[str]) -> str:
    """The line that a shell makes these arguments of."""
    return " ".join(shlex.quote(each) if each.isprintable() else _escaped(each) for each in arguments)


def settings(values: Mapping[str, Any]) -> list[str]:
    """The options that set keys to the values of a file."""
    return [part for key, value in values.items() for part in ("--set", f"{key}={_value(value)}")]


def _value(value: Any) -> str:
    """A value as `--set` takes it: a text that YAML would read as anything else stands in quotes."""
    if isinstance(value, str) and _reads_as_itself(value):
        return value
    if isinstance(value, float):
        return exact(value)
    text = json.dumps(value, ensure_ascii=False)
    # YAML has no pairs of surrogates, and JSON no longer escape.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 2**16 else f"\\U{ord(c):08x}" for c in text)


def _reads_as_itself(text: str) -> bool:
    try:
        return bool(yamlfile.read(text, "").data == text)
    except ScenarioError:
        return False


def _escaped(text: str) -> str:
    """As bash, zsh and ksh read what is not printable."""
    parts = []
    for character in text:
        if character.isprintable():
            parts.append(f"\\{character}" if character in "\\'" else character)
        else:
            parts += [f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape")]
    return f"$'{''.join(parts)}'"

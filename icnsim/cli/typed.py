"""Formats commands so that a shell runs them when they are pasted."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from icnsim.analysis.numbers import exact
from icnsim.errors import ScenarioError
from icnsim.scenario import yamlfile


def command(arguments: Iterable[str]) -> str:
    """Returns the shell command line for these arguments."""
    return " ".join(shlex.quote(each) if each.isprintable() else _escaped(each) for each in arguments)


def settings(values: Mapping[str, Any]) -> list[str]:
    """Returns the options that set these keys to their values."""
    return [part for key, value in values.items() for part in ("--set", f"{key}={_value(value)}")]


def _value(value: Any) -> str:
    """Returns a value in the form that `--set` takes. A text that YAML would read as another type is quoted."""
    if isinstance(value, str) and _reads_as_itself(value):
        return value
    if isinstance(value, float):
        return exact(value)
    text = json.dumps(value, ensure_ascii=False)
    # YAML has no surrogate pairs, and JSON has no escape for code points above U+FFFF.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 2**16 else f"\\U{ord(c):08x}" for c in text)


def _reads_as_itself(text: str) -> bool:
    try:
        return bool(yamlfile.read(text, "").data == text)
    except ScenarioError:
        return False


def _escaped(text: str) -> str:
    """Returns a text with unprintable characters, in the quoting of bash, zsh and ksh."""
    parts = []
    for character in text:
        if character.isprintable():
            parts.append(f"\\{character}" if character in "\\'" else character)
        else:
            parts += [f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape")]
    return f"$'{''.join(parts)}'"

"""Commands and settings as text that a user can paste: what is printed is read back as the same value."""

import json
import shlex
from collections.abc import Iterable, Mapping
from typing import Any

from icnsim.errors import ScenarioError
from icnsim.numbers import exact
from icnsim.scenario import yamlfile


def command(arguments: Iterable[str]) -> str:
    """The line that a shell reads as these arguments."""
    return " ".join(shlex.quote(each) if each.isprintable() else _escaped(each) for each in arguments)


def settings(values: Mapping[str, Any]) -> list[str]:
    """The options that set keys to the values of a file."""
    return [part for key, each in values.items() for part in ("--set", f"{key}={value(each)}")]


def value(given: Any) -> str:
    """A value of a scenario file as `--set` reads it: numbers are decimals, and a text is quoted where it has to be."""
    return given if isinstance(given, str) and _reads_as_itself(given) else _json(given)


def _json(given: Any) -> str:
    if isinstance(given, Mapping):
        return "{" + ", ".join(f"{_quoted(str(key))}: {_json(item)}" for key, item in given.items()) + "}"
    if isinstance(given, list | tuple):
        return "[" + ", ".join(map(_json, given)) + "]"
    if isinstance(given, float):
        return _decimal(given)
    return _quoted(given) if isinstance(given, str) else json.dumps(given)


def _decimal(number: float) -> str:
    """The number without an exponent, unless it has more digits than the reader of files allows."""
    text = exact(number)
    return text if yamlfile.scalar(text) == number else repr(number)


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    # YAML has no pairs of surrogates, so a character outside of the 16-bit range needs the long escape.
    return "".join(
        c if c.isprintable() else f"\\u{ord(c):04x}" if ord(c) < 2**16 else f"\\U{ord(c):08x}" for c in quoted
    )


def _reads_as_itself(text: str) -> bool:
    try:
        return bool(yamlfile.read(text, "").data == text)
    except ScenarioError:
        return False


def _escaped(text: str) -> str:
    """A text that has characters that are not printable, as bash, zsh and ksh read it."""
    parts = []
    for character in text:
        if character.isprintable():
            parts.append(f"\\{character}" if character in "\\'" else character)
        else:
            parts += [f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape")]
    return f"$'{''.join(parts)}'"

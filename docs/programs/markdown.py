"""Writes the parts of Markdown from which the programs of this package make pages."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_KEPT: Final = re.compile(r'(`[^`]*`|<a id="[^"]*"></a>|<br>)')
"""The parts of Markdown that are not escaped: code, anchors, and line breaks in cells."""


def made_by(program: str) -> str:
    """A comment at the top of a page for its editors; readers do not see it."""
    return f"<!-- Made by `python -m docs.programs.{program}`; not edited by hand. -->"


def prose(text: str) -> str:
    """A text on one line in which each `<` outside of code is escaped.

    Markdown would interpret a placeholder such as ``<group>`` as an HTML tag, and a browser would not show it.
    """
    parts = _KEPT.split(" ".join(text.split()))
    return "".join(part if k % 2 else part.replace("<", "&lt;") for k, part in enumerate(parts))


def rows(head: Sequence[str], body: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, with an empty line at its end."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    cells = ([prose(text).replace("|", "\\|") for text in row] for row in body)
    return [*lines, *(f"| {' | '.join(row)} |" for row in cells), ""]


def heading_anchor(text: str) -> str:
    """The anchor of a heading on the site and on GitHub."""
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", text).strip().lower())

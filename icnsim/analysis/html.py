"""Writes tables as HTML for notebooks. All texts are escaped."""

from collections.abc import Iterable, Sequence
from html import escape


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> str:
    """Returns a table with a caption and notes. The first column is aligned left, the others right."""
    sides = ["left", *["right"] * (len(headings) - 1)]

    def line(tag: str, cells: Sequence[str]) -> str:
        written = (
            f'<{tag} style="text-align:{side}">{escape(cell)}</{tag}>' for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(written)}</tr>"

    body = "".join(line("td", row) for row in rows)
    below = "".join(f"<div><small>{escape(note)}</small></div>" for note in notes)
    return (
        f'<table><caption style="text-align:left">{escape(caption)}</caption>'
        f"<thead>{line('th', headings)}</thead><tbody>{body}</tbody></table>{below}"
    )

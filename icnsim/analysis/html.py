"""A table as HTML, for a notebook: every text in it is inert."""

from collections.abc import Iterable, Sequence
from html import escape


def table(caption: str, headings: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str] = ()) -> str:
    """A table with its caption, the first column to the left and the others to the right, and notes below it."""
    sides = ["left", *["right"] * (len(headings) - 1)]

    def line(tag: str, cells: Sequence[str]) -> str:
        told = (
            f'<{tag} style="text-align:{side}">{escape(cell)}</{tag}>' for side, cell in zip(sides, cells, strict=True)
        )
        return f"<tr>{''.join(told)}</tr>"

    body = "".join(line("td", row) for row in rows)
    below = "".join(f"<div><small>{escape(note)}</small></div>" for note in notes)
    return (
        f'<table><caption style="text-align:left">{escape(caption)}</caption>'
        f"<thead>{line('th', headings)}</thead><tbody>{body}</tbody></table>{below}"
    )

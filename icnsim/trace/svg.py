"""A sequence diagram as SVG: lifelines, arrows, notes, in light and dark colours. No text in it can run.

Colours are not the only distinction: a lost message ends in a cross, a message in transit is
dashed, the box of a failure has a double border. All diagrams have the same width, so texts may cross lifelines. A pin
on the edge of a note's box shows the lifeline of the note.
"""

import math
import textwrap
from collections.abc import Iterator
from html import escape
from typing import Final

from icnsim.errors import printable
from icnsim.trace.diagram import Arrow, Diagram, Fate, Note, Step, Tone, words

WIDTH: Final = 340
"""The width of every diagram, px. It fits a phone of 360 px without scrolling, and its texts are readable."""
CHARACTER: Final = 6.6
"""Mean width of a character of the texts, px."""
LINE, GAP, PADDING, MARGIN, ROW = 14, 16, 8, 40, 32
"""Height of a line, between steps, inside of boxes, from an edge to the first lifeline, of a row of heads, px."""
COLUMNS: Final = int((WIDTH - 4 * PADDING) / CHARACTER)
"""Characters of a line."""
STYLE: Final = """
.sd{--ink:#1f2328;--paper:#fff;--soft:#eef1f4;--line:#8c959f;--run:#0b6e4f;--bad:#b3261e}
@media (prefers-color-scheme:dark){
.sd{--ink:#e6edf3;--paper:#0d1117;--soft:#21262d;--line:#8b949e;--run:#56d4a0;--bad:#ff8a80}}
.sd text{fill:var(--ink);font:12px system-ui,sans-serif}.sd text.name{font-weight:600}.sd .back{fill:var(--paper)}
.sd .life{stroke:var(--line);stroke-dasharray:3 4}.sd .arrow{stroke:var(--ink);stroke-width:1.4;fill:none}
.sd .tip,.sd .pin{fill:var(--ink)}.sd .under-way{stroke-dasharray:6 4}.sd .lost,.sd .cross{stroke:var(--bad)}
.sd .box{fill:var(--soft);stroke:var(--line)}.sd .run{stroke:var(--run);stroke-width:2}
.sd .bad{stroke:var(--bad);stroke-width:2}.sd .inner{fill:none;stroke:var(--bad)}.sd .whole{stroke:var(--ink)}
""".strip().replace("\n", "")


def svg(diagram: Diagram) -> str:
    """The diagram as an SVG document."""
    apart = (WIDTH - 2 * MARGIN) / max(1, len(diagram.executors) - 1)
    at = {number: round(MARGIN + place * apart) for place, number in enumerate(diagram.executors)}
    widest = max(map(len, diagram.names)) * CHARACTER + 2 * PADDING + 4
    rows = min(len(at), math.ceil(widest / apart))  # heads of one row do not overlap
    top = 12 + rows * ROW
    y = top + GAP
    body: list[str] = []
    for step in diagram.steps:
        lines = textwrap.wrap(printable(words(step)), COLUMNS) or [""]
        height = LINE * len(lines) + PADDING
        body += _arrow(step, lines, at, y) if isinstance(step, Arrow) else _note(step, lines, at, y)
        y += height + GAP
    named = enumerate(zip(diagram.executors, diagram.names, strict=True))
    heads = [part for place, (number, name) in named for part in _head(name, at[number], 12 + place % rows * ROW, y)]
    title = escape(printable(diagram.title))
    described = escape("; ".join(printable(words(step)) for step in diagram.steps))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd" role="img" viewBox="0 0 {WIDTH} {y + GAP}" '
        f'width="{WIDTH}" height="{y + GAP}"><title>{title}</title><desc>{described}</desc><style>{STYLE}</style>'
        f'<rect class="back" width="100%" height="100%"/>{"".join([*heads, *body])}</svg>\n'
    )


def _across(step: Step) -> bool:
    return isinstance(step, Note) and step.executor < 0


def _head(name: str, x: int, y: int, bottom: int) -> Iterator[str]:
    """The name of an executor in a box, and its lifeline."""
    width = round(len(name) * CHARACTER) + 2 * PADDING
    left = _inside(x, width)
    yield f'<line class="life" x1="{x}" y1="{y + 26}" x2="{x}" y2="{bottom}"/>'
    yield f'<rect class="box" x="{left}" y="{y}" width="{width}" height="26" rx="3"/>'
    text = escape(printable(name))
    yield f'<text class="name" x="{left + width / 2:g}" y="{y + 17}" text-anchor="middle">{text}</text>'


def _inside(x: int, width: int) -> int:
    """The left edge of something of this width that is centred at x if it then lies inside of the diagram."""
    return max(2, min(round(x - width / 2), WIDTH - 2 - width))


def _arrow(step: Arrow, lines: list[str], at: dict[int, int], y: int) -> Iterator[str]:
    start, end = at[step.sender], at[step.receiver]
    way = 1 if end > start else -1
    base = y + LINE * len(lines) + 2
    if step.fate is not Fate.ARRIVED:
        end = round(start + (end - start) * 0.85)  # the message does not arrive
    kind = {Fate.ARRIVED: "", Fate.LOST: " lost", Fate.UNDER_WAY: " under-way"}[step.fate]
    width = round(max(map(len, lines)) * CHARACTER)
    left = _inside(round((start + end) / 2), width)
    yield f'<rect class="back" x="{left}" y="{y + 1}" width="{width}" height="{LINE * len(lines)}"/>'
    yield from _text(lines, left + width / 2, y, "middle")
    yield f'<line class="arrow{kind}" x1="{start}" y1="{base}" x2="{end}" y2="{base}"/>'
    if step.fate is Fate.LOST:
        yield f'<path class="arrow cross" d="M{end - 5} {base - 5}l10 10m0 -10l-10 10"/>'
    elif step.fate is Fate.UNDER_WAY:
        yield f'<path class="arrow" d="M{end - 8 * way} {base - 5}L{end} {base}L{end - 8 * way} {base + 5}"/>'
    else:
        yield f'<path class="tip" d="M{end} {base}L{end - 9 * way} {base - 5}V{base + 5}z"/>'


def _note(step: Note, lines: list[str], at: dict[int, int], y: int) -> Iterator[str]:
    height = LINE * len(lines) + PADDING
    if _across(step):
        x, across = PADDING, WIDTH - 2 * PADDING
    else:
        across = round(max(map(len, lines)) * CHARACTER) + 2 * PADDING
        x = _inside(at[step.executor], across)
    yield f'<rect class="box {step.tone.value}" x="{x}" y="{y}" width="{across}" height="{height}" rx="3"/>'
    if step.tone is Tone.BAD:
        yield f'<rect class="inner" x="{x + 3}" y="{y + 3}" width="{across - 6}" height="{height - 6}" rx="2"/>'
    if not _across(step):
        yield f'<rect class="pin" x="{at[step.executor] - 4}" y="{y - 3}" width="8" height="6"/>'
    yield from _text(lines, x + across / 2, y + 2, "middle")


def _text(lines: list[str], x: float, y: int, anchor: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        yield f'<text x="{x:g}" y="{y + LINE * number - 2}" text-anchor="{anchor}">{escape(line)}</text>'

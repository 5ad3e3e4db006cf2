"""A sequence diagram as SVG: lifelines, arrows, notes; for light and dark, and inert whatever its texts are.

What differs in colour differs in shape, too: a lost message ends in a cross, one that is under way is
dashed, a failure's box has a double border.
"""

import textwrap
from collections.abc import Iterator
from html import escape
from typing import Final

from icnsim.errors import printable
from icnsim.trace.diagram import Arrow, Diagram, Fate, Note, Step, Tone, words

CHARACTER: Final = 6.3
"""Width of one in the font of the texts, px, at most in the mean."""
LINE, GAP, PADDING, HEAD = 14, 16, 8, 44
COLUMNS: Final = 44
"""Characters of a line."""
LEAST: Final = 170
"""Between two lifelines, px."""
STYLE: Final = """
.sd{--ink:#1f2328;--paper:#fff;--soft:#eef1f4;--line:#8c959f;--run:#0b6e4f;--bad:#b3261e}
@media (prefers-color-scheme:dark){
.sd{--ink:#e6edf3;--paper:#0d1117;--soft:#21262d;--line:#8b949e;--run:#56d4a0;--bad:#ff8a80}}
.sd text{fill:var(--ink);font:12px system-ui,sans-serif}.sd text.name{font-weight:600}.sd .back{fill:var(--paper)}
.sd .life{stroke:var(--line);stroke-dasharray:3 4}.sd .arrow{stroke:var(--ink);stroke-width:1.4;fill:none}
.sd .tip{fill:var(--ink)}.sd .under-way{stroke-dasharray:6 4}.sd .lost,.sd .cross{stroke:var(--bad)}
.sd .box{fill:var(--soft);stroke:var(--line)}.sd .run{stroke:var(--run);stroke-width:2}
.sd .bad{stroke:var(--bad);stroke-width:2}.sd .inner{fill:none;stroke:var(--bad)}.sd .whole{stroke:var(--ink)}
""".strip().replace("\n", "")


def svg(diagram: Diagram) -> str:
    """The diagram as a picture of its own."""
    every = [_wrapped(step) for step in diagram.steps]
    beside = [lines for step, lines in zip(diagram.steps, every, strict=True) if not _across(step)]
    longest = max((len(line) for lines in beside for line in lines), default=0)
    apart = max(LEAST, round(longest * CHARACTER) + 2 * PADDING + GAP)
    left = max(90, round(max(map(len, diagram.names)) * CHARACTER / 2) + 2 * PADDING)
    at = {number: left + place * apart for place, number in enumerate(diagram.executors)}
    # Notes stand right of their lifelines, the last one's too.
    width, y = max(at.values()) + apart, HEAD + GAP
    body: list[str] = []
    for step, lines in zip(diagram.steps, every, strict=True):
        height = LINE * len(lines) + PADDING
        body += _arrow(step, lines, at, y) if isinstance(step, Arrow) else _note(step, lines, at, y, width)
        y += height + GAP
    lifelines = [f'<line class="life" x1="{x}" y1="{HEAD}" x2="{x}" y2="{y}"/>' for x in at.values()]
    named = zip(diagram.executors, diagram.names, strict=True)
    heads = [part for number, name in named for part in _head(name, at[number])]
    title = escape(printable(diagram.title))
    told = escape("; ".join(printable(words(step)) for step in diagram.steps))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="sd" role="img" viewBox="0 0 {width} {y + GAP}" '
        f'width="{width}" height="{y + GAP}"><title>{title}</title><desc>{told}</desc><style>{STYLE}</style>'
        f'<rect class="back" width="100%" height="100%"/>{"".join([*lifelines, *heads, *body])}</svg>\n'
    )


def _across(step: Step) -> bool:
    return isinstance(step, Note) and step.executor < 0


def _wrapped(step: Step) -> list[str]:
    return textwrap.wrap(printable(words(step)), 2 * COLUMNS if _across(step) else COLUMNS) or [""]


def _head(name: str, x: int) -> Iterator[str]:
    half = round(len(name) * CHARACTER / 2) + PADDING
    yield f'<rect class="box" x="{x - half}" y="12" width="{2 * half}" height="26" rx="3"/>'
    yield f'<text class="name" x="{x}" y="29" text-anchor="middle">{escape(printable(name))}</text>'


def _arrow(step: Arrow, lines: list[str], at: dict[int, int], y: int) -> Iterator[str]:
    start, end = at[step.sender], at[step.receiver]
    way = 1 if end > start else -1
    base = y + LINE * len(lines) + 2
    if step.fate is not Fate.ARRIVED:
        end = round(start + (end - start) * 0.85)  # it does not get there
    kind = {Fate.ARRIVED: "", Fate.LOST: " lost", Fate.UNDER_WAY: " under-way"}[step.fate]
    yield from _text(lines, min(start, end) + abs(end - start) / 2, y, "middle")
    yield f'<line class="arrow{kind}" x1="{start}" y1="{base}" x2="{end}" y2="{base}"/>'
    if step.fate is Fate.LOST:
        yield f'<path class="arrow cross" d="M{end - 5} {base - 5}l10 10m0 -10l-10 10"/>'
    elif step.fate is Fate.UNDER_WAY:
        yield f'<path class="arrow" d="M{end - 8 * way} {base - 5}L{end} {base}L{end - 8 * way} {base + 5}"/>'
    else:
        yield f'<path class="tip" d="M{end} {base}L{end - 9 * way} {base - 5}V{base + 5}z"/>'


def _note(step: Note, lines: list[str], at: dict[int, int], y: int, width: int) -> Iterator[str]:
    height = LINE * len(lines) + PADDING
    if _across(step):
        x, across = PADDING, width - 2 * PADDING
    else:
        x, across = at[step.executor] + PADDING, round(max(map(len, lines)) * CHARACTER) + 2 * PADDING
    yield f'<rect class="box {step.tone.value}" x="{x}" y="{y}" width="{across}" height="{height}" rx="3"/>'
    if step.tone is Tone.BAD:
        yield f'<rect class="inner" x="{x + 3}" y="{y + 3}" width="{across - 6}" height="{height - 6}" rx="2"/>'
    yield from _text(lines, x + PADDING, y + 2, "start")


def _text(lines: list[str], x: float, y: int, anchor: str) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        yield f'<text x="{x:g}" y="{y + LINE * number - 2}" text-anchor="{anchor}">{escape(line)}</text>'

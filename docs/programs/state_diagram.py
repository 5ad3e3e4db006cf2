"""Draws the state machines of both sides of a migration as an SVG, from a table of transitions.

Each side has its states from top to bottom in the order of a successful migration. `failed` is a bar at their
right, so that each arrow to it is horizontal and no two arrows cross. The record is absent at the top and at the
bottom. An event that does not change the state is a line in the box of the state.
"""

from collections.abc import Mapping
from html import escape
from typing import Final

from icnsim.protocol.states import Event, State

SIDES: Final = {
    "source": (State.REQUESTING, State.CHECKPOINTING, State.TRANSFERRING, State.COMPLETE),
    "target": (State.RESTORING, State.COMPLETE),
}
"""The states of each side in the order of a successful migration, without `failed`."""

WIDTH: Final = 400
BOX: Final = 148
FAILED_AT: Final = 310
GAP: Final = 46
"""The space between two boxes for the arrow and its event, px. All sizes are in px."""
LINE: Final = 16
STYLE: Final = (
    "text{font:13px sans-serif;fill:#1b1f24}.title{font-weight:bold}.state{font-weight:bold}.event{fill:#3b4148}"
    "rect{fill:#eef2fb;stroke:#4051b5}.none{fill:#fff;stroke:#8a929b;stroke-dasharray:4 3}.complete{fill:#e6f4ea;"
    "stroke:#1e7d3c}.failed{fill:#fdecea;stroke:#b3261e}path{stroke:#3b4148;fill:none;marker-end:url(#head)}"
)


class _Drawing:
    """Elements of an SVG."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def text(self, x: float, y: float, text: str, kind: str, anchor: str = "start") -> None:
        self.parts.append(f'<text class="{kind}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>')

    def box(self, x: float, y: float, width: float, height: float, kind: str, lines: list[str]) -> None:
        self.parts.append(f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="6"/>')
        first = y + height / 2 - LINE * (len(lines) - 1) / 2 + 4.5
        for k, line in enumerate(lines):
            self.text(x + width / 2, first + LINE * k, line, "event" if k else "state", "middle")

    def arrow(self, *corners: tuple[float, float]) -> None:
        self.parts.append(f'<path d="M{" L".join(f"{x:g} {y:g}" for x, y in corners)}"/>')


def diagram(rows: Mapping[tuple[State, Event], State], title: str) -> str:
    """The SVG of a table of transitions.

    Parameters
    ----------
    rows
        The table, such as `TRANSITIONS`.
    title
        The accessible name of the picture.

    Raises
    ------
    ValueError
        A row of the table does not fit the layout, so that the picture would lack it.
    """
    drawing = _Drawing()
    drawn: set[tuple[State, Event]] = set()
    y = 6.0
    for side in SIDES:
        y = _side(drawing, rows, side, y, drawn) + 24
    missing = [f"{before.label} --{event.label}" for before, event in rows if (before, event) not in drawn]
    if missing:
        raise ValueError(f"the layout has no place for {', '.join(missing)}")
    head = (
        '<marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0L8 4L0 8z" style="fill:#3b4148;stroke:none;marker-end:none"/></marker>'
    )
    height = f"{y - 16:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" '
        f'height="{height}"><title>{escape(title)}</title><style>{STYLE}</style><defs>{head}</defs>'
        f'<path d="M0 0H{WIDTH}V{height}H0z" style="fill:#fff;stroke:none;marker-end:none"/>\n'
        + "\n".join(drawing.parts)
        + "\n</svg>\n"
    )


def _side(
    drawing: _Drawing,
    rows: Mapping[tuple[State, Event], State],
    side: str,
    y: float,
    drawn: set[tuple[State, Event]],
) -> float:
    """Draws one side below y and returns its end. Adds its rows to `drawn`."""

    def taken(before: State, after: State) -> list[str]:
        """Returns the events of a step and marks the step as drawn."""
        found = [event for (start, event), end in rows.items() if (start, end) == (before, after)]
        drawn.update((before, event) for event in found)
        return [event.label for event in found]

    left, middle = 12.0, 12.0 + BOX / 2
    drawing.text(left, y + 12, f"the record at the {side}", "title")
    y += 22
    drawing.box(left, y, BOX, 26, "none", ["no record"])
    y += 26
    before, top = State.IDLE, 0.0
    for state in SIDES[side]:
        drawing.arrow((middle, y), (middle, y + GAP))
        drawing.text(middle + 8, y + GAP / 2 + 4, ", ".join(taken(before, state)), "event")
        y += GAP
        top = top or y
        again = taken(state, state)
        failing = taken(state, State.FAILED)
        height = max(30 + LINE * bool(again), LINE * len(failing) + 14)
        kind = state.label if state is State.COMPLETE else "state-box"
        drawing.box(left, y, BOX, height, kind, [state.label, *([f"↻ {', '.join(again)}"] if again else [])])
        if failing:
            drawing.arrow((left + BOX, y + height - 10), (FAILED_AT, y + height - 10))
            for k, event in enumerate(reversed(failing)):
                drawing.text((left + BOX + FAILED_AT) / 2 - 4, y + height - 15 - LINE * k, event, "event", "middle")
        y += height
        before = state
    drawing.box(FAILED_AT, top, WIDTH - FAILED_AT - 12, y - top, "failed", ["failed"])
    ends = (FAILED_AT + (WIDTH - FAILED_AT - 12) / 2, State.FAILED), (middle, State.COMPLETE)
    for x, state in ends:
        drawing.arrow((x, y), (x, y + GAP))
        events = ", ".join(taken(state, State.IDLE))
        drawing.text(
            x - 8 if state is State.FAILED else x + 8,
            y + GAP / 2 + 4,
            events,
            "event",
            "end" if state is State.FAILED else "start",
        )
    y += GAP
    drawing.box(left, y, WIDTH - 24, 26, "none", ["no record"])
    return y + 26

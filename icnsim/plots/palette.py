"""The colour of each role in the light and in the dark theme.

Readers with colour vision deficiency can distinguish the colours: Okabe and Ito's palette (Color Universal Design,
2008). For the dark theme each colour is lightened to a contrast of 3 to 1 against the background, which WCAG 2.1
requires of graphics (1.4.11). Series also differ by a dash, a marker or their place.
"""

from typing import Final, Literal

Theme = Literal["light", "dark"]

_BLUE = ("#0072B2", "#56B4E9")
_ORANGE = ("#B86E00", "#E69F00")
_GREEN = ("#00805E", "#2DC79B")
_VERMILLION = ("#C04F00", "#FF8A4C")
_PURPLE = ("#A9568A", "#E39CC6")
_SKY = ("#2B87BD", "#8CCBF0")
_GREY = ("#6B6B6B", "#A8A8A8")
_INK = ("#1A1A1A", "#EDEDED")

_ROLES: Final = {
    "ink": _INK,
    "paper": ("#FFFFFF", "#16191D"),
    "grid": ("#E2E2E2", "#353A40"),
    "muted": _GREY,
    "simulated": _BLUE,
    "predicted": _INK,
    "limit": _VERMILLION,
    "good": _GREEN,
    "bad": _VERMILLION,
    "requesting": _BLUE,
    "checkpointing": _ORANGE,
    "transferring": _PURPLE,
    "restoring": _GREEN,
    "complete": _GREY,
    "failed": _VERMILLION,
    "running": _SKY,
    "series-0": _BLUE,
    "series-1": _VERMILLION,
    "series-2": _GREEN,
    "series-3": _PURPLE,
    "series-4": _ORANGE,
    "series-5": _SKY,
    "series-6": _GREY,
}
SERIES: Final = 7
"""The number of series that have different colours. Their dashes and markers differ, too."""
HEAT: Final = "cividis"
"""The scale of heat maps: even in lightness, read alike with and without colour vision (Nuñez et al. 2018)."""


def colours(theme: Theme) -> dict[str, str]:
    """Return the colour of every role."""
    place = ("light", "dark").index(theme)
    return {role: pair[place] for role, pair in _ROLES.items()}


def series(number: int) -> str:
    """The role of one of several lines in a plot."""
    return f"series-{number % SERIES}"

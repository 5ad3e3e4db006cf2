"""A page as HTML that needs nothing but itself.

Theory of operation. The page contains plotly.js, and our own scripts and style sheet. A policy in its head allows
only these scripts, by their hashes, and no request: the text of a scenario can neither run nor load anything. Jinja
escapes every text. Charts are JSON in a block that no browser runs, with `<` written by its number.

plotly.js has 4.8 MB, and a browser needs about a second to compile it. So it is in a block of plain text.
`assets/page.js` runs it when the first plot comes near the screen or is printed.
"""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from icnsim.plots.interactive import interactive
from icnsim.plots.palette import colours
from icnsim.report.embedding import asset, environment, hashed, json_text, policy
from icnsim.report.page import Heading, Page, Part, Picture, Plot, Table, Timeline, Verdicts
from icnsim.report.theme import variables
from icnsim.version import VERSION


def html(page: Page) -> str:
    """The page as HTML; the same page gives the same bytes."""
    plots = [part for section in page.sections for part in section.parts if isinstance(part, Plot)]
    timeline = next((part for section in page.sections for part in section.parts if isinstance(part, Timeline)), None)
    scripts = [
        *([] if timeline is None else [asset("sequence.js"), asset("timeline.js")]),
        asset("page.js"),
    ]
    style = asset("page.css")
    if timeline is not None:
        style += variables(".timeline", (*timeline.data["states"], "bad", "muted")) + asset("timeline.css")
    charts = {plot.kind: interactive(plot.chart) for plot in plots}
    data: dict[str, Any] = {"charts": charts, "colours": {theme: colours(theme) for theme in ("light", "dark")}}
    if timeline is not None:
        data["timeline"] = timeline.data
    text: str = (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            sections=[section for section in page.sections if section.parts],
            policy=_policy([*([_plotly()] if plots else []), *scripts]),
            style=Markup(style),
            plotly=Markup(_plotly() if plots else ""),
            scripts=[Markup(script) for script in scripts],
            data=Markup(json_text(data)),
            version=VERSION,
        )
    )
    return text


@cache
def _environment() -> Environment:
    made = environment()
    made.tests["table"] = lambda part: isinstance(part, Table)
    made.tests["plot"] = lambda part: isinstance(part, Plot)
    made.tests["verdicts"] = lambda part: isinstance(part, Verdicts)
    made.tests["heading"] = lambda part: isinstance(part, Heading)
    made.tests["picture"] = lambda part: isinstance(part, Picture)
    made.tests["timeline"] = lambda part: isinstance(part, Timeline)
    made.filters["drawn"] = _drawn
    return made


def _drawn(part: Part) -> Markup:
    """The SVG of a picture, in which `trace.svg` has escaped the texts."""
    assert isinstance(part, Picture)
    return Markup(part.svg)


@cache
def _plotly() -> str:
    text = files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8")
    return text.replace("</script", "<\\/script")


def _policy(scripts: list[str]) -> str:
    # plotly.js writes styles, and exports a plot as an image on request. Nothing else is permitted.
    return policy(f"script-src {' '.join(map(hashed, scripts))}; style-src 'unsafe-inline'; img-src data: blob:")

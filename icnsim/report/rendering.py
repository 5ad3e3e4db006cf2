"""A page as HTML that needs nothing but itself.

Theory of operation. The page contains plotly.js, and our own scripts and style sheet. A policy in its head allows
only these scripts, by their hashes, and no request: the text of a scenario can neither run nor load anything. Jinja
escapes every text. Charts are JSON in a block that no browser runs, with `<` written by its number.
"""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from icnsim.errors import printable
from icnsim.plots.interactive import interactive
from icnsim.plots.palette import colours
from icnsim.report.page import Heading, Page, Part, Picture, Plot, Table, Timeline, Verdicts
from icnsim.report.theme import variables
from icnsim.version import VERSION

ASSETS: Final = "assets"


def html(page: Page) -> str:
    """The page as HTML; the same page gives the same bytes."""
    plots = [part for section in page.sections for part in section.parts if isinstance(part, Plot)]
    timeline = next((part for section in page.sections for part in section.parts if isinstance(part, Timeline)), None)
    scripts = [
        *([_plotly()] if plots else []),
        *([] if timeline is None else [_own("sequence.js"), _own("timeline.js")]),
        _own("page.js"),
    ]
    style = _own("page.css")
    if timeline is not None:
        style += variables(".timeline", (*timeline.data["states"], "bad", "muted")) + _own("timeline.css")
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
            policy=_policy(scripts),
            style=Markup(style),
            scripts=[Markup(script) for script in scripts],
            data=Markup(_json(data)),
            version=VERSION,
        )
    )
    return text


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("icnsim.report", ASSETS), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.tests["table"] = lambda part: isinstance(part, Table)
    environment.tests["plot"] = lambda part: isinstance(part, Plot)
    environment.tests["verdicts"] = lambda part: isinstance(part, Verdicts)
    environment.tests["heading"] = lambda part: isinstance(part, Heading)
    environment.tests["picture"] = lambda part: isinstance(part, Picture)
    environment.tests["timeline"] = lambda part: isinstance(part, Timeline)
    environment.filters["inert"] = printable
    environment.filters["drawn"] = _drawn
    return environment


def _drawn(part: Part) -> Markup:
    """The SVG of a picture, in which `trace.svg` has escaped the texts."""
    assert isinstance(part, Picture)
    return Markup(part.svg)


@cache
def _own(name: str) -> str:
    return files("icnsim.report").joinpath(ASSETS, name).read_text("utf-8")


@cache
def _plotly() -> str:
    text = files("plotly").joinpath("package_data", "plotly.min.js").read_text("utf-8")
    return text.replace("</script", "<\\/script")


def _policy(scripts: list[str]) -> str:
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    # plotly.js writes styles, and exports a plot as an image on request. Nothing else is permitted.
    allowed = f"script-src {hashes}; style-src 'unsafe-inline'; img-src data: blob:"
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def _json(data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""A page as HTML that needs nothing but itself.

Theory of operation. The page contains plotly.js, one script and one style sheet of icnsim. A policy in its head
permits only these two scripts, by their hashes, and permits no request. Therefore no text of a scenario can run or
load anything. Jinja escapes every text. Charts are JSON in a block that no browser runs, with `<` escaped.
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
from icnsim.report.page import Heading, Page, Part, Picture, Plot, Table, Verdicts
from icnsim.version import VERSION

ASSETS: Final = "assets"


def html(page: Page) -> str:
    """The page as HTML; the same page gives the same bytes."""
    plots = [part for section in page.sections for part in section.parts if isinstance(part, Plot)]
    scripts = [_plotly(), _own("page.js")] if plots else [_own("page.js")]
    charts = {plot.kind: interactive(plot.chart) for plot in plots}
    data = {"charts": charts, "colours": {theme: colours(theme) for theme in ("light", "dark")}}
    text: str = (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            sections=[section for section in page.sections if section.parts],
            policy=_policy(scripts),
            style=Markup(_own("page.css")),
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

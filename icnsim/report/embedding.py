"""Parts of every HTML page: the files of icnsim, a policy that permits only these, and data that cannot run."""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from icnsim.errors import printable

ASSETS: Final = "assets"


def environment() -> Environment:
    """A new environment for the templates in our files: every text is escaped, and `inert` makes it printable."""
    made = Environment(
        loader=PackageLoader("icnsim.report", ASSETS), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    made.filters["inert"] = printable
    return made


@cache
def asset(name: str) -> str:
    """The text of one of our own files."""
    return files("icnsim.report").joinpath(ASSETS, name).read_text("utf-8")


def hashed(text: str) -> str:
    """A script or a style sheet as a content security policy permits it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(allowed: str) -> str:
    """A content security policy that permits these directives and nothing else."""
    return f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"


def json_text(data: Any) -> str:
    """JSON that cannot end its block of the page."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")

"""Converts a notebook to a page of the site: its text, its code and its outputs as Markdown.

Outputs are pictures, tables and printed text. A notebook that was not run gives a page without outputs. Formulas are
drawn as inline SVG in the colour of the text, because the site loads no script for mathematics.
"""

import base64
import re
from collections.abc import Mapping
from html import escape
from typing import Any, Final, NamedTuple

from matplotlib.path import Path
from matplotlib.textpath import TextPath

_MATH: Final = re.compile(r"(`[^`]*`)|\$\$(.+?)\$\$|\$([^$\n]+)\$", re.DOTALL)
_COMMANDS: Final = {Path.MOVETO: "M", Path.LINETO: "L", Path.CURVE3: "Q", Path.CURVE4: "C", Path.CLOSEPOLY: "Z"}
_LOADS: Final = re.compile(r"<(script|iframe|link|img)\b", re.IGNORECASE)
_RAN: Final = "The outputs are those of its last run."
_NOT_RUN: Final = "This site was built without running the notebook, so the outputs are missing. `make docs` runs it."


class NotebookPage(NamedTuple):
    """A page, and its pictures by file name."""

    text: str
    pictures: dict[str, bytes]


def page(notebook: Mapping[str, Any], name: str) -> NotebookPage:
    """The page of a notebook in the form of nbformat 4.

    Parameters
    ----------
    notebook
        The document. The page has the outputs of its code cells, if any.
    name
        The name of its file without suffix. The names of the pictures begin with it.

    Raises
    ------
    ValueError
        An output is an error, or would load a script or another document.
    """
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    ran = any(cell["outputs"] for cell in code)
    note = f"*This page is the notebook `notebooks/{name}.ipynb`. {_RAN if ran else _NOT_RUN}*"
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(_with_formulas(source.replace(".ipynb)", ".md)")))
        elif cell["cell_type"] == "code":
            parts.append(f"```python\n{source}\n```")
            parts += [_output(output, name, pictures) for output in cell["outputs"]]
    title, _, rest = "\n\n".join(part for part in parts if part).partition("\n")
    return NotebookPage(f"{title}\n\n{note}\n{rest}\n", pictures)


def _output(output: Mapping[str, Any], name: str, pictures: dict[str, bytes]) -> str:
    kind = output["output_type"]
    if kind == "error":
        raise ValueError(f"{name}.ipynb ends in an error: {output['ename']}: {output['evalue']}")
    if kind == "stream":
        return _printed("".join(output["text"])) if output["name"] == "stdout" else ""
    data = output["data"]
    if "image/png" in data:
        file = f"{name}-{len(pictures) + 1}.png"
        pictures[file] = base64.b64decode("".join(data["image/png"]))
        return f"![Plot {len(pictures)} of this notebook]({file})"
    if "text/html" in data:
        html = "".join(data["text/html"])
        if "<progress" in html:  # the end of a progress bar, with times of the wall clock
            return ""
        if _LOADS.search(html):
            raise ValueError(f"{name}.ipynb has an output that loads a script or another document")
        return _table(html)
    return _printed("".join(data["text/plain"]))


def _printed(text: str) -> str:
    """Text in a separate block, without the colours of a terminal."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).rstrip("\n")
    return f"```text\n{plain}\n```"


def _table(html: str) -> str:
    """The HTML of a table in the style of the site's tables, as one block without empty lines."""
    plain = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    plain = re.sub(r"(<table)[^>]*>", r"\1>", plain)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    return "\n".join(['<div class="output">', *lines, "</div>"])


def _with_formulas(markdown: str) -> str:
    """The text with each formula between dollar signs drawn."""

    def drawn(match: re.Match[str]) -> str:
        code, block, inline = match.groups()
        if code:
            return str(code)
        svg = formula(" ".join((block or inline).split()))
        return f'<span class="formula">{svg}</span>' if block else svg

    return _MATH.sub(drawn, markdown)


def formula(tex: str) -> str:
    """A formula as inline SVG in the colour and the size of the surrounding text. `tex` has no dollar signs."""
    size = 100.0  # units per em
    path = TextPath((0, 0), f"${tex}$", size=size)
    box = path.get_extents()
    steps = []
    for points, code in path.iter_segments(curves=True, simplify=False):
        pairs = zip(points[::2], points[1::2])
        steps.append(
            _COMMANDS[code] + ("" if code == Path.CLOSEPOLY else " ".join(f"{x:.0f} {-y:.0f}" for x, y in pairs))
        )
    width, height = box.width + 8, box.height + 8
    place = f"{box.x0 - 4:.0f} {-box.y1 - 4:.0f} {width:.0f} {height:.0f}"
    style = f"height:{height / size:.2f}em;vertical-align:{(box.y0 - 4) / size:.2f}em"
    return (
        f'<svg class="math" role="img" aria-label="{escape(tex)}" viewBox="{place}" style="{style}">'
        f'<path fill="currentColor" d="{"".join(steps)}"/></svg>'
    )

"""The page of a notebook shows its text, its code, its outputs and its formulas."""

import base64
from pathlib import Path
from typing import Any

import nbformat
import pytest

from docs.programs.notebook_page import formula, page
from docs.programs.notebooks import run

PICTURE = b"\x89PNG and so on"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
"""The PNG file of one pixel: tests/notebooks has the plots and tables of real notebooks."""
TABLE = (
    "<div>\n<style scoped>\n.dataframe td {}\n</style>\n\n"
    '<table border="1" class="dataframe">\n  <tr><td>1</td></tr>\n</table>\n</div>'
)


def notebook(*outputs: dict[str, Any]) -> dict[str, Any]:
    return {
        "cells": [
            {"cell_type": "markdown", "source": ["# A title\n", "\n", "See [two](2.ipynb)."]},
            {"cell_type": "code", "source": ["run.plot()"], "outputs": [*outputs]},
        ]
    }


def result(**data: str) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": {name.replace("_", "/"): text for name, text in data.items()}}


def test_text_code_and_outputs_are_on_the_page_in_their_order() -> None:
    text, pictures = page(
        notebook(
            {"output_type": "stream", "name": "stdout", "text": ["one\n", "\x1b[31mtwo\x1b[0m\n"]},
            {"output_type": "stream", "name": "stderr", "text": ["a warning\n"]},
            result(text_plain="<Figure>", image_png=base64.b64encode(PICTURE).decode()),
            result(text_plain="   x", text_html=TABLE),
            result(text_plain="<IPython>", text_html="<progress value=3></progress> 3 of 4 runs, about 2 s left"),
            result(text_plain="3.5"),
        ),
        "5-example",
    )
    assert text == (
        "# A title\n\n"
        "*This page is the notebook `notebooks/5-example.ipynb`. The outputs are those of its last run.*\n\n"
        "See [two](2.md).\n\n"
        "```python\nrun.plot()\n```\n\n```text\none\ntwo\n```\n\n![Plot 1 of this notebook](5-example-1.png)\n\n"
        '<div class="output">\n<div>\n<table>\n<tr><td>1</td></tr>\n</table>\n</div>\n</div>\n\n```text\n3.5\n```\n'
    )
    assert pictures == {"5-example-1.png": PICTURE}


def test_a_notebook_that_was_not_run_says_so() -> None:
    text, pictures = page(notebook(), "5-example")
    assert "built without running the notebook" in text and "`make docs` runs it" in text
    assert pictures == {}


def test_an_error_and_an_output_that_loads_a_file_are_refused() -> None:
    error = {"output_type": "error", "ename": "KeyError", "evalue": "'x'"}
    with pytest.raises(ValueError, match=r"5-example\.ipynb ends in an error: KeyError: 'x'"):
        page(notebook(error), "5-example")
    with pytest.raises(ValueError, match="loads a script"):
        page(notebook(result(text_html='<script src="https://example.org/x.js"></script>')), "5-example")


def test_a_formula_is_drawn_in_the_colour_of_the_text_and_code_is_unchanged() -> None:
    cells = [{"cell_type": "markdown", "source": ["With $\\sqrt{12}$ and `$x$`:\n", "\n", "$$ a = b $$"]}]
    text, _ = page({"cells": cells}, "5-example")
    assert text.count("<svg") == 2 and "`$x$`" in text and '<span class="formula"><svg' in text
    drawn = formula("I/\\sqrt{12}")
    assert 'aria-label="I/\\sqrt{12}"' in drawn and 'fill="currentColor"' in drawn and drawn.count("M") > 4


@pytest.mark.slow
def test_a_notebook_is_run_in_its_folder_and_its_page_has_the_plot_and_the_table(tmp_path: Path) -> None:
    (tmp_path / "here.txt").write_text("found", "utf-8")
    source = nbformat.v4.new_notebook()
    source.cells = [
        nbformat.v4.new_markdown_cell("# Cheap"),
        nbformat.v4.new_code_cell(
            "from IPython.display import HTML, Image\n"
            "print(open('here.txt').read())\n"
            f"display(Image(data={DOT!r}, format='png'))"
        ),
        nbformat.v4.new_code_cell("HTML('<table><tr><td>1</td></tr></table>')"),
    ]
    nbformat.write(source, tmp_path / "cheap.ipynb")
    run(tmp_path / "cheap.ipynb", tmp_path / "out" / "cheap.ipynb")
    text, pictures = page(nbformat.read(tmp_path / "out" / "cheap.ipynb", as_version=4), "cheap")
    assert "found" in text and "<table>" in text
    assert [content[:8] for content in pictures.values()] == [DOT[:8]]

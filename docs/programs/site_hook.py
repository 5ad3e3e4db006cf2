"""A hook of MkDocs that adds a page for each notebook, with outputs if `docs.programs.notebooks` has run it."""

import json
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from docs.programs.notebook_page import page
from docs.programs.notebooks import RUN, SOURCES


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages and their pictures in `notebooks/` of the site."""
    for source in sorted(SOURCES.glob("*.ipynb")):
        text, pictures = page(_newest(source), source.stem)
        files.append(File.generated(config, f"notebooks/{source.stem}.md", content=text))
        for name, content in pictures.items():
            files.append(File.generated(config, f"notebooks/{name}", content=content))
    return files


def _newest(source: Path) -> dict[str, Any]:
    """The copy with outputs, if it was made from the same cells; otherwise the notebook itself."""
    notebook: dict[str, Any] = json.loads(source.read_text("utf-8"))
    copy = RUN / source.name
    if copy.is_file():
        run: dict[str, Any] = json.loads(copy.read_text("utf-8"))
        if [cell["source"] for cell in run["cells"]] == [cell["source"] for cell in notebook["cells"]]:
            return run
    return notebook

"""The site, built once."""

import logging
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]


class Site(NamedTuple):
    folder: Path
    warnings: list[str]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The built site, and the warnings of MkDocs, each of which `--strict` makes an error."""
    import warnings

    from mkdocs.commands.build import build
    from mkdocs.config import load_config

    said: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(record.getMessage())

    folder = tmp_path_factory.mktemp("documentation") / "site"
    logger, handler = logging.getLogger("mkdocs"), Kept(logging.WARNING)
    logger.addHandler(handler)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            config = load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder))
            build(config)
    finally:
        logger.removeHandler(handler)
    return Site(folder, said)

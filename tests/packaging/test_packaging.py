"""The artefacts contain every file, and the metadata and the locks agree with one another."""

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from icnsim.cli import init
from tests.packaging import audit, interpreters
from tests.packaging.artefacts import ROOT, build, in_sdist, in_wheel, tracked

PROJECT: Mapping[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def entries(lock: str) -> list[str]:
    """Each requirement of a lock, with its marker and hashes."""
    text = (ROOT / lock).read_text("utf-8")
    return re.split(r"\n(?=[a-z0-9])", text.strip())


def unmarked(entry: str) -> str:
    """A requirement without its marker: the tests may need a package where icnsim does not need it."""
    return re.sub(r" ; [^\\\n]+(?= \\\n)", "", entry)


def name_of(requirement: str) -> str:
    return re.split(r"[><=\[ ;]", requirement)[0].lower().replace("_", "-")


def test_the_archive_has_every_tracked_file_and_the_wheel_what_init_copies(tmp_path: Path) -> None:
    made = build(tmp_path)
    assert in_sdist(made.sdist) == set(tracked())
    inside = in_wheel(made.wheel)
    shipped = {str(name) for name, _ in init.shipped()}
    package = {name for name in tracked() if name.startswith("icnsim/")}
    assert set(inside) == package | shipped
    assert [name for name, content in inside.items() if content != (ROOT / name).read_bytes()] == []


def test_every_python_of_the_classifiers_is_tried() -> None:
    named = [c.rpartition(" ")[2] for c in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", c)]
    assert named[0] == PROJECT["requires-python"].removeprefix(">=")
    assert named == interpreters.wanted()[: len(named)]


def test_the_lock_to_run_is_a_part_of_the_lock_to_test() -> None:
    run, test = (set(map(unmarked, entries(lock))) for lock in ("requirements-run.lock", "requirements.lock"))
    assert {name_of(each) for each in PROJECT["dependencies"]} <= set(map(name_of, run))
    assert run - test == set()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-run.lock", "requirements-bench.lock"])
def test_every_entry_of_a_lock_has_one_version_and_hashes(lock: str) -> None:
    assert [
        entry
        for entry in entries(lock)
        if not re.match(r"[a-z0-9.-]+==[^ ]+( ; [^\\]+)? \\\n    --hash=sha256:[0-9a-f]{64}", entry)
    ] == []


CLEAN = {"name": "click", "version": "8.5.1", "vulns": []}
BAD = {"name": "click", "version": "8.5.1", "vulns": [{"id": "CVE-1", "fix_versions": ["8.6"]}]}
SKIPPED = {"name": "click", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("printed", "code", "line"),
    [
        ([CLEAN], audit.CLEAN, "1 dependencies, 0 vulnerabilities, 0 not judged"),
        ([BAD, SKIPPED], audit.VULNERABLE, "click 8.5.1: CVE-1, corrected in 8.6"),
        ([CLEAN, SKIPPED], audit.NOT_RUN, "click: not judged: not found"),
        (
            [SKIPPED],
            audit.NOT_RUN,
            "not run: the database answered for no dependency; the first answer: click: not judged: not found",
        ),
        ([], audit.NOT_RUN, "0 dependencies, 0 vulnerabilities, 0 not judged"),
    ],
)
def test_the_audit_judges_every_dependency(printed: list[dict[str, Any]], code: int, line: str) -> None:
    found, lines = audit.verdict(json.dumps({"dependencies": printed, "fixes": []}), "")
    assert found == code and line in lines


def test_an_audit_without_a_network_says_so() -> None:
    found, lines = audit.verdict("", "WARNING\nERROR: could not connect")
    assert found == audit.NOT_RUN and "was not reached: ERROR: could not connect" in lines[0]

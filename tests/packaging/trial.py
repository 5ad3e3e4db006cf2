"""Installs the wheel in an empty environment and uses it from an unrelated folder."""

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.packaging.artefacts import ROOT

LOCK: Final = ROOT / "requirements-run.lock"
PATIENCE_S: Final = 900
SMALL: Final = ("--set", "workload.migrations=300", "--set", "warmup=0s", "--set", "expect={}")
WEEK4: Final = "mine/scenarios/week4.yaml"
COMMANDS: Final = (
    ("icnsim", "--version"),
    ("icnsim", "init", "mine"),
    ("icnsim", "run", WEEK4, *SMALL),
    ("icnsim", "run", "mine/scenarios/crash-recovery.yaml", "--quiet"),
    ("icnsim", "report", "results/week4", "--output", "run.html"),
    ("icnsim", "sweep", WEEK4, *SMALL, "--vary", "manager.timeout=30s,60s", "--replications", "2", "--jobs", "2",
     "--out", "swept"),
    ("icnsim", "report", "swept/week4", "--output", "sweep.html"),
    ("python", "-m", "icnsim", "plot", "results/week4", "--output", "plot.svg"),
    ("python", "-c", f"import icnsim; print(icnsim.run({WEEK4!r}, {{'workload.migrations': 30}})['success_rate'])"),
)  # fmt: skip
"""The commands of a user, in their order."""
MANIFEST: Final = "manifest.json"
"""The file with the wall-clock times and the versions of a run."""


class TrialError(Exception):
    """A command of a trial failed; the text has the command and the end of its output."""


def installed(python: str, wheel: Path, folder: Path, *, locked: bool) -> Path:
    """Make an environment that contains only the wheel and its dependencies; return its folder.

    With `locked`, the dependencies are those of requirements-run.lock, and pip verifies their hashes. Otherwise pip
    chooses the newest versions that the wheel permits.

    Raises
    ------
    TrialError : an installation failed.
    """
    environment = folder / "environment"
    _done([python, "-m", "venv", str(environment)], folder, {})
    pip = [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    if locked:
        _done([*pip, "install", "--quiet", "--only-binary", ":all:", "--require-hashes", "-r", str(LOCK)], folder, {})
    _done([*pip, "install", "--quiet", *(["--no-deps"] if locked else []), str(wheel)], folder, {})
    _done([*pip, "check"], folder, {})
    return environment


def used(environment: Path, folder: Path) -> dict[str, str]:
    """Run the commands of a user in a new folder; return the SHA-256 of each file that they wrote.

    Raises
    ------
    TrialError : a command failed, wrote a warning of Python, or did not write its page.
    """
    place = folder / "elsewhere"
    place.mkdir()
    home = folder / "home"
    home.mkdir()
    for program, *rest in COMMANDS:
        told = _done([str(environment / "bin" / program), *rest], place, {"HOME": str(home)})
        if "Warning" in told:
            raise TrialError(f"{program} {' '.join(rest)}: warned: {told[-500:]}")
    for page in ("run.html", "sweep.html"):
        if "</html>" not in (place / page).read_text("utf-8"):
            raise TrialError(f"{page} is not a whole page")
    files = sorted(path for path in place.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def targeted(environment: Path, wheel: Path, folder: Path) -> None:
    """Install the wheel with `pip install --target`, as archives of functions and zip files need it; run `init`.

    Raises
    ------
    TrialError : a command failed, or copied other files than before.
    """
    python, target = str(environment / "bin" / "python"), folder / "target"
    _done([python, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(target), str(wheel)], folder, {})
    told = _done([python, "-m", "icnsim", "init", "again"], folder, {"PYTHONPATH": str(target)})
    first, second = (
        sorted(str(path.relative_to(place)) for path in place.rglob("*"))
        for place in (folder / "elsewhere" / "mine", folder / "again")
    )
    if first != second:
        raise TrialError(f"init after pip install --target copied other files: {told}")


def _done(command: list[str], folder: Path, more: Mapping[str, str]) -> str:
    """Run a command to its end, without the variables that lead Python to other packages; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        env={**environment, **more}, timeout=PATIENCE_S,
    )  # fmt: skip
    if done.returncode:
        raise TrialError(f"{' '.join(command)}: exit {done.returncode}: {done.stdout.strip()[-1500:]}")
    return done.stdout

"""Finds one interpreter of each supported version of Python on this machine."""

import os
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.packaging.artefacts import ROOT

NEWEST: Final = 14
"""The newest minor version that is looked for."""
ASK: Final = "import sys, venv, ensurepip; print(sys.version.split()[0])"


def wanted() -> list[str]:
    """The versions from the oldest one that pyproject.toml permits, such as 3.11."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    oldest = int(project["requires-python"].removeprefix(">=3."))
    return [f"3.{minor}" for minor in range(oldest, NEWEST + 1)]


def found(version: str) -> str | None:
    """The executable of a version that can make environments, or None."""
    for executable in _candidates(version):
        done = subprocess.run([executable, "-c", ASK], capture_output=True, text=True, check=False)
        if done.returncode == 0 and done.stdout.startswith(f"{version}."):
            return executable
    return None


def _candidates(version: str) -> Iterator[str]:
    """Executables in PATH and in pyenv's folder."""
    in_path = shutil.which(f"python{version}")
    if in_path is not None:
        yield in_path
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    yield from map(str, sorted(pyenv.glob(f"versions/{version}.*/bin/python")))

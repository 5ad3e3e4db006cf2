"""Installs a command-line tool in an environment of its own."""

import subprocess
import sys
from pathlib import Path


def tool(name: str, folder: Path) -> Path | str:
    """The executable of a tool, which pip installs in a new environment below `folder`, or why pip could not do it."""
    environment = folder / f"tool-{name}"
    commands = (
        [sys.executable, "-m", "venv", str(environment)],
        [str(environment / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", name],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stdout + done.stderr).strip().splitlines()[-1:]
            return f"{name} could not be installed: {''.join(last)}"
    return environment / "bin" / name

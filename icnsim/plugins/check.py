"""Check a plug-in: try it in several processes and compare the results bit by bit."""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any, Final

from icnsim.scenario.plugins.registry import Plugin

ROUNDS: Final = 3
"""The number of processes. Each has another hash seed, other global generators, and the reverse order of calls."""
PATIENCE_S: Final = 120


def check(plugin: Plugin) -> list[str]:
    """The rules that a plug-in breaks, one sentence each; empty if no violation was found."""
    found = [_probed(plugin, number) for number in range(ROUNDS)]
    violations = list(dict.fromkeys(each for one in found for each in one["violations"]))
    hashes = [one["hashes"] for one in found]
    names = sorted({name for one in hashes for name in one})
    differing = [name for name in names if len({one.get(name) for one in hashes if one}) > 1]
    return violations + [f"{name}: the result differs from process to process" for name in differing]


def _probed(plugin: Plugin, number: int) -> dict[str, Any]:
    """The findings of one process, which runs in an empty folder."""
    command = [sys.executable, "-m", "icnsim.plugins.probe", plugin.kind, plugin.name, str(number)]
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path)
    environment = {**os.environ, "PYTHONHASHSEED": str(number + 1), "PYTHONPATH": paths}
    with tempfile.TemporaryDirectory() as folder:
        try:
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
            )
        except subprocess.TimeoutExpired:
            return {"hashes": {}, "violations": [f"its trial takes more than {PATIENCE_S} s"]}
    try:
        document: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        last = (done.stderr.strip().splitlines() or ["it prints nothing"])[-1]
        return {"hashes": {}, "violations": [f"its process ends with exit code {done.returncode}: {last}"]}
    return document

"""Looks up known vulnerabilities of the locked dependencies: ``python -m tests.packaging.audit``.

The command installs pip-audit in an environment of its own and gives it `requirements.lock`, which contains the
dependencies of icnsim and of its tests. pip-audit asks the vulnerability database of the package index. Therefore the
check needs a network, and it says so if the database cannot be reached.

The exit code is 0 if no locked version has a known vulnerability, 1 if one has, and 3 if the check could not be run or
did not judge every dependency.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.packaging.artefacts import ROOT
from tests.packaging.tools import tool

LOCK: Final = ROOT / "requirements.lock"
PATIENCE_S: Final = 600
CLEAN, VULNERABLE, NOT_RUN = 0, 1, 3


def verdict(stdout: str, stderr: str) -> tuple[int, list[str]]:
    """The exit code and the lines to print, from the JSON that pip-audit prints and its messages."""
    try:
        dependencies = json.loads(stdout)["dependencies"]
    except (ValueError, KeyError):
        last = "".join(stderr.strip().splitlines()[-1:])
        return NOT_RUN, [f"not run: the vulnerability database was not reached: {last}"]
    found = [
        f"{each['name']} {each['version']}: {bad['id']}, corrected in {', '.join(bad['fix_versions']) or 'no version'}"
        for each in dependencies
        for bad in each.get("vulns", ())
    ]
    skipped = [f"{each['name']}: not judged: {each['skip_reason']}" for each in dependencies if "skip_reason" in each]
    if dependencies and len(skipped) == len(dependencies):
        return NOT_RUN, [f"not run: the database answered for no dependency; the first answer: {skipped[0]}"]
    counts = f"{len(dependencies)} dependencies, {len(found)} vulnerabilities, {len(skipped)} not judged"
    code = VULNERABLE if found else NOT_RUN if skipped or not dependencies else CLEAN
    return code, [*found, *skipped, counts]


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="icnsim-audit-") as folder:
        program = tool("pip-audit", Path(folder))
        if isinstance(program, str):
            print(f"not run: {program}")
            return NOT_RUN
        command = [program, "--requirement", LOCK, "--require-hashes", "--disable-pip", "--format", "json"]
        try:
            done = subprocess.run(
                [*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False,
                timeout=PATIENCE_S,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            print(f"not run: the vulnerability database did not answer within {PATIENCE_S} s")
            return NOT_RUN
    code, lines = verdict(done.stdout, done.stderr)
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())

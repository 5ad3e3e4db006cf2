"""Compares the results of one commit in environments that differ as machines do.

Usage: ``python -m tests.machines [--count N] [--shipped] [--python EXECUTABLE …]``.

Scenarios are run in child processes: with NumPy's wide SIMD off, with other hash seeds, time zones and locales, and
with every given Python. Each child prints the SHA-256 of each result file except the manifest. The files of a child
with the same version of pyarrow must have the same bytes. With another version of pyarrow the run-id and the bytes of
Parquet files differ by design, so the contents are compared. The exit code is 1 if anything differs.

A child with wide SIMD off represents another processor of the same architecture. It does not represent another
architecture or another C library.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.engines.generator import DATA, events_text, scenario_text

ROOT: Final = Path(__file__).parents[2]
SCENARIOS: Final = ROOT / "scenarios"
LONG: Final = ("ten-thousand",)
"""Shipped scenarios that take long and have no feature that the others lack."""

Digests = dict[str, dict[str, list[str]]]
"""For each scenario and file, the SHA-256 of its bytes and of its contents."""


class Machine(NamedTuple):
    """A machine that a child process represents.

    Attributes
    ----------
    name : for the table. python : the interpreter. environment : variables that differ from those of this process.
    """

    name: str
    python: str
    environment: Mapping[str, str]


def wide_simd() -> str:
    """The SIMD features of this processor that NumPy may turn off, as `NPY_DISABLE_CPU_FEATURES` takes them."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(feature for feature in __cpu_dispatch__ if __cpu_features__.get(feature))


def machines(pythons: Sequence[str]) -> list[Machine]:
    """The machines that differ from this one."""
    here = sys.executable
    return [
        Machine("wide SIMD off", here, {"NPY_DISABLE_CPU_FEATURES": wide_simd()}),
        Machine("hash seed 1, Tokyo", here, {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}),
        Machine(
            "hash seed 2, New York, locale C", here, {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C"}
        ),
        Machine("hash seed 3, Turkish locale", here, {"PYTHONHASHSEED": "3", "LC_ALL": "tr_TR.UTF-8"}),
        *(Machine(python, python, {}) for python in pythons),
    ]


def documents(count: int, *, shipped: bool) -> list[tuple[str, str, str]]:
    """The name, the YAML and the data folder of each scenario: half of the generated ones need events."""
    found = [(f"generated-{seed}", scenario_text(seed), str(DATA)) for seed in range(count - count // 2)]
    found += [(f"events-{seed}", events_text(seed), str(DATA)) for seed in range(count // 2)]
    if shipped:
        files = sorted(SCENARIOS.glob("*.yaml"))
        found += [(file.stem, file.read_text("utf-8"), str(SCENARIOS)) for file in files if file.stem not in LONG]
    return found


def results(machine: Machine, chosen: Sequence[tuple[str, str, str]]) -> tuple[str, Digests]:
    """The versions of a machine's packages and its digests; raises CalledProcessError if the child fails."""
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "documents.json")
        file.write_text(json.dumps(chosen), "utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **machine.environment}
        command = [machine.python, "-m", "tests.machines.child", str(file)]
        done = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT, check=True)
    found = json.loads(done.stdout)
    return found["versions"], found["digests"]


def differences(one: Digests, other: Digests, *, contents: bool) -> list[str]:
    """The files that differ, as ``scenario/file``."""
    kind = 1 if contents else 0
    return [
        f"{name}/{file}"
        for name in one
        for file in sorted(one[name].keys() | other[name].keys())
        if one[name].get(file, ["", ""])[kind] != other[name].get(file, ["", ""])[kind]
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description="Compare machines.")
    parser.add_argument("--count", type=int, default=200, help="the number of generated scenarios")
    parser.add_argument("--shipped", action="store_true", help="run the shipped scenarios, too")
    parser.add_argument("--python", nargs="*", default=[], help="other interpreters in which the dependencies are")
    given = parser.parse_args()
    chosen = documents(given.count, shipped=given.shipped)
    versions, here = results(Machine("this one", sys.executable, {}), chosen)
    print(f"{len(chosen)} scenarios, {sum(map(len, here.values()))} files; here: {versions}", flush=True)
    failed = False
    for machine in machines(given.python):
        try:
            theirs, found = results(machine, chosen)
        except (OSError, subprocess.CalledProcessError) as error:
            failed = True
            told = getattr(error, "stderr", b"") or str(error).encode()
            print(f"{machine.name}: could not be run: {told.decode(errors='replace').strip()[-500:]}", flush=True)
            continue
        contents = theirs.split(", pyarrow")[1] != versions.split(", pyarrow")[1]
        wrong = differences(here, found, contents=contents)
        failed |= bool(wrong)
        print(f"{machine.name}: {theirs}: {'contents' if contents else 'bytes'}: {len(wrong)} differ", flush=True)
        for each in wrong[:20]:
            print(f"  {each}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

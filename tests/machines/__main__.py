"""Compares the results of one commit in environments that differ as machines do.

Usage: ``python -m tests.machines [--count N] [--shipped] [--python EXECUTABLE …] [--only TEXT …]``.

Scenarios and small sweeps are run in child processes: with NumPy's wide SIMD off, with other hash seeds, time zones,
locales, home folders and umasks, and with every given Python. Each sweep is run in one process and in two. Each child
prints the SHA-256 of each result file except the manifest. The files of a child with the same version of pyarrow must
have the same bytes. With another version of pyarrow the run-id and the bytes of Parquet files differ by design, so the
contents are compared. With another version of NumPy or SciPy the same holds for the sweep-id in the summary of a sweep
whose points are drawn. The exit code is 1 if anything differs, or if a machine is not available.

A child with wide SIMD off represents another processor of the same architecture. It does not represent another
architecture or another C library.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from tests.engines.generator import DATA, events_text, scenario_text
from tests.plants.child import SCENARIOS as FEATURES
from tests.plants.worlds import wide_simd

ROOT: Final = Path(__file__).parents[2]
SCENARIOS: Final = ROOT / "scenarios"
LONG: Final = ("ten-thousand",)
"""Shipped scenarios that take long and have no feature that the others lack."""
DRAWN: Final = ("latin", "sobol")
SWEEPS: Final = ("grid", *DRAWN)
"""The scenarios of `tests.plants` that have sweeps: a grid, and the designs that SciPy draws."""
ALONE, TOGETHER = ", 1 process", ", 2 processes"
TURKISH: Final = "tr_TR.UTF-8"
"""A locale with a decimal comma, and in which the capital of i is not I."""
HAS_LOCALE: Final = "import locale; locale.setlocale(locale.LC_ALL, '')"

Digests = dict[str, dict[str, list[str]]]
"""For each scenario and file, the SHA-256 of its bytes and of its contents."""


class Document(NamedTuple):
    """A scenario: its name, its YAML, its data folder, and the number of processes of its sweep; 0 without a sweep."""

    name: str
    text: str
    data: str
    jobs: int = 0


class Machine(NamedTuple):
    """A machine that a child process represents.

    Attributes
    ----------
    name : for the table. python : the interpreter. environment : variables that differ from those of this process.
    umask : the permissions that new files lack.
    """

    name: str
    python: str
    environment: Mapping[str, str]
    umask: int = 0o022


class UnavailableError(Exception):
    """A machine cannot be represented here; the message says why."""


def machines(pythons: Sequence[str]) -> list[Machine]:
    """The machines that differ from this one."""
    here = sys.executable
    york = {"PYTHONHASHSEED": "2", "TZ": "America/New_York", "LC_ALL": "C"}
    return [
        Machine("wide SIMD off", here, {"NPY_DISABLE_CPU_FEATURES": wide_simd()}),
        Machine("hash seed 1, Tokyo", here, {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo"}),
        Machine("hash seed 2, New York, locale C, umask 077", here, york, 0o077),
        Machine("hash seed 3, Turkish locale", here, {"PYTHONHASHSEED": "3", "LC_ALL": TURKISH}),
        *(Machine(python, python, {}) for python in pythons),
    ]


def documents(count: int, *, shipped: bool) -> list[Document]:
    """Generated scenarios, half of which need events; with the shipped ones, the sweeps, too."""
    found = [Document(f"generated-{seed}", scenario_text(seed), str(DATA)) for seed in range(count - count // 2)]
    found += [Document(f"events-{seed}", events_text(seed), str(DATA)) for seed in range(count // 2)]
    if shipped:
        files = sorted(path for path in SCENARIOS.glob("*.yaml") if path.stem not in LONG)
        found += [Document(file.stem, file.read_text("utf-8"), str(SCENARIOS)) for file in files]
        for name in SWEEPS:
            text = (FEATURES / f"{name}.yaml").read_text("utf-8")
            found += [Document(name + kind, text, "", jobs) for jobs, kind in enumerate((ALONE, TOGETHER), start=1)]
    return found


def results(machine: Machine, chosen: Sequence[Document]) -> tuple[str, Digests]:
    """The versions of a machine's packages and its digests.

    Raises CalledProcessError if the child fails, and UnavailableError if this machine lacks the locale.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # has the compiled kernel
    with tempfile.TemporaryDirectory() as place:
        file = Path(place, "documents.json")
        file.write_text(json.dumps(chosen), "utf-8")
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": place, "XDG_CACHE_HOME": cache}
        environment |= machine.environment
        if subprocess.run(
            [sys.executable, "-c", HAS_LOCALE], env=environment, stderr=subprocess.DEVNULL, check=False
        ).returncode:
            name = environment.get("LC_ALL", "of the environment")
            raise UnavailableError(
                f"the locale {name} is not installed; localedef -i tr_TR -f UTF-8 {TURKISH} makes it"
            )
        done = subprocess.run(
            [machine.python, "-m", "tests.machines.child", str(file)],
            capture_output=True, env=environment, cwd=place, umask=machine.umask, check=True,
        )  # fmt: skip
    found = json.loads(done.stdout)
    return found["versions"], found["digests"]


def differences(one: Digests, other: Digests, *, contents: bool = False, other_sweep_ids: bool = False) -> list[str]:
    """The files that differ, as ``scenario/file``.

    Parameters
    ----------
    contents : whether the contents of all files are compared, and not their bytes.
    other_sweep_ids : whether drawn sweeps may have another identity. Then the contents of their summaries are compared.
    """

    def differ(name: str, file: str) -> bool:
        kind = contents or (other_sweep_ids and file == "summary.json" and name.startswith(DRAWN))
        return one[name].get(file, ["", ""])[kind] != other[name].get(file, ["", ""])[kind]

    files = ((name, file) for name in one for file in sorted(one[name].keys() | other[name].keys()))
    return [f"{name}/{file}" for name, file in files if differ(name, file)]


def between_processes(found: Digests) -> list[str]:
    """The files of sweeps that differ between one process and two, as ``scenario/file``."""
    alone = {name: files for name, files in found.items() if name.endswith(ALONE)}
    together = {name: found[name.removesuffix(ALONE) + TOGETHER] for name in alone}
    return differences(alone, together)


def compared(machine: Machine, chosen: Sequence[Document], versions: str, here: Digests) -> bool:
    """Run a machine and print what differs from this one; returns whether nothing does."""
    began = time.monotonic()
    try:
        theirs, found = results(machine, chosen)
    except (OSError, UnavailableError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"") or str(error).encode()
        print(f"{machine.name}: not available: {told.decode(errors='replace').strip()[-500:]}", flush=True)
        return False
    (packages, arrow), (own, own_arrow) = (each.split(", ", 1)[1].rsplit(", ", 1) for each in (theirs, versions))
    contents = arrow != own_arrow
    wrong = differences(here, found, contents=contents, other_sweep_ids=packages != own) + between_processes(found)
    kind, taken = "contents" if contents else "bytes", time.monotonic() - began
    print(
        f"{machine.name}: {theirs}: {kind}: {len(wrong)} differ, in {taken:.0f} s", *wrong[:20], sep="\n  ", flush=True
    )
    return not wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.machines", description="Compare machines.")
    parser.add_argument("--count", type=int, default=200, help="the number of generated scenarios")
    parser.add_argument("--shipped", action="store_true", help="run the shipped scenarios and small sweeps, too")
    parser.add_argument("--python", nargs="*", default=[], help="other interpreters in which the dependencies are")
    parser.add_argument("--only", nargs="*", default=[""], help="parts of the names of the machines to compare")
    given = parser.parse_args()
    chosen = documents(given.count, shipped=given.shipped)
    versions, here = results(Machine("this one", sys.executable, {}), chosen)
    wrong = between_processes(here)
    print(
        f"{len(chosen)} scenarios, {sum(map(len, here.values()))} files; here: {versions}",
        *wrong,
        sep="\n  ",
        flush=True,
    )
    others = [each for each in machines(given.python) if any(part in each.name for part in given.only)]
    held = [compared(machine, chosen, versions, here) for machine in others]
    return 0 if all(held) and not wrong else 1


if __name__ == "__main__":
    sys.exit(main())

"""The measured programs: this version, the version before, the naive model, the C++ program, Ciw and salabim."""

import io
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.processes import OUT, ROOT, Contestant

BEFORE: Final = "67c68d2af116e0e2c9bd5a5b064a9fa0c9f32d92"
"""The version before issue 16: two event engines, and no columns."""

WEEK4: Final = "scenarios/week4.yaml"

Size = tuple[int, int, float]
"""Migrations, executors, migrations per second."""


def sized(migrations: int, executors: int, rate: float) -> dict[str, Any]:
    """`week4` at another size: a tenth of the executors never answers, and there are 100,000 actors."""
    return {
        "workload.migrations": migrations,
        "workload.arrivals.rate": f"{rate:g}/s",
        "executors.0.count": executors - executors // 10,
        "executors.1.count": executors // 10,
        "expect": {},
    }


def settings(values: Mapping[str, Any]) -> list[str]:
    """Values as options of a command."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return [word for key, text in texts.items() for word in ("--set", f"{key}={text}")]


def run(
    size: Size, changes: Mapping[str, Any] | None = None, *, engine: str | None = "auto", root: Path = ROOT
) -> Contestant:
    """`icnsim run` of `week4` at a size, results written; `engine` is None for a version that has no such option."""
    chosen = [] if engine is None else ["--engine", engine]
    command = [sys.executable, "-m", "icnsim", "run", WEEK4, "--out", OUT, "--quiet", "--allow-large", *chosen]
    return Contestant(engine or "before", [*command, *settings({**sized(*size), **(changes or {})})], root)


def sweep(runs: int, migrations: int, jobs: int, *, engine: str | None = "auto", root: Path = ROOT) -> Contestant:
    """`icnsim sweep` of `week4`: ten replications of each of `runs` / 10 timeouts."""
    chosen = [] if engine is None else ["--engine", engine]
    timeouts = ",".join(f"{30_000 + step}ms" for step in range(runs // 10))
    command = [sys.executable, "-m", "icnsim", "sweep", WEEK4, "--out", OUT, "--quiet", *chosen]
    command += ["--vary", f"manager.timeout={timeouts}", "--replications", "10", "--jobs", str(jobs)]
    return Contestant(
        engine or "before", [*command, *settings({"workload.migrations": migrations, "expect": {}})], root
    )


def imported() -> Contestant:
    """`import icnsim`, the interpreter's own start included."""
    return Contestant("import icnsim", [sys.executable, "-c", "import icnsim"])


def naive(migrations: int, executors: int, rate: float) -> Contestant:
    """The model as a user of SimPy would first write it."""
    words = map(str, (migrations, executors, rate))
    return Contestant("the naive model", [sys.executable, "benchmarks/naive.py", *words])


def cpp(program: Path, migrations: int, executors: int, rate: float) -> Contestant:
    """The C++ program, which prints the time of its simulation."""
    words = map(str, (migrations, executors, rate))

    def reads(text: str) -> float:
        return float(text.split(": ", 1)[1].split(" s", 1)[0])

    return Contestant("C++", [str(program), *words], reads=reads)


def measured(what: str, *arguments: object, of: str = "measure", key: str = "took") -> Contestant:
    """A measurement of a module of this package, which reads its own clock and prints JSON."""
    command = [sys.executable, "-m", f"benchmarks.{of}", what, *map(str, arguments)]
    return Contestant(what, command, reads=lambda text: float(json.loads(text)[key]))


@contextmanager
def before() -> Iterator[Path]:
    """A folder with the version before issue 16."""
    archive = subprocess.run(["git", "archive", BEFORE], cwd=ROOT, capture_output=True, check=True).stdout
    with TemporaryDirectory() as folder:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(folder, filter="data")
        yield Path(folder)


@contextmanager
def compiled() -> Iterator[Path | None]:
    """The C++ program, built; None where no compiler is available."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        yield None
        return
    with TemporaryDirectory() as folder:
        program = Path(folder, "events")
        source = ROOT / "benchmarks" / "events.cpp"
        subprocess.run([compiler, "-O2", "-o", str(program), str(source)], check=True)
        yield program

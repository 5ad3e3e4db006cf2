"""Two worlds: environments in which the same scenarios must give the same bytes.

They differ in the seed of hashes, the time zone, the locale, the environment variables, the present folder, the wide
SIMD of NumPy, and in what `surroundings` changes: the order of directory listings, the clocks, the addresses of objects
and the order of threads. Sweeps run in one process in one world, and in two processes in the other one.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
KEPT: Final = ("PATH", "LD_LIBRARY_PATH", "XDG_CACHE_HOME")
"""Variables that both worlds take from this process."""

WORLDS: Final[Sequence[Mapping[str, str]]] = (
    {
        "PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C.UTF-8", "USER": "ada", "LOGNAME": "ada", "HOSTNAME": "one",
        "LANG": "C", "COLUMNS": "80", "TERM": "dumb", "EDITOR": "ed",
    },
    {
        "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo", "LC_ALL": "tr_TR.UTF-8", "USER": "bob", "LOGNAME": "bob",
        "HOSTNAME": "another", "LANG": "tr_TR.UTF-8", "COLUMNS": "200", "TERM": "xterm", "SHELL": "/bin/zsh", "CI": "1",
        "PYTHONMALLOC": "malloc",  # objects get the addresses that the C library gives
    },
)  # fmt: skip
"""The environment variables of each world."""
PATIENCE_S: Final = 600
"""The time after which a child is stopped, s."""


def wide_simd() -> str:
    """The SIMD features of this processor that NumPy may turn off, as `NPY_DISABLE_CPU_FEATURES` takes them."""
    from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

    return " ".join(feature for feature in __cpu_dispatch__ if __cpu_features__.get(feature))


Digests = dict[str, str]
"""For each file of results its SHA-256."""


class FailedError(Exception):
    """A child process has failed; the message is the last line of its errors."""


def results(world: int, package: Path, names: Sequence[str]) -> Digests:
    """The results of these scenarios in a world; raises FailedError if the child fails.

    Parameters
    ----------
    world : 0 or 1. package : the folder that contains the package icnsim.
    """
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")  # has the compiled kernel
    with tempfile.TemporaryDirectory(prefix=f"world-{world}-") as place:
        environment = {name: os.environ[name] for name in KEPT if name in os.environ}
        environment |= {"HOME": place, "XDG_CACHE_HOME": cache, "PYTHONPATH": f"{package}{os.pathsep}{ROOT}"}
        environment |= WORLDS[world] | ({"NPY_DISABLE_CPU_FEATURES": wide_simd()} if world else {})
        done = subprocess.run(
            [sys.executable, "-m", "tests.plants.child", str(world), str(package), *names],
            cwd=place, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
    if done.returncode:
        raise FailedError((done.stderr.strip().splitlines() or ["no message"])[-1])
    found: Digests = json.loads(done.stdout)
    return found


def differences(package: Path, names: Sequence[str]) -> list[str]:
    """The files of results that differ between the worlds or exist in one of them only, in alphabetical order."""
    one, other = (results(world, package, names) for world in range(len(WORLDS)))
    return [name for name in sorted(one.keys() | other.keys()) if one.get(name) != other.get(name)]

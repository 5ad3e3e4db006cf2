"""The plants: small changes of the package that let its results depend on something other than the scenario.

Each is a mistake that could be made: one or two lines in one file. `patches` are pairs of an old and a new text, and
the old text occurs exactly once in the file.
"""

from pathlib import Path
from typing import Final, NamedTuple

IMPORTS: Final = "imports"
"""The contracts of import-linter in pyproject.toml."""
HOUSE: Final = "house"
"""The rules of `tests.house.chance`."""


class Plant(NamedTuple):
    """One change of the package.

    Attributes
    ----------
    name : what the results depend on, and where. file : within icnsim.
    patches : pairs of texts. scenarios : those whose bytes must differ; empty if one machine cannot show it.
    rule : the linter that must find it, or None.
    """

    name: str
    file: str
    patches: tuple[tuple[str, str], ...]
    scenarios: tuple[str, ...]
    rule: str | None = None


def apply(plant: Plant, package: Path) -> None:
    """Change the copy of icnsim in that folder; raises ValueError if an old text does not occur exactly once."""
    file = package / "icnsim" / plant.file
    text = file.read_text("utf-8")
    for old, new in plant.patches:
        if text.count(old) != 1:
            raise ValueError(f"{plant.name}: {plant.file} has {text.count(old)} times {old!r}; expected once")
        text = text.replace(old, new)
    file.write_text(text, "utf-8")


PLANTS: Final = (
    Plant(
        "order of a set in faults: a rolling restart", "simulation/faults/occurrences.py",
        ((
            "sorted((scenario.executor_names[k] for k in scenario.selected(fault.executors, fault.region))"
            ", key=natural)",
            "list({scenario.executor_names[k] for k in scenario.selected(fault.executors, fault.region)})",
        ),),
        ("faults",), HOUSE,
    ),
    Plant(
        "order of a set in faults: the executors of one fault", "simulation/faults/faults.py",
        ((
            "hosts = [self._executors[number] for number in self._scenario.selected(fault.executors, fault.region)]",
            "chosen = {self._names[k]: k for k in self._scenario.selected(fault.executors, fault.region)}\n"
            "        hosts = [self._executors[chosen[name]] for name in set(chosen)]",
        ),),
        ("faults",), HOUSE,
    ),
    Plant(
        "wall clock in placement", "simulation/workload/placement.py",
        (
            ("from array import array", "import time as clock\nfrom array import array"),
            ("((time - wave.phase) % wave.period)", "((time - wave.phase + int(clock.time()) * 10**6) % wave.period)"),
        ),
        ("policy",), IMPORTS,
    ),
    Plant(
        "random.random() in the jitter of retries", "protocol/retry.py",
        (
            ("from typing import Literal", "import random\nfrom typing import Literal"),
            ("round(u * longest)", "round(random.random() * longest)"),
        ),
        ("faults",), IMPORTS,
    ),
    Plant(
        "environment variable in streams", "draws/streams.py",
        (
            ("import hashlib\n", "import hashlib\nimport os\n"),
            (
                'key = int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode())',
                'key = int.from_bytes(hashlib.sha256(f"{seed}/{purpose}/{os.environ.get(\'USER\')}".encode())',
            ),
        ),
        ("columns",), IMPORTS,
    ),
    Plant(
        "environment variable that no world sets, in the tables", "recording/parquet.py",
        (
            ("from pathlib import Path\n", "from os import environ\nfrom pathlib import Path\n"),
            ("row_group_size=PIECE", 'row_group_size=int(environ.get("ICNSIM_PIECE", PIECE))'),
        ),
        (), IMPORTS,
    ),
    Plant(
        "id() as a key of actors in the policy's loop", "simulation/workload/policyloop.py",
        ((
            "sorted(host.manager.runtime.copies.items())",
            "sorted(host.manager.runtime.copies.items(), key=lambda item: id(item[1]))",
        ),),
        ("policy",), HOUSE,
    ),
    Plant(
        "id() as a key of violations", "recording/canonical.py",
        (("tuple(sorted(observed.violations, key=place))", "tuple(sorted(observed.violations, key=id))"),),
        ("violations",), HOUSE,
    ),
    Plant(
        "thread race in the draws of the columnar engine", "columns/engine.py",
        (("draws, single = buffers[number % 2]", "draws, single = buffers[0]"),),
        ("crowd",),
    ),
    Plant(
        "unsorted directory listing of results", "sweeps/listed.py",
        ((
            'sorted(each for each in place.glob("*") if each.is_dir() and not each.name.startswith("."))',
            '[each for each in place.glob("*") if each.is_dir() and not each.name.startswith(".")]',
        ),),
        ("heartbeats", "trust"), HOUSE,
    ),
    Plant(
        "order of the terms of a float sum in a summary", "recording/distribution.py",
        ((
            "mean = math.fsum(ordered.tolist()) / count",
            "mean = sum(map(float, {repr(value) for value in ordered.tolist()})) / count",
        ),),
        ("policy",), HOUSE,
    ),
    Plant(
        "order of the terms of a float sum in Sobol' indices", "statistics/sobol.py",
        ((
            "total((linear - mean(linear)) ** 2)",
            "sum(map(float, {repr(value) for value in ((linear - mean(linear)) ** 2).tolist()}))",
        ),),
        ("sobol",), HOUSE,
    ),
    Plant(
        "dict in the order of a set in a summary", "recording/summary.py",
        ((
            "dict(sorted(recording.ignored.items()))",
            "{name: recording.ignored[name] for name in set(recording.ignored)}",
        ),),
        ("violations",), HOUSE,
    ),
    Plant(
        "os.urandom in the phases of the loops", "draws/streams.py",
        (
            ("import hashlib\n", "import hashlib\nimport os\n"),
            ("np.floor(np.concatenate(drawn) * ", "np.floor(np.concatenate(drawn) * (os.urandom(1)[0] / 256) * "),
        ),
        ("quorum",), IMPORTS,
    ),
    Plant(
        "hash() of a text in lotteries", "draws/lottery.py",
        ((
            'int.from_bytes(hashlib.sha256(group.group.encode()).digest()[:4], "little")',
            "hash(group.group) & 0xFFFFFFFF",
        ),),
        ("trust",), HOUSE,
    ),
    Plant(
        "hash() of a text in the draws of heartbeats", "draws/heartbeats.py",
        (('self._link = f"{sender}/{receiver}"', 'self._link = f"{hash((sender, receiver))}"'),),
        ("heartbeats",), HOUSE,
    ),
    Plant(
        "time zone in trust", "simulation/workload/targets.py",
        (
            ("import numpy as np\n", "import time\n\nimport numpy as np\n"),
            ('stream = f"trust/', 'stream = f"{time.timezone}trust/'),
        ),
        ("trust",), IMPORTS,
    ),
    Plant(
        "processor time in WASM", "simulation/executors/memories.py",
        (
            ("from array import array\n", "from array import array\nfrom time import perf_counter_ns\n"),
            (".live) * self._page_s * 1e6)", ".live) * self._page_s * 1e6) + perf_counter_ns() % 1000"),
        ),
        ("wasm",), IMPORTS,
    ),
    Plant(
        "global generator of NumPy in the run times of tasks", "simulation/tasks/tasks.py",
        (("draws(scenario.seed, \"task/run_time\"", "draws(np.random.randint(1000), \"task/run_time\""),),
        ("tasks",), HOUSE,
    ),
    Plant(
        "unseeded generator of NumPy in a Latin hypercube", "sweeps/designs.py",
        (("qmc.LatinHypercube(keys, rng=SCRAMBLING)", "qmc.LatinHypercube(keys)"),),
        ("latin",),
    ),
    Plant(
        "process number in the seeds of a sweep", "sweeps/work.py",
        (('update={"seed": task.seed}', 'update={"seed": task.seed + os.getpid()}'),),
        ("grid",),
    ),
    Plant(
        "present folder in arrivals", "draws/arrivals.py",
        (
            ("import math\n", "import math\nfrom pathlib import Path\n"),
            ('uniforms(scenario.seed, "arrivals", count)', 'uniforms(scenario.seed, f"arrivals/{Path.cwd()}", count)'),
        ),
        ("trust",), HOUSE,
    ),
    Plant(
        "name of the machine in a run-id", "scenario/resolved.py",
        (
            ("import json\n", "import json\nimport platform\n"),
            ("{version}\\n{written_by()}", "{version}\\n{platform.node()}\\n{written_by()}"),
        ),
        (), IMPORTS,
    ),
)  # fmt: skip
"""All plants."""

"""Commands that take a stranger's scenario, each on a small scenario with changed keys.

The commands after the first one read what it has written.
"""

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

import yaml

from tests.fuzz import schema
from tests.fuzz.given import SCENARIO, Input

Arguments = tuple[str, ...]

SMALL: Final = """\
name: small
duration: 20s
drain: 2min
executors: [{group: base, count: 3}, {group: far, count: 1, behavior: unresponsive}]
workload: {arrivals: {rate: 30/min}}
"""
LIMITS: Final = ("--max-events", "3000", "--max-wall", "20", "--out", "results", "--quiet")
KINDS_OF_PLOTS: Final = ("detection-total", "records", "migration-duration", "qos", "tick-cost", "success-by-time",
                         "migration", "occupancy")  # fmt: skip
KINDS_OF_SWEEPS: Final = ("lines", "heatmap", "tornado", "front", "qos")


def some(pick: random.Random) -> Input:
    """A command, and some that read its results."""
    document: dict[str, Any] = schema.changed(yaml.safe_load(SMALL), pick, pick.choice((0, 1, 1, 2)))
    command = pick.choice(COMMANDS)(pick)
    if command[0] == "rare":  # it simulates hundreds of runs for each level of splitting
        document["duration"], document["drain"] = "2s", "70s"
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    then = [each for each in READERS.get(command[0], ()) if pick.random() < 0.5]
    read = [tuple(part.replace("KIND", pick.choice(_kinds(command[0]))) for part in each) for each in then]
    return Input({SCENARIO: text.encode("utf-8", "surrogatepass")}, commands=(command, *read))


def _kinds(command: str) -> Arguments:
    return KINDS_OF_SWEEPS if command == "sweep" else KINDS_OF_PLOTS


def _varied(pick: random.Random) -> Arguments:
    """An option that varies a key: mostly one that most scenarios have, else any."""
    if pick.random() < 0.7:
        usual = ("manager.timeout=30s,60s", "manager.check_interval=10s..40s", "workload.arrivals.rate=30/min,1/s",
                 "protocol.profile=hardened,as-committed", "executors.base.count=2,4")  # fmt: skip
        return "--vary", pick.choice(usual)
    path, part = schema.place(pick)
    return "--vary", f"{'.'.join(path)}={schema.value(part, pick)},{schema.value(part, pick)}"


def _run(pick: random.Random) -> Arguments:
    engine = pick.choice(((), (), ("--engine", "events"), ("--engine", "columns"), ("--strict",)))
    return "run", SCENARIO, *engine, *LIMITS, *pick.choice(((), ("--json",)))


def _sweep(pick: random.Random) -> Arguments:
    design = pick.choice(((), ("--design", "lhs", "--samples", "2"), ("--design", "one-at-a-time", "--samples", "2")))
    return "sweep", SCENARIO, *_varied(pick), *design, "--replications", "2", "--jobs", "1", *LIMITS


def _check(pick: random.Random) -> Arguments:
    cause = pick.choice(((), (), ("--cause", "--branches", "1")))
    return "check", SCENARIO, "--seeds", "2", "--tries", "3", "--jobs", "1", *cause, *LIMITS


def _compare(pick: random.Random) -> Arguments:
    detectors = pick.random() < 0.1
    which = ("--detectors",) if detectors else pick.choice(((SCENARIO,), (SCENARIO, *_varied(pick))))
    return "compare", SCENARIO, *which, "--replications", "2", "--jobs", "1", *LIMITS


def _recommend(pick: random.Random) -> Arguments:
    asked = ("--minimize", pick.choice(("migration_duration.mean", "manager.cost_s", "records.mean")))
    limit = ("--subject-to", pick.choice(("completed_share>=10%", "manager.ticks<1000")))
    few = ("--samples", "2", "--replications", "2", "--jobs", "1")
    return "recommend", SCENARIO, *_varied(pick), *asked, *limit, *few, *LIMITS


def _rare(pick: random.Random) -> Arguments:
    event = ("--event", pick.choice(("false_positive", "double_run")))
    method = ("--method", pick.choice(("auto", "tilting", "splitting")))
    few = ("--population", "20", "--repetitions", "2", "--jobs", "1")
    return "rare", SCENARIO, *event, *method, *few, *LIMITS


def _read_only(pick: random.Random) -> Arguments:
    return pick.choice((("predict", SCENARIO, "--json"), ("validate", SCENARIO), ("explore", SCENARIO, "--out", "-")))


COMMANDS: Final[tuple[Callable[[random.Random], Arguments], ...]] = (
    *3 * (_run, _run, _sweep, _check, _compare, _recommend, _read_only), _rare,
)  # fmt: skip
_LAST: Final = ("results", "--last")
_REPORT: Final = ("report", *_LAST, "--output", "-")
_PLOT: Final = ("plot", *_LAST, "--kind", "KIND", "--output", "plot.svg")
READERS: Final[Mapping[str, tuple[Arguments, ...]]] = {
    "run": (_REPORT, _PLOT, ("metrics", *_LAST), ("trace", *_LAST, "--output", "trace.json"), ("list", "results")),
    "sweep": (_REPORT, _PLOT, ("list", "results")),
    "check": (_REPORT,),
    "compare": (_REPORT,),
    "recommend": (_REPORT,),
    "rare": (_REPORT,),
}
"""For each command, those that read its results."""

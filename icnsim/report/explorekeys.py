"""The keys of a scenario that the explorer leaves out, because its closed forms do not cover them.

The page names each such key. Its figures are those of the same scenario with the value given here, and the command on
the page simulates the scenario with its own value.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from icnsim.errors import Problem, ScenarioError
from icnsim.protocol.profile import PROFILES
from icnsim.protocol.states import State
from icnsim.scenario import Scenario
from icnsim.scenario.actors import Actors, Checkpoints
from icnsim.scenario.coherence import arrivals_expected
from icnsim.scenario.datafiles import DataFolder
from icnsim.scenario.executors import PARTS
from icnsim.scenario.resolved import plain

Value = Callable[[Scenario], Any]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A key that is left out.

    Attributes
    ----------
    key : dotted. applies : whether a scenario has a value that the closed forms do not cover.
    value : the value that the figures are computed with. meaning : that value in words.
    """

    key: str
    applies: Callable[[Scenario], bool]
    value: Value
    meaning: str


def _always(value: Any) -> Value:
    return lambda _: value


def _usual(key: str) -> Any:
    """The default of a key of `actors`, as a file has it."""
    return Actors().model_dump(mode="json", by_alias=True)[key]


def _all_parts(scenario: Scenario) -> Any:
    """The groups of executors, each with every part."""
    groups = plain(scenario)["executors"]
    return [{key: value for key, value in group.items() if key != "parts"} for group in groups]


def _base_timeout(scenario: Scenario) -> str:
    """The timeout of the state Requesting, for an actor without state."""
    base = scenario.manager.limits.timeouts[State.REQUESTING]
    return f"{base // 1000 if isinstance(base, int) else base.ms(0)}ms"


LEFT_OUT: Final = (
    LeftOut("faults", lambda s: bool(s.faults), _always([]), "no faults"),
    LeftOut("protocol", lambda s: s.protocol.switches != PROFILES["as-designed"], _always({}), "profile as-designed"),
    LeftOut("retry.max_retries", lambda s: bool(s.retry.max_retries), _always(0), "no retries"),
    LeftOut("quorum.enabled", lambda s: s.quorum.enabled, _always(False), "no votes"),
    LeftOut("workload.target", lambda s: s.workload.target != "uniform", _always("uniform"), "targets at random"),
    LeftOut(
        "workload.trigger", lambda s: s.workload.by_policy or s.submissions is not None, _always("arrivals"),
        "arrivals by workload.arrivals",
    ),
    LeftOut("actors.message_rate", lambda s: bool(s.actors.message_rate), _always(_usual("message_rate")),
            "actors without messages"),
    LeftOut("actors.mode", lambda s: s.wasm is not None, _always(_usual("mode")), "actors without WASM memory"),
    LeftOut("manager.enabled", lambda s: not s.manager.enabled, _always(True), "the manager runs"),
    LeftOut("manager.overrides", lambda s: bool(s.manager.overrides), _always([]), "the same settings for all actors"),
    LeftOut("manager.adjustments", lambda s: bool(s.manager.adjustments), _always([]), "settings that do not change"),
    LeftOut("manager.detector", lambda s: s.manager.detector.kind != "poll", _always({"kind": "poll"}),
            "the detector poll"),
    LeftOut("manager.structure", lambda s: s.manager.structure != "scan", _always("scan"),
            "each tick scans all records"),
    LeftOut("manager.tracked_states", lambda s: s.manager.tracked_states != ("requesting",), _always(["requesting"]),
            "only Requesting times out"),
    LeftOut("manager.timeout", lambda s: not isinstance(s.manager.timeout, int), _base_timeout,
            "one timeout for all states and sizes"),
    LeftOut("checkpoints", lambda s: s.checkpoints != Checkpoints(), _always({}), "checkpoints that take no time"),
    LeftOut("network.duplication", lambda s: bool(s.network.duplication), _always(0), "no duplicated messages"),
    LeftOut("network.sharing", lambda s: s.network.sharing != "none", _always("none"), "bandwidth is not shared"),
    LeftOut("network.pairs", lambda s: bool(s.network.pairs), _always([]), "all links alike"),
    LeftOut("executors[].parts", lambda s: any(group.parts != PARTS for group in s.executors), _all_parts,
            "executors with all parts"),
)  # fmt: skip
"""All keys that may be left out, in the order of the page."""


def left_out(scenario: Scenario) -> tuple[LeftOut, ...]:
    """The keys of a scenario that its closed forms leave out."""
    return tuple(each for each in LEFT_OUT if each.applies(scenario))


def reduced(scenario: Scenario) -> Scenario:
    """The scenario with the values that the figures are computed with.

    It is not checked for keys without effect: what belongs to a key that is left out may stay.

    Raises
    ------
    ScenarioError : no migrations are left whose closed forms could be shown.
    """
    keys = left_out(scenario)
    if not scenario.migrates:
        raise _nothing_left(scenario, "workload.trigger", "submitted tasks, and nothing migrates")
    data = plain(scenario)
    for each in keys:
        *sections, last = each.key.partition("[")[0].split(".")
        place = data
        for section in sections:
            place = place[section]
        place[last] = each.value(scenario)
    found = Scenario.model_validate(_frozen(data), context=DataFolder(None, dict(scenario.files)))
    found.attach(
        scenario.origin, scenario.matrix, scenario.trace, scenario.files, scenario.trust_file, None, scenario.profile
    )
    if not math.isfinite(arrivals_expected(found)):
        raise _nothing_left(scenario, "workload", "no number of arrivals by workload.arrivals")
    return found


def _nothing_left(scenario: Scenario, key: str, found: str) -> ScenarioError:
    expected = "migrations at workload.arrivals, whose closed forms the page can show"
    return ScenarioError([Problem(scenario.origin, None, key, found, expected, "use `icnsim predict` or `icnsim run`")])


def _frozen(value: Any) -> Any:
    """Plain data as the reader of files gives it: tuples for lists."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value

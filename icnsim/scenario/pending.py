"""Keys whose behaviour is not there yet: refused when they are not at their default."""

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from icnsim.scenario.resolved import plain
from icnsim.scenario.schema import Scenario
from icnsim.scenario.workload import FileTrigger

_SECTIONS: Final = ("policy",)
_KEYS: Final = (("actors", "blobs"),)

Path = tuple[str | int, ...]


def pending(scenario: Scenario) -> Iterator[tuple[Path, object, object]]:
    """Path, value and default, as a file has them, of every key that asks for what is not there yet."""
    if _nothing_special(scenario):
        return
    written, usual = plain(scenario), plain(_default())
    for section in _SECTIONS:
        yield from _changed((section,), written[section], usual[section])
    for section, key in _KEYS:
        yield from _changed((section,), {key: written[section][key]}, usual[section])
    if _in_wasm(scenario):
        yield ("actors", "mode", "wasm_stateful"), written["actors"]["mode"]["wasm_stateful"], None
    trigger = scenario.workload.trigger
    if trigger == "policy" or (isinstance(trigger, FileTrigger) and trigger.submissions is not None):
        yield ("workload", "trigger"), written["workload"]["trigger"], "arrivals"
    if scenario.workload.target == "policy":
        yield ("workload", "target"), "policy", "uniform or trust"
    group = usual["executors"][0]
    for number, executor in enumerate(written["executors"]):
        here: Path = ("executors", number)
        yield from _changed((*here, "capacity"), {"load": executor["capacity"]["load"]}, group["capacity"])


@cache
def _default() -> Scenario:
    return Scenario.model_construct(name="default")


def _nothing_special(scenario: Scenario) -> bool:
    """Whether all of these keys are plainly at their defaults, which spares the points of a sweep the search."""
    default = _default()
    (group,) = default.executors
    return (
        all(getattr(scenario, section) == getattr(default, section) for section in _SECTIONS)
        and all(getattr(getattr(scenario, s), key) == getattr(getattr(default, s), key) for s, key in _KEYS)
        and not _in_wasm(scenario)
        and not isinstance(scenario.workload.trigger, FileTrigger)
        and scenario.workload.trigger == default.workload.trigger
        and scenario.workload.target != "policy"
        and all(executor.capacity.load == group.capacity.load for executor in scenario.executors)
    )


def _in_wasm(scenario: Scenario) -> bool:
    mode = scenario.actors.mode
    return not isinstance(mode, str) and mode.wasm_stateful is not None


def _changed(path: Path, written: dict[str, Any], usual: dict[str, Any]) -> Iterator[tuple[Path, object, object]]:
    for key, value in written.items():
        default = usual[key]
        if isinstance(value, dict) and isinstance(default, dict) and value.keys() == default.keys():
            yield from _changed((*path, key), value, default)
        elif value != default:
            yield (*path, key), value, default

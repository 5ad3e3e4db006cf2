"""Keys whose behaviour is not there yet: refused when they are not at their default."""

from collections.abc import Iterator
from typing import Final

from icnsim.scenario.distributions import Constant
from icnsim.scenario.schema import ExecutorGroup, FileTrigger, Scenario

_SECTIONS: Final = {
    "protocol": ("profile",),
    "policy": ("kind",),
    "retry": ("max_retries", "backoff", "on", "alternative_target_after"),
    "trust": ("initial", "on_timeout", "on_reject", "on_success", "minimum"),
    "quorum": ("enabled", "executors", "threshold", "window", "grace"),
    "manager": ("overrides", "adjustments"),
    "actors": ("mode", "message_rate", "blobs"),
    "workload": ("target",),
}

Path = tuple[str | int, ...]


def pending(scenario: Scenario) -> Iterator[tuple[Path, object, object]]:
    """Path, value and default of every key that asks for what is not there yet."""
    default = Scenario.model_construct(name=scenario.name)
    for section, keys in _SECTIONS.items():
        for key in keys:
            value = getattr(getattr(scenario, section), key)
            usual = getattr(getattr(default, section), key)
            if value != usual:
                yield (section, key), value, usual
    for key in ("faults", "sweep"):
        if getattr(scenario, key):
            yield (key,), getattr(scenario, key), "nothing"
    trigger = scenario.workload.trigger
    if trigger == "policy" or (isinstance(trigger, FileTrigger) and trigger.submissions is not None):
        yield ("workload", "trigger"), "policy" if trigger == "policy" else "submissions", "arrivals or trace"
    load = ExecutorGroup(group="default", count=1).capacity.load
    for number, group in enumerate(scenario.executors):
        if group.behavior == "byzantine":
            yield ("executors", number, "behavior"), "byzantine", "another behavior"
        if group.capacity.load != load:
            assert isinstance(load, Constant)
            yield ("executors", number, "capacity", "load"), group.capacity.load, load.value

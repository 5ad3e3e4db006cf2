"""Keys whose behaviour is not there yet: refused when they are not at their default."""

from collections.abc import Iterator

from icnsim.scenario.resolved import plain
from icnsim.scenario.schema import Scenario
from icnsim.scenario.workload import FileTrigger

Path = tuple[str | int, ...]


def pending(scenario: Scenario) -> Iterator[tuple[Path, object, object]]:
    """Path, value and default, as a file has them, of every key that asks for what is not there yet."""
    trigger = scenario.workload.trigger
    if isinstance(trigger, FileTrigger) and trigger.submissions is not None:
        yield ("workload", "trigger"), plain(scenario)["workload"]["trigger"], "arrivals"

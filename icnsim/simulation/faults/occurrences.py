"""The occurrences of a fault with a given time: it may repeat, and it may hit one executor after another.

With `every`, occurrence k begins at `at` + k x `every`, at most `times` times. With `rolling`, each occurrence hits the
selected executors in the natural order of their names, and each of them `rolling` after the one before.
"""

from collections.abc import Iterator

from icnsim.scenario import Scenario
from icnsim.scenario.faults import Fault, Heal
from icnsim.scenario.names import natural

Series = Iterator[tuple[str, Fault]]
"""Faults in the order of their times, each with the name of its draws."""


def series(scenario: Scenario, number: int, fault: Fault) -> Iterator[Series]:
    """The occurrences of the item `faults[number]`: one series of repetitions, with `rolling` one for each executor."""
    if isinstance(fault, Heal) or fault.rolling is None:
        yield _repeated(str(number), fault)
        return
    names = sorted((scenario.executor_names[k] for k in scenario.selected(fault.executors, fault.region)), key=natural)
    for place, name in enumerate(names):
        only = {"executors": (name,), "region": None, "at": fault.at + place * fault.rolling}
        yield _repeated(f"{number}/{name}", fault.model_copy(update=only))


def _repeated(name: str, fault: Fault) -> Series:
    """An occurrence and its repetitions; without `times` they never end."""
    yield name, fault
    if fault.every is None:
        return
    count = 1
    while fault.times is None or count < fault.times:
        yield f"{name}/{count}", fault.model_copy(update={"at": fault.at + count * fault.every})
        count += 1

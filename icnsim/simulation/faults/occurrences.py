"""The occurrences of the faults of a scenario, in series: given times that may repeat, and random times.

With `every`, occurrence k begins at `at` + k x `every`, at most `times` times. With `rolling`, each occurrence hits the
selected executors in the natural order of their names, each of them `rolling` after the one before. Random faults are
drawn for each executor and kind from a separate stream: exponential times between failures with mean `mtbf`, and
exponential times to repair with mean `mttr`.
"""

from collections import Counter
from collections.abc import Iterator

from icnsim.draws.streams import uniforms
from icnsim.elementary.single import log1p
from icnsim.scenario import Scenario
from icnsim.scenario.faults import Fault, Heal, RandomFaults
from icnsim.scenario.names import natural

Series = Iterator[tuple[str, Fault]]
"""Faults in the order of their times, each with the name of its draws."""
RANDOM_DRAWS = 64


def every_series(scenario: Scenario, horizon: int) -> Iterator[Series]:
    """The series of all items of `faults`. A series may continue after the horizon, µs, the end of the simulation."""
    seen: Counter[str] = Counter()
    for number, fault in enumerate(scenario.faults):
        if isinstance(fault, RandomFaults):
            yield from _random(scenario, seen, fault, horizon)
        else:
            yield from series(scenario, number, fault)


def _random(scenario: Scenario, seen: Counter[str], fault: RandomFaults, horizon: int) -> Iterator[Series]:
    """The faults of each kind and executor that an item of random faults generates.

    `seen` counts the items that contain each kind, because a second item with a kind has separate draws.
    """
    for kind in fault.random.kinds:
        name = f"{kind}/{seen[kind]}" if seen[kind] else kind
        seen[kind] += 1
        for executor in scenario.selected(fault.random.executors, fault.random.region):
            where = scenario.executor_names[executor]
            yield _drawn(scenario.seed, f"{name}/{where}", kind, where, fault, horizon)


def _drawn(seed: int, name: str, kind: str, where: str, fault: RandomFaults, horizon: int) -> Series:
    """Random faults of one kind and executor, in the order of their times, each with the name of its draws."""
    at, block = 0, 0
    while at < horizon:
        draws = uniforms(seed, f"fault/random/{name}", RANDOM_DRAWS, block * RANDOM_DRAWS).tolist()
        block += 1
        for up, down in zip(draws[::2], draws[1::2], strict=True):
            at += 1 + round(-log1p(-up) * fault.random.mtbf)
            lasting = 1 + round(-log1p(-down) * fault.random.mttr)
            yield f"{name}/{at}", fault.random.one(kind, where, at, lasting)
            at += lasting


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

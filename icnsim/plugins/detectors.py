"""The trial of a detector: it learns from several sequences of answers."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from icnsim.errors import PluginError
from icnsim.plugins.calls import Calls, examples_of
from icnsim.scenario.plugins import detectors, parameters
from icnsim.scenario.plugins.detectors import Guarded
from icnsim.scenario.plugins.registry import Plugin

FIXED_MS: Final = 60_000
ANSWERS: Final[Mapping[str, Sequence[int]]] = {
    "equal answers": [400] * 50,
    "growing answers": [100 + 7 * number for number in range(200)],
    "irregular answers": [300 + (number * number * 7919) % 5000 for number in range(500)],
    "answers of 0 ms": [0] * 5,
    "one answer of a day": [86_400_000],
}
"""Times of answers, ms."""
EVERY: Final = 10
"""After this number of answers, a question is suspected."""


def calls(plugin: Plugin) -> Calls:
    """The timeouts after each of the answers, with every example."""
    found: dict[str, Callable[[], object]] = {}
    for number, example in enumerate(examples_of(plugin, detectors.family(plugin)), 1):
        for name, answers in ANSWERS.items():
            found[f"timeouts with {name}, example {number}"] = partial(_timeouts, plugin, example, answers)
    return found


def _timeouts(plugin: Plugin, example: Mapping[str, object], answers: Sequence[int]) -> list[tuple[int, int]]:
    """The timeout and the number of observations, before the first answer and after each."""
    detector = _made(plugin, example)
    found = [(detector.timeout(FIXED_MS), detector.numbers)]
    for number, elapsed in enumerate(answers, 1):
        detector.observe(elapsed)
        if number % EVERY == 0:
            detector.suspect(number * 1000, number * 1000 + FIXED_MS)
        found.append((detector.timeout(FIXED_MS), detector.numbers))
    return found


def _made(plugin: Plugin, example: Mapping[str, object]) -> Guarded:
    declared = detectors.family(plugin).parameters
    values = parameters.with_defaults(plugin.name, example, declared)
    return detectors.Maker(plugin, tuple(parameters.read(plugin.name, values, declared).items()))()


def violations(plugin: Plugin) -> Iterator[str]:
    """Wrong timeouts, and timeouts that change although nothing was learned."""
    for number, example in enumerate(examples_of(plugin, detectors.family(plugin)), 1):
        try:
            fresh = _made(plugin, example)
            if fresh.timeout(FIXED_MS) != FIXED_MS:
                yield f"timeout without an observation is not the fixed one (example {number})"
            _timeouts(plugin, example, ANSWERS["growing answers"])
            learned = _made(plugin, example)
            learned.observe(400)
            if learned.timeout(FIXED_MS) != learned.timeout(FIXED_MS):
                yield f"timeout changes although nothing was learned (example {number})"
        except PluginError as error:
            yield f"{error} (example {number})"

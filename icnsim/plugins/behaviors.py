"""The trial of a behavior: it answers Requests of many sizes."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from icnsim.errors import PluginError
from icnsim.plugins.calls import Calls, examples_of
from icnsim.scenario.plugins import behaviors, parameters
from icnsim.scenario.plugins.behaviors import Answer
from icnsim.scenario.plugins.registry import Plugin

SIZES: Final = (0, 1, 2**10, 2**20, 10 * 2**20, 2**30, 2**40)
SHARES: Final = 64
REQUESTS: Final = [
    (size, u)
    for size in SIZES
    for u in (0.0, 2.0**-53, *((share + 0.5) / SHARES for share in range(SHARES)), 1 - 2.0**-53)
]
"""The size of a state, bytes, and the uniform number of each Request."""


def calls(plugin: Plugin) -> Calls:
    """The answers to all Requests, with every example."""
    found: dict[str, Callable[[], object]] = {}
    for number, example in enumerate(examples_of(plugin, behaviors.family(plugin)), 1):
        found[f"answer, example {number}"] = partial(_values, plugin, example)
    return found


def _values(plugin: Plugin, example: Mapping[str, object]) -> list[str]:
    answer = _made(plugin, example)
    return [answer(size, u).value for size, u in REQUESTS]


def _made(plugin: Plugin, example: Mapping[str, object]) -> Callable[[int, float], Answer]:
    declared = behaviors.family(plugin).parameters
    return behaviors.made(plugin.name, parameters.with_defaults(plugin.name, example, declared))


def violations(plugin: Plugin) -> Iterator[str]:
    """Wrong answers, and answers that depend on earlier Requests."""
    for number, example in enumerate(examples_of(plugin, behaviors.family(plugin)), 1):
        try:
            answer = _made(plugin, example)
            backward = [answer(size, u).value for size, u in reversed(REQUESTS)]
            if backward[::-1] != _values(plugin, example):
                yield f"answer depends on earlier calls (example {number})"
        except PluginError as error:
            yield f"{error} (example {number})"

"""The trial of a policy: it decides about actors with many sets of candidates."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from icnsim.draws.streams import uniforms
from icnsim.errors import PluginError
from icnsim.plugins.calls import Calls, examples_of
from icnsim.protocol.policy import Candidate, Choice, Own
from icnsim.scenario.plugins import parameters, policies
from icnsim.scenario.plugins.policies import Guarded
from icnsim.scenario.plugins.registry import Plugin

CASES: Final = 200
MOST: Final = 8
"""The largest number of candidates of a case."""


def calls(plugin: Plugin) -> Calls:
    """The decisions and the choices of all cases, with every example."""
    found: dict[str, Callable[[], object]] = {}
    for number, example in enumerate(examples_of(plugin, policies.family(plugin)), 1):
        for method in ("decide", "choose"):
            found[f"{method}, example {number}"] = partial(_choices, plugin, example, method)
    return found


def cases() -> list[tuple[Own, list[Candidate]]]:
    """Executors with their candidates, from none to eight; equal ones and the bounds of all values are among them."""
    numbers = (float(round(u * 20) / 20) for u in uniforms(1, "trial of a policy", CASES * (3 + 3 * MOST)))
    found = []
    for case in range(CASES):
        own = Own(next(numbers), next(numbers), next(numbers) > 0.5)
        count = case % (MOST + 1)
        others = [Candidate(7 * place + 3, next(numbers), next(numbers), next(numbers)) for place in range(count)]
        found.append((own, others))
    return found


def _choices(plugin: Plugin, example: Mapping[str, object], method: str) -> list[Choice | None]:
    policy = _made(plugin, example)
    decides = policy.decide if method == "decide" else policy.choose
    return [decides(own, others) for own, others in cases()]


def _made(plugin: Plugin, example: Mapping[str, object]) -> Guarded:
    declared = policies.family(plugin)
    return policies.made(plugin.name, parameters.with_defaults(plugin.name, example, declared.parameters))


def violations(plugin: Plugin) -> Iterator[str]:
    """Wrong choices, and choices that depend on the cases before."""
    for number, example in enumerate(examples_of(plugin, policies.family(plugin)), 1):
        for method in ("decide", "choose"):
            try:
                forward = _choices(plugin, example, method)
                policy = _made(plugin, example)
                call = policy.decide if method == "decide" else policy.choose
                backward = [call(own, others) for own, others in reversed(cases())]
            except PluginError as error:
                yield f"{error} ({method}, example {number})"
                continue
            if backward[::-1] != forward:
                yield f"{method} depends on earlier calls (example {number})"

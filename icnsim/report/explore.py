"""The explorer: one page with sliders over the closed forms of a scenario, which needs no network.

The page holds the parameters of the scenario and the closed forms as scripts. A policy in its head allows only these
scripts and this style sheet, by their hashes. So a text of the scenario cannot run.
"""

import shlex
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from markupsafe import Markup

from icnsim.report.embedding import asset, environment, hashed, json_text, policy
from icnsim.report.explorekeys import left_out, reduced
from icnsim.report.exploremodel import dead_count, groups_as_written, model
from icnsim.scenario import Scenario
from icnsim.scenario.loading import Source
from icnsim.version import VERSION

SCRIPTS: Final = ("distributions", "convolution", "records", "forms", "command", "plots", "page")
"""The files of the page's script, in order."""

DESIGN: Final = {"interval": 30.0, "timeout": 60.0, "retention": 300.0}
"""The design document's numbers, s."""
ENDS: Final = {"interval": (0.5, 600.0), "timeout": (1.0, 3600.0), "retention": (1.0, 7200.0)}
"""The ends of the sliders, s."""

_LADDER: Final = (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)


def html(source: Source, path: str, overrides: Mapping[str, str]) -> tuple[str, str]:
    """The name of a scenario and its page; the same scenario gives the same bytes.

    Parameters
    ----------
    source : the scenario's file. path : its path, for the command on the page. overrides : of `--set`.

    Raises
    ------
    ScenarioError : the scenario has mistakes, or has no migrations whose closed forms could be shown.
    """
    own = source.scenario(overrides, allow_large=True)
    data = {
        **_settings(reduced(own), movable=not own.faults and own.trace is None),
        "expects": bool(own.expect),
        "path": shlex.quote(path),
        "overrides": [[key, shlex.quote(f"{key}={value}")] for key, value in overrides.items()],
    }
    script, style = _script(), asset("explore.css")
    text: str = (
        environment()
        .get_template("explore.html")
        .render(
            name=own.name,
            description=own.description,
            left_out=left_out(own),
            policy=_policy(script, style),
            style=Markup(style),
            script=Markup(script),
            data=Markup(json_text(data)),
            version=VERSION,
        )
    )
    return own.name, text


def _settings(scenario: Scenario, *, movable: bool) -> dict[str, Any]:
    """The parameters of the closed forms and the sliders: their values, the scenario's own, the design's.

    Parameters
    ----------
    scenario : without the keys that are left out. movable : whether the number of dead executors may change.
    """
    manager, dead, executors = scenario.manager, dead_count(scenario), scenario.executor_count
    assert isinstance(manager.timeout, int)
    parameters = model(scenario)
    times = {
        "interval": manager.check_interval / 1e6,
        "timeout": manager.timeout / 1e6,
        "retention": manager.retention / 1e6,
    }
    loss, has_mean = float(scenario.network.loss), bool(parameters["latency_mean"])
    most = max(dead, min(int(0.9 * executors), executors - len(parameters["groups"]))) if movable else dead
    return {
        "model": parameters,
        "groups": groups_as_written(scenario),
        "own": {**times, "dead": dead, "loss": loss, "tail": None},
        "design": DESIGN,
        "levels": {
            **{name: _durations(*ends, times[name], DESIGN[name]) for name, ends in ENDS.items()},
            "dead": _counts(most, dead),
            "loss": sorted({0.0, *_ladder(1e-5, 0.5), loss}),
            "tail": [None, *(_ladder(0.1, 20) if has_mean else [])],
        },
        "fixed": {
            "dead": None if movable else "faults or a trace name the executors",
            "tail": None if has_mean else "the latency of the scenario has no mean above 0",
        },
    }


def _ladder(low: float, high: float) -> list[float]:
    """Round values from `low` to `high`, a dozen for each factor of ten."""
    found = []
    for power in range(-6, 5):
        for step in _LADDER:
            value = float(f"{step * 10.0**power:.3g}")
            if low <= value <= high:
                found.append(value)
    return found


def _durations(low: float, high: float, *more: float) -> list[float]:
    """Durations, s, in whole ms: round ones, and these."""
    return sorted({*_ladder(low, 10), *(float(value) for value in _SECONDS if low <= value <= high), *more})


_SECONDS: Final = (
    *range(10, 31), *range(35, 90, 5), *range(90, 180, 10), *range(180, 600, 30), *range(600, 1800, 120),
    *range(1800, 7201, 600),
)  # fmt: skip


def _counts(most: int, own: int) -> list[int]:
    """Numbers of dead executors from 0 to `most`, at most about a hundred."""
    step = max(1, most // 100)
    return sorted({*range(0, most + 1, step), most, own})


@cache
def _script() -> str:
    parts = "\n".join(asset(f"explore.{name}.js") for name in SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _policy(script: str, style: str) -> str:
    """The content security policy: only this script and this style sheet, and nothing is loaded."""
    return policy(f"script-src {hashed(script)}; style-src {hashed(style)}")

"""Completion in the shell: keys of a scenario, figures, kinds of plots.

Each function is a `shell_complete` of click: it returns the texts that begin with the typed characters.
"""

import click


def keys(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """The dotted keys of a run; those of executors are the keys of the first group, number 0."""
    return [key for key in _keys() if key.startswith(typed)]


def settings(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """The dotted keys of a run with the = that precedes the value."""
    return [f"{key}=" for key in _keys() if key.startswith(typed)]


def figures(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """Returns names of figures."""
    from icnsim.sweeps.figures import names

    return [name for name in names() if name.startswith(typed)]


def plots(_: click.Context, __: click.Parameter, typed: str) -> list[str]:
    """Returns kinds of plots of runs and of sweeps."""
    from icnsim.plots.catalogue import OF_A_RUN, OF_A_SWEEP, OF_TASKS

    return [kind for kind in dict.fromkeys((*OF_A_RUN, *OF_TASKS, *OF_A_SWEEP)) if kind.startswith(typed)]


def _keys() -> list[str]:
    """Returns every key that can have a single value. Sections and the items of `faults` are omitted."""
    from icnsim.scenario.resolved import every_key
    from icnsim.scenario.variation import FIXED

    found = {key: usual for key, _, _, usual in every_key() if key.partition(".")[0] not in (*FIXED, "faults")}
    single = [
        key
        for key, usual in found.items()
        if isinstance(usual, str | int | float) or not any(other.startswith(f"{key}.") for other in found)
    ]
    return [key.replace("executors.", "executors.0.", 1) if key.startswith("executors.") else key for key in single]

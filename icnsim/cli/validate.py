"""`icnsim validate`: read scenarios and run nothing."""

import click

from icnsim.cli import BAD_INPUT, complain, options
from icnsim.errors import IcnsimError, printable


@click.command("validate")
@options.scenarios
@options.overrides
@options.allow_large
def command(scenarios: tuple[str, ...], overrides: dict[str, str], allow_large: bool) -> int:
    """Check scenario files; everything that is wrong with them is told at once."""
    from icnsim.experiment import prepare
    from icnsim.sweeps.plan import plan

    code = 0
    for path in scenarios:
        try:
            scenario = prepare(path, overrides, allow_large=allow_large)
            if scenario.sweep.vary:
                points = len(plan(path, overrides, allow_large=allow_large).points)
        except IcnsimError as error:
            complain(str(error))
            code = BAD_INPUT
        else:
            sweep = f", and so are the {points:,} points of its sweep" if scenario.sweep.vary else ""
            click.echo(printable(f"{path}: {scenario.name} is valid{sweep}"))
    return code

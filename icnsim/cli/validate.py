"""`icnsim validate`: read scenarios and run nothing."""

import click

from icnsim.cli import BAD_INPUT, complain, options
from icnsim.errors import IcnsimError, printable


@click.command("validate")
@options.scenarios
@options.overrides
@options.allow_large
def command(scenarios: tuple[str, ...], overrides: dict[str, str], allow_large: bool) -> int:
    """Check scenario files; report all mistakes at once."""
    from icnsim.sweeps.plan import plan

    code = 0
    for path in scenarios:
        try:
            made = plan(path, overrides, allow_large=allow_large)
        except IcnsimError as error:
            complain(str(error))
            code = BAD_INPUT
        else:
            sweep = f", and so are the {len(made.points):,} points of its sweep" if made.keys else ""
            click.echo(printable(f"{path}: {made.scenario.name} is valid{sweep}"))
            submitted = made.scenario.submissions
            if submitted is not None and submitted.fields:
                click.echo(printable(f"{path}: {submitted.ignored_fields()}"))
    return code

"""`icnsim validate`: reads scenarios, checks every point of their sweeps, and runs nothing."""

from functools import partial

import click

from icnsim.cli import BAD_INPUT, complain, options
from icnsim.errors import IcnsimError, printable


@click.command("validate")
@options.scenarios
@options.overrides
@options.allow_large
@options.max_wall("Stop the check of a scenario with an error after SECONDS of wall time.")
def command(scenarios: tuple[str, ...], overrides: dict[str, str], allow_large: bool, max_wall: float | None) -> int:
    """Check scenario files; report all mistakes at once."""
    from icnsim.cli.progress import check_progress
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.sweeps.plan import plan

    code = 0
    for path in scenarios:
        try:
            with check_progress(path, quiet=False) as checked:
                planned = partial(plan, path, overrides, allow_large=allow_large, checked=checked)
                made = within(Budget(None, max_wall), planned)
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

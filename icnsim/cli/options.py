"""Options that several commands share."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

import click

from icnsim.cli import completion

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
SHOWN: Final = 80
"""Characters of an option that a message shows."""


def pairs(_: click.Context, __: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{text[:SHOWN]!r} is not KEY=VALUE, such as manager.timeout=90s")
        if key in pairs:
            raise click.BadParameter(f"{key} is given twice: {pairs[key][:SHOWN]} and {value[:SHOWN]}")
        pairs[key] = value
    return pairs


overrides: Decorator = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", callback=pairs, shell_complete=completion.settings,
    help="Set a key of the scenario, such as manager.timeout=90s. May be repeated.",
)  # fmt: skip
seed: Decorator = click.option(
    "--seed", type=click.IntRange(0), metavar="N", help="The seed, in place of the scenario's."
)
allow_large: Decorator = click.option(
    "--allow-large", is_flag=True, help="Permit runs and results that are estimated to need more than 4 GiB of memory."
)
as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document.")
scenarios: Decorator = click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO…", type=click.Path())
scenario: Decorator = click.argument("scenario", metavar="SCENARIO", type=click.Path())
out: Decorator = click.option(
    "--out", default="results", show_default=True, type=click.Path(), help="Folder of all results."
)


def _result(context: click.Context, parameter: click.Parameter, value: Any) -> Any:
    """The folder that RESULTS names or, with --last, the newest result in it or in ./results."""
    if context.meta.get(LAST):
        from icnsim.sweeps.listed import newest

        several = isinstance(value, tuple)
        if several and len(value) > 1:
            raise click.UsageError("--last: the newest result of one folder, not of two")
        given = next(iter(value), None) if several else value
        found = str(newest(Path(given or "results"))[0])
        return (found,) if several else found
    if not value:
        raise click.MissingParameter(ctx=context, param=parameter)
    return value


LAST: Final = "icnsim.last"
last: Decorator = click.option(
    "--last", is_flag=True, is_eager=True, expose_value=False,
    callback=lambda context, _, value: context.meta.update({LAST: value}),
    help="Take the newest result in RESULTS, or in ./results.",
)  # fmt: skip


def results(most: int = 1) -> Decorator:
    """The argument RESULTS, or up to `most` of them, with the option --last."""
    metavar = "[RESULTS]" if most == 1 else "[RESULTS [RESULTS_B]]"
    argument = click.argument(
        "results", metavar=metavar, nargs=1 if most == 1 else -1, required=False, type=click.Path(), callback=_result
    )
    return together(argument, last)


def together(*options: Decorator) -> Decorator:
    """Several options as one, in the order in which --help shows them."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def max_events(text: str) -> Decorator:
    """The option --max-events with the help text of a command."""
    return click.option("--max-events", type=click.IntRange(1), metavar="N", help=text)


max_events_of_runs: Decorator = max_events(
    "Stop a run with an error after N events. The columnar engine counts them after each chunk of at most 65,536 "
    "arrivals, so it may stop later."
)


def max_wall(text: str) -> Decorator:
    """The option --max-wall with the help text of a command."""
    return click.option("--max-wall", type=click.FloatRange(0, min_open=True), metavar="SECONDS", help=text)


max_wall_of_reading: Decorator = max_wall(
    "Stop with an error after SECONDS of wall time: a run that is simulated again counts."
)
of_runs: Decorator = together(
    out,
    click.option(
        "--engine",
        type=click.Choice(["auto", "events", "columns"]),
        default="auto",
        show_default=True,
        help="The engine of each run. `auto` uses `columns`, the faster one, where its results are exact.",
    ),
    click.option("--force", is_flag=True, help="Repeat runs whose results are stored."),
    as_json,
    click.option("--quiet", is_flag=True, help="Print only errors."),
    allow_large,
    max_events_of_runs,
    max_wall(
        "Stop a run with an error after SECONDS of wall time, reading, set-up and writing included. "
        "The check of a sweep's points and the writing of its tables have the same limit."
    ),
)
"""Options of every command that simulates."""
resume: Decorator = click.option(
    "--resume", is_flag=True, help="Continue an interrupted command. This is the default: scripts can state it."
)


def refuse_both(*, force: bool, resume: bool) -> None:
    """Refuse to run everything again and to go on at once."""
    if force and resume:
        raise click.UsageError("--force and --resume: one of them")


def _varied(_: click.Context, __: click.Parameter, values: Iterable[str]) -> dict[str, object]:
    """KEY=V1,V2,… or KEY=LOW..HIGH; the values are a YAML list's, so that a value may be a list or a mapping."""
    from icnsim.scenario import yamlfile

    varied: dict[str, object] = {}
    for key, text in pairs(_, __, values).items():
        levels = yamlfile.value(f"[{text}\n]", f"--vary {key}")
        single = levels[0] if len(levels) == 1 else None
        varied[key] = single if isinstance(single, str) and ".." in single else levels
    return varied


def sweep_section(given: dict[str, Any]) -> dict[str, object]:
    """The keys of a sweep's section that flags have set."""
    return {key: value for key, value in given.items() if value not in (None, (), {})}


vary: Decorator = click.option(
    "--vary", multiple=True, metavar="KEY=V1,V2,…|LOW..HIGH", callback=_varied,
    shell_complete=completion.settings,
    help="Vary a key over values or over a range, such as manager.timeout=30s,60s or manager.timeout=10s..5min.",
)  # fmt: skip
design: Decorator = click.option(
    "--design", type=click.Choice(["grid", "one-at-a-time", "sobol", "lhs", "saltelli"]),
    help="The method that selects the points. The default is that of the scenario, or grid.",
)  # fmt: skip
samples: Decorator = click.option(
    "--samples", type=click.IntRange(1), metavar="N",
    help="The number of points of sobol and lhs. For the other designs, the number of values of each range.",
)  # fmt: skip
replications: Decorator = click.option(
    "--replications",
    type=click.IntRange(1),
    metavar="R",
    help="Runs of each point; all points have the same seeds.",
)
precision: Decorator = click.option(
    "--precision", metavar="SHARE",
    help="Add replications until the 95 % interval of each --metric is within this share of its value, such as 5%.",
)  # fmt: skip
metrics: Decorator = click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="NAME",
    help="A figure for --precision and the printed table.",
    shell_complete=completion.figures,
)
max_replications: Decorator = click.option(
    "--max-replications",
    type=click.IntRange(1),
    metavar="R",
    help="With --precision, the maximum number of runs of a point.",
)


def _whole_file(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    return None if value is None else Path(value)


_FILE = click.Path(exists=True, dir_okay=False)
pool: Decorator = together(
    click.option("--jobs", type=click.IntRange(1), metavar="N", help="Processes; one for each usable core by default."),
    click.option("--scheduler", metavar="ADDRESS", help="Dask's scheduler, tcp://… or tls://…, in place of processes."),
    click.option(
        "--scheduler-file",
        type=_FILE,
        callback=_whole_file,
        help="The scheduler file of the Dask cluster, in place of its address.",
    ),
    click.option(
        "--tls-ca-file", type=_FILE, callback=_whole_file, help="For tls://, the certificate of the authority, in PEM."
    ),
    click.option("--tls-cert", type=_FILE, callback=_whole_file, help="For tls://, the own certificate, in PEM."),
    click.option(
        "--tls-key", type=_FILE, callback=_whole_file, help="For tls://, the key of the own certificate, in PEM."
    ),
)


def pool_of(given: dict[str, Any]) -> Any:
    """The workers that the options of `pool` ask for; removes these options from what was given."""
    from icnsim.sweeps.engines import Tls, engine

    jobs, scheduler, file = (given.pop(name) for name in ("jobs", "scheduler", "scheduler_file"))
    tls = [given.pop(name) for name in ("tls_ca_file", "tls_cert", "tls_key")]
    if sum(where is not None for where in (jobs, scheduler, file)) > 1:
        raise click.UsageError("--jobs, --scheduler and --scheduler-file: one of them")
    if any(tls) and not all(tls):
        raise click.UsageError("--tls-ca-file, --tls-cert and --tls-key: all three, or none for Dask's configuration")
    return engine(jobs, scheduler, file, Tls(*tls) if all(tls) else None)


def time(option: str, text: str) -> int:
    """The instant or the duration that an option is given, µs."""
    from icnsim.scenario.units import parse_duration

    try:
        return parse_duration(text)
    except ValueError as error:
        raise click.UsageError(f"{option} {text!r}: {error}") from None

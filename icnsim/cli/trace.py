"""`icnsim trace`: a run for a trace viewer, or a migration as a sequence diagram."""

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from icnsim.cli import options

if TYPE_CHECKING:
    from icnsim.scenario import Scenario
    from icnsim.trace.perfetto import Cut

SUFFIXES: Final = {".json": "perfetto", ".mmd": "mermaid", ".svg": "svg"}


@click.command("trace")
@options.results()
@click.option("--migration", type=click.IntRange(0), metavar="ID", help="A sequence diagram of this migration.")
@click.option(
    "--format", "form", type=click.Choice(["perfetto", "mermaid", "svg"]),
    help="By default the ending of FILE: .json, .mmd or .svg; else perfetto, or mermaid for a migration.",
)  # fmt: skip
@click.option("--from", "since", metavar="TIME", help="Only attempts that end after this time, such as 10min.")
@click.option("--to", "until", metavar="TIME", help="Only attempts that begin before this time.")
@click.option(
    "--actor", "actors", multiple=True, metavar="NAME", help="Only this actor's attempts; a name or a pattern."
)
@click.option("--executor", "executors", multiple=True, metavar="NAME", help="Only attempts from or to this one.")
@click.option(
    "--output", metavar="FILE", default="-", type=click.Path(dir_okay=False), help="A file instead of stdout."
)
@options.allow_large
@options.max_wall_of_reading
def command(
    results: str, migration: int | None, form: str | None, since: str | None, until: str | None,
    actors: tuple[str, ...], executors: tuple[str, ...], output: str, allow_large: bool,
    max_wall: float | None,
) -> None:  # fmt: skip
    """Write a run as a trace for Perfetto or Chrome, or one migration as a sequence diagram.

    RESULTS is the folder that `icnsim run` wrote, or results/NAME if it contains only one. The run is
    simulated again, for its messages. The trace opens in ui.perfetto.dev or chrome://tracing.
    """
    from icnsim.cli.output import put_file
    from icnsim.errors import ResultsError
    from icnsim.experiment import Run
    from icnsim.recording import stored
    from icnsim.recording.deadline import within
    from icnsim.recording.progress import Budget
    from icnsim.sweeps.opening import load
    from icnsim.trace import perfetto
    from icnsim.trace.diagram import of_migration
    from icnsim.trace.mermaid import mermaid
    from icnsim.trace.svg import svg

    form = form or SUFFIXES.get(Path(output).suffix) or ("perfetto" if migration is None else "mermaid")
    if (migration is None) != (form == "perfetto"):
        scope = "the whole run: give --migration ID" if migration is None else "one migration: leave --migration out"
        raise click.UsageError(f"--format {form} is not for {scope}")
    cut_by = {"--from": since, "--to": until, "--actor": actors, "--executor": executors}
    if migration is not None and (given := [name for name, value in cut_by.items() if value]):
        raise click.UsageError(f"{given[0]} selects part of a trace of the whole run: leave it or --migration out")
    run = load(results, allow_large=allow_large)
    if not isinstance(run, Run):
        raise click.UsageError(f"{results} contains a sweep: give the folder of one run")
    if not run.scenario.migrates:
        raise ResultsError(f"{results}: a trace shows migrations, but nothing migrates in this run: see tasks.parquet")
    cut = _cut(run.scenario, since, until, actors, executors)
    whole = migration is None and not any(cut_by.values())
    if whole and not allow_large:
        with stored.readable(Path(results), run.summary.get("version")):
            attempts = run.summary["attempts"]["total"] + (run.summary["tasks"]["executions"] or 0)
        _refuse_large(attempts)
    recording = within(Budget(None, max_wall), lambda: run.replayed(messages=True))
    pieces: Iterable[bytes]
    if migration is None:
        if not allow_large:
            _refuse_large(len(cut.rows(recording)))
        pieces = perfetto.pieces(recording, run.scenario, cut)
    else:
        diagram = of_migration(recording, run.scenario, migration)
        pieces = [(svg(diagram) if form == "svg" else mermaid(diagram)).encode()]
    put_file(output, pieces)


def _refuse_large(attempts: int) -> None:
    """Raise if the trace of this number of attempts is too large for a viewer."""
    from icnsim.trace import perfetto

    events = attempts * perfetto.PER_ATTEMPT
    if events > perfetto.MOST:
        raise click.UsageError(
            f"a trace of {attempts:,} attempts has about {events:,} events, too many for a viewer: reduce it with "
            "--from and --to, --actor or --executor, or give --allow-large"
        )


def _cut(
    scenario: "Scenario", since: str | None, until: str | None, actors: tuple[str, ...], executors: tuple[str, ...]
) -> "Cut":
    from icnsim.trace.perfetto import Cut

    def named(option: str, patterns: tuple[str, ...], names: list[str] | tuple[str, ...]) -> frozenset[int]:
        found = {number for number, name in enumerate(names) if any(fnmatchcase(name, pattern) for pattern in patterns)}
        if patterns and not found:
            raise click.UsageError(f"{option} {patterns[0]!r} matches none of the names {names[0]} to {names[-1]}")
        return frozenset(found)

    return Cut(
        0 if since is None else options.time("--from", since),
        None if until is None else options.time("--to", until),
        named("--actor", actors, scenario.actor_names if actors else ()),
        named("--executor", executors, scenario.executor_names),
    )

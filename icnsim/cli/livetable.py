"""The table of what a live run has measured about the machine."""

import click

from icnsim.live.comparison import Comparison
from icnsim.live.running import Live
from icnsim.live.support import Plan

DELAYS = {
    "timer": "timers, late by",
    "socket": "messages, in sockets for",
    "command": "commands, in sockets for",
    "process": "crashes, restarts, pauses, late by",
    "collection": "pauses of the garbage collector",
}
"""The measures and their titles."""


def announce(plan: Plan, *, quiet: bool) -> None:
    """Print on stderr what a run will need."""
    if not quiet:
        click.echo(
            f"{plan.processes} processes, at most {plan.sockets} connections on loopback, {plan.seconds:.0f} s",
            err=True,
        )


def show_measures(live: Live) -> None:
    """Print the delays of a run, ms of real time."""
    measures = live.measures
    click.echo(f"\nat speed {measures['speed']}, in ms of real time:")
    click.echo(f"{'':36}{'count':>10}{'mean':>10}{'p99':>10}{'max':>10}")
    for kind, title in DELAYS.items():
        found = measures[kind]
        columns = "".join(f"{_ms(found[name]):>10}" for name in ("mean_s", "p99_s", "max_s"))
        click.echo(f"  {title:34}{found['count']:>10}{columns}")
    waited = measures["waited_for_a_processor_s"]
    if waited is not None:
        click.echo(
            f"  the workers waited {waited:.1f} s for a processor; they used {measures['worker_cpu_s']:.1f} s, and the "
            f"supervisor used {measures['supervisor_cpu_s']:.1f} s"
        )
    speed = measures["speed"]
    click.echo(
        f"  the largest delay is {_ms(live.worst_s)} ms, {live.worst_s * speed:.2f} s of virtual time; "
        f"the promise is {_ms(live.error_s)} ms, {live.error_s * speed:.2f} s of virtual time"
    )


def show_comparison(comparison: Comparison) -> None:
    """Print the figures of both runs, and how many attempts are the same."""
    click.echo(f"\n{'':26}{'live':>12}{'simulated':>12}{'added':>9}{'beyond':>9}  {'test':26}{'p':>9}")
    for row in comparison.rows:
        p = "" if row.p is None else f"{row.p:.3f}"
        verdict = "" if row.agrees else "  DIFFERS"
        click.echo(
            f"  {row.figure:24}{_value(row.live):>12}{_value(row.simulated):>12}{row.added:>9.3f}{row.tolerance:>9.3f}"
            f"  {row.test:26}{p:>9}{verdict}"
        )
    found = comparison.attempts
    click.echo(
        f"attempts: {found.live} live, {found.simulated} simulated; {found.same} have the same actor, source, target "
        f"and outcome\n  {found.within_error} differ by a race within the timer error, {found.consequences} as its "
        f"consequence, {len(found.unexplained)} for no known reason\n"
        f"  {found.exposed} simulated attempts have two events whose order decides them and that are at most the "
        "largest delay apart"
    )


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"


def _ms(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.2f}"

"""The option --verbose: what icnsim does, on stderr, by Python's standard logging.

The modules of icnsim log to loggers of their own names, such as `icnsim.engines`, at INFO and DEBUG, and configure
nothing: a program that uses icnsim as a library decides what it shows. This option shows the records of a command.
"""

import logging
from typing import Final

import click

from icnsim.errors import printable

LEVELS: Final = (logging.WARNING, logging.INFO, logging.DEBUG)
"""For no -v, -v and -vv."""
LINE: Final = "%(asctime)s.%(msecs)03d %(levelname)s %(name)s: %(message)s"


class _Stderr(logging.Handler):
    """Prints each record as one line that cannot move a terminal.

    click finds the stream for each line, because a progress bar replaces stderr while it is shown.
    """

    def emit(self, record: logging.LogRecord) -> None:
        click.echo(printable(self.format(record)), err=True)


def _show(context: click.Context, _: click.Parameter, count: int) -> None:
    """Show the records of this command until it ends."""
    if not count or context.resilient_parsing:
        return
    logger, handler = logging.getLogger("icnsim"), _Stderr()
    handler.setFormatter(logging.Formatter(LINE, "%H:%M:%S"))
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(LEVELS[min(count, len(LEVELS) - 1)])

    def end() -> None:
        logger.removeHandler(handler)
        logger.setLevel(before)

    context.call_on_close(end)


OPTION: Final = click.Option(
    ["-v", "--verbose"],
    count=True,
    is_eager=True,
    expose_value=False,
    callback=_show,
    help="Log to stderr what icnsim does: -v the steps, -vv also each run and each file.",
)
"""Every command has this option. It changes no result and nothing on stdout."""

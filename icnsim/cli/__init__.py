"""The command line: one file per command, and no logic except terminal handling.

Data goes to stdout, messages and progress to stderr. Exit codes: 0 done; 1 an expectation
failed; 2 bad input; 3 interrupted by Ctrl-C, SIGTERM or SIGHUP; 70 a defect of icnsim.
"""

import io
import os
import sys
from importlib import import_module
from typing import Final

import click

from icnsim import descriptors, memory
from icnsim.cli import signals, verbose
from icnsim.errors import IcnsimError, printable
from icnsim.version import VERSION

FAILED, BAD_INPUT, INTERRUPTED, DEFECT = 1, 2, 3, 70

COMMANDS: Final = (
    "run", "live", "sweep", "compare", "recommend", "predict", "explore", "rare", "check", "report", "plot", "trace",
    "metrics", "validate", "schema", "figures", "check-plugin", "new", "init", "list",
)  # fmt: skip


class _Commands(click.Group):
    """Imports a command's module on first use, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS]  # `list` is a command here

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"icnsim.cli.{cmd_name.replace('-', '_')}").command
        if verbose.OPTION not in command.params:
            command.params.append(verbose.OPTION)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; raises BudgetError if it cannot run with the memory of this process."""
        found = super().resolve_command(ctx, args)
        if not {"-h", "--help"}.intersection(args):
            recommends = found[0] == "recommend"
            memory.refuse_little(libraries=memory.OPTIMISER_BYTES if recommends else memory.LIBRARIES_BYTES)
        return found


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="icnsim")
def icnsim() -> None:
    """Simulate how a federation of executors migrates actors.

    Start with `icnsim init` or `icnsim new NAME`, then `icnsim run NAME.yaml`. Shell completion:
    eval "$(_ICNSIM_COMPLETE=bash_source icnsim)" (or zsh_source, fish_source).
    """


def main() -> None:
    """Runs the command line and exits with one of the exit codes above."""
    descriptors.open_closed()
    signals.install()
    memory.reserve_little()
    _forget_unknown_size()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an encoding without µ must not cause a failure
    try:
        code = icnsim.main(standalone_mode=False)
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt) as error:
        code = interrupted(signals.name_of(error))
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except IcnsimError as error:
        complain(str(error))
        code = BAD_INPUT
    except (BrokenPipeError, SystemExit):
        # The reader has closed the pipe (click then exits by itself). Nothing is written any more, not even at exit.
        _silence()
        code = 0
    except OSError as error:
        code = exhausted() if memory.is_exhausted(error) else unwritable(error)
    except MemoryError:
        code = exhausted()
    except Exception as error:
        code = exhausted() if memory.is_exhausted(error) else threadless() if _no_thread(error) else defect(error)
    sys.exit(code if isinstance(code, int) else 0)


def _forget_unknown_size() -> None:
    """Removes `COLUMNS=0` and `LINES=0`: they mean that the size is unknown, but Rich prints empty lines then."""
    for name in ("COLUMNS", "LINES"):
        if os.environ.get(name) == "0":
            del os.environ[name]


def unwritable(error: OSError) -> int:
    """Report that the output cannot be written; other errors of files are handled before."""
    if error.filename is not None:
        return defect(error)
    complain(f"the output cannot be written: {(error.strerror or str(error)).lower()}")
    _silence()
    return BAD_INPUT


def _silence() -> None:
    """Discard all further output, including the flush at exit."""
    descriptors.discard(sys.stdout.fileno())


def complain(text: str) -> None:
    """Print an error on stderr, without characters that control a terminal."""
    for line in text.splitlines():
        click.echo("error: " + printable(line), err=True)


def interrupted(signal: str | None) -> int:
    """Report an interruption by Ctrl-C, or by the signal of this name."""
    by = f" by {signal}" if signal else ""
    click.echo(f"interrupted{by}: finished work is kept, unfinished work is removed", err=True)
    return INTERRUPTED


def exhausted() -> int:
    """Report that there is no memory left."""
    advice = "raise its limit (ulimit -v), or simulate" if memory.is_limited() else "simulate"
    complain(f"this process has no memory left; {advice} fewer migrations, executors or actors")
    return BAD_INPUT


def _no_thread(error: Exception) -> bool:
    """Whether the system refuses to start another thread."""
    return isinstance(error, RuntimeError) and "can't start new thread" in str(error)


def threadless() -> int:
    """Report that the system starts no more threads."""
    complain("the system starts no more threads or processes; raise the limit of this user (ulimit -u)")
    return BAD_INPUT


def defect(error: Exception) -> int:
    """Report a defect of icnsim; ICNSIM_DEBUG=1 shows its traceback."""
    if os.environ.get("ICNSIM_DEBUG"):
        raise error
    complain(f"this is a defect of icnsim {VERSION}: {type(error).__name__}: {error}")
    click.echo("please report it with the scenario and the output of ICNSIM_DEBUG=1", err=True)
    return DEFECT

"""Writes docs/commands.md from the commands: `python -m docs.programs.commands`."""

from pathlib import Path
from typing import Final

import click

from docs.programs.markdown import heading_anchor, made_by, prose, rows
from icnsim.cli import COMMANDS, icnsim

EXITS: Final = (
    ("0", "done"),
    (
        "1",
        "an expectation or, with `--strict`, an invariant failed; a search found a violation or missed coverage; a "
        "live run broke the promise about its timers, or does not agree with the simulation",
    ),
    ("2", "bad input: the message says what is wrong, where, and what to do; nothing was written"),
    ("3", "interrupted by Ctrl-C, SIGTERM or SIGHUP; finished runs are kept"),
    ("70", "a defect of icnsim"),
)


GROUPS: Final = {
    "Begin": ("init", "new", "validate", "schema"),
    "Simulate": ("run", "sweep", "compare"),
    "Compare with reality": ("live",),
    "Choose settings": ("recommend", "predict", "explore"),
    "Find what goes wrong": ("check", "rare"),
    "Look at results": ("list", "report", "plot", "figures", "trace", "metrics"),
    "Extend icnsim": ("check-plugin",),
}
"""The commands by what a user wants to do."""


def commands() -> str:
    """Returns the page, which has every command with its arguments and its options.

    Raises
    ------
    ValueError
        A command is in no group.
    """
    lost = set(COMMANDS) - {name for group in GROUPS.values() for name in group}
    if lost:
        raise ValueError(f"GROUPS lacks {', '.join(sorted(lost))}")
    lines = ["# Commands", "", made_by("commands"), ""]
    lines += rows(
        ("you want to", "commands"),
        ((group[0].lower() + group[1:], ", ".join(map(_link, names))) for group, names in GROUPS.items()),
    )
    lines += ["Data goes to stdout, messages and progress to stderr.", "", *rows(("exit code", "meaning"), EXITS)]
    context = click.Context(icnsim, info_name="icnsim", **icnsim.context_settings)
    for group, names in GROUPS.items():
        lines += [f"## {group}", ""]
        for name in names:
            lines += _command(name, context)
    return "\n".join(lines)


def _link(name: str) -> str:
    return f"[{name}](#{heading_anchor(f'icnsim {name}')})"


def _command(name: str, context: click.Context) -> list[str]:
    command = icnsim.get_command(context, name)
    assert command is not None
    inner = click.Context(command, info_name=name, parent=context)
    usage = " ".join(["icnsim", name, *command.collect_usage_pieces(inner)])
    # A command keeps the option --help of its first caller, perhaps with other names.
    parameters = [parameter for parameter in command.get_params(inner) if "--help" not in parameter.opts]
    records = [record for parameter in parameters if (record := parameter.get_help_record(inner)) is not None]
    records.append((", ".join(inner.help_option_names), "Show this message and exit."))
    options = rows(("option", "meaning"), ((f"`{option}`", meaning) for option, meaning in records))
    return [f"### icnsim {name}", "", f"`{usage}`", "", _plain(command.help or ""), "", *options]


def _plain(text: str) -> str:
    """A command's help as paragraphs."""
    return "\n\n".join(prose(paragraph) for paragraph in text.replace("\b", "").split("\n\n"))


if __name__ == "__main__":
    Path("docs", "commands.md").write_text(commands(), "utf-8")

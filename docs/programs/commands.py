"""Writes docs/commands.md from the commands: `python -m docs.programs.commands` writes it."""

from pathlib import Path
from typing import Final

import click

from icnsim.cli import COMMANDS, icnsim

MADE: Final = "`python -m docs.programs.commands` makes this page; do not edit it."
EXITS: Final = (
    ("0", "done"),
    ("1", "an expectation or, with `--strict`, an invariant failed; a search found a violation or missed coverage"),
    ("2", "bad input: the message says what is wrong, where, and what to do; nothing was written"),
    ("3", "interrupted; finished runs are kept"),
    ("70", "a defect of icnsim"),
)


def commands() -> str:
    """Returns the page: every command with its arguments and its options."""
    lines = ["# Commands", "", "This page lists every command with its arguments and options. Data goes to stdout,"]
    lines += [f"messages and progress to stderr. {MADE}", ""]
    lines += ["| exit code | meaning |", "|---|---|", *(f"| {code} | {meaning} |" for code, meaning in EXITS), ""]
    context = click.Context(icnsim, info_name="icnsim", **icnsim.context_settings)
    for name in COMMANDS:
        command = icnsim.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        lines += [f"## icnsim {name}", "", f"`{' '.join(['icnsim', name, *command.collect_usage_pieces(inner)])}`", ""]
        lines += [_plain(command.help or ""), ""]
        # A command keeps the option --help of its first caller, which may have other names.
        parameters = [parameter for parameter in command.get_params(inner) if "--help" not in parameter.opts]
        options = [parameter.get_help_record(inner) for parameter in parameters]
        options.append((", ".join(inner.help_option_names), "Show this message and exit."))
        lines += ["| option | meaning |", "|---|---|"]
        lines += [f"| `{_cell(record[0])}` | {_cell(record[1])} |" for record in options if record is not None]
        lines.append("")
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A command's help as paragraphs."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.replace("\b", "").split("\n\n"))


def _cell(text: str) -> str:
    """A text within a table."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    Path("docs", "commands.md").write_text(commands(), "utf-8")

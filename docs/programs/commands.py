"""docs/commands.md, from the commands themselves: `python -m docs.programs.commands` writes it."""

from pathlib import Path
from typing import Final

import click

from icnsim.cli import COMMANDS, icnsim

MADE: Final = "Made by `python -m docs.programs.commands`; not edited by hand."
EXITS: Final = (
    ("0", "done"),
    ("1", "an expectation or, with `--strict`, an invariant failed; a search found something, or did not reach it"),
    ("2", "bad input: what was wrong, where, and what to do; nothing was written"),
    ("3", "interrupted; what was finished is kept"),
    ("70", "a defect of icnsim"),
)


def commands() -> str:
    """The page: every command with its arguments and its options."""
    lines = ["# Commands", "", MADE, "", "Data goes to stdout, messages and progress to stderr.", ""]
    lines += ["| exit code | meaning |", "|---|---|", *(f"| {code} | {meaning} |" for code, meaning in EXITS), ""]
    context = click.Context(icnsim, info_name="icnsim", **icnsim.context_settings)
    for name in COMMANDS:
        command = icnsim.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        lines += [f"## icnsim {name}", "", f"`{' '.join(['icnsim', name, *command.collect_usage_pieces(inner)])}`", ""]
        lines += [_plain(command.help or ""), ""]
        # A command keeps the option --help of whoever has called it first, with other names perhaps.
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

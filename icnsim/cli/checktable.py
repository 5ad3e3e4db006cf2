"""What `icnsim check` prints: the classes of violations, what was reached, and what never was."""

from collections.abc import Mapping
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from icnsim.cli.terminal import Terminal
from icnsim.errors import printable
from icnsim.numbers import as_given
from icnsim.search.check import Check

NEVER_TOLD = 20
"""Things that were never reached that are told."""
COUNT_WIDTH = 6


def show(found: Check) -> None:
    """Print what was found, and where it is."""
    print_check(Terminal(), found.document)
    before = "searched before, not again (see --force); " if found.reused else ""
    click.echo(printable(f"{before}results in {found.folder}"))


def print_check(console: Console, document: Mapping[str, Any]) -> None:
    """Print a report."""
    runs, reached = document["runs"], document["reached"]
    steps, faults = reached["transitions"], reached["faults"]
    cut = f", {runs['cut_short']:,} cut short" if runs["cut_short"] else ""
    _line(console, f"{document['scenario']}: {runs['done']:,} of {runs['asked']:,} runs, each with its own seed "
                   f"(from {document['seed']}), {runs['events']:,} events{cut}")  # fmt: skip
    _line(console, f"reached: {steps['reached']} of {steps['of']} steps of the table, "
                   f"{sum(bool(n) for n in faults.values())} of {len(faults)} kinds of faults in "
                   f"{len(reached['pairs'])} pairs, what {sum(bool(n) for n in reached['hazards'].values())} of "
                   f"{len(reached['hazards'])} hazards begin with")  # fmt: skip
    if document["classes"]:
        console.print(_classes(document["classes"], console.width))
    else:
        _line(console, "no invariant violated")
    more = sum(each["scenario"] is None for each in document["classes"])
    if more:
        _line(console, f"and {more} more of hazards that come together (see report.json)")
    never = reached["never"]
    for what in never[:NEVER_TOLD]:
        _line(console, f"never reached: {what}")
    if len(never) > NEVER_TOLD:
        _line(console, f"never reached: {len(never) - NEVER_TOLD} things more")
    if short := document["runs"]["cut_short"]:
        _line(console, f"{short:,} runs were cut short by their budget, and with them what they would have shown")
    if never:
        _line(console, "a search that never reached it says nothing of it: more --seeds, or other --kinds")


def _classes(classes: list[dict[str, Any]], width: int) -> Table:
    """A line for each class that has a scenario; what is too long for the terminal is cut off."""
    told = [each for each in classes if each["scenario"] is not None]
    names = [each["scenario"].removesuffix(".yaml") for each in told]
    causes = any(each.get("cause") for each in told)
    left = width - max(map(len, names)) - 2 * COUNT_WIDTH - 3 * (4 + causes)
    table = Table("scenario", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("runs", "first"):
        table.add_column(title, justify="right", min_width=COUNT_WIDTH)
    for title in ("unavoidable after", "what happens")[not causes :]:
        table.add_column(title)
    for name, each in zip(names, told):
        texts = [(each.get("smallest") or each)["evidence"]]
        if causes:
            texts.insert(0, _cause(each.get("cause")))
        cells = [_cut(text, max(10, left // len(texts))) for text in texts]
        table.add_row(*map(Text, (name, f"{each['runs']:,}", f"{each['first_run']:,}", *cells)))
    return table


def _cut(text: str, width: int) -> str:
    text = printable(text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _cause(found: Mapping[str, Any] | None) -> str:
    """After which event it could not be avoided."""
    if found is None:
        return ""
    if found["unavoidable_from_start"]:
        return "the start"
    after = found["unavoidable_after"]
    if after is None:
        return "nothing"
    return f"{as_given(after['at_s'], 's')}, {after['executor']}: {after['event']}"


def _line(console: Console, text: str) -> None:
    console.print(Text(printable(text)), soft_wrap=True)

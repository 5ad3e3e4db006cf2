"""The output of `icnsim check`: the classes of violations, and the coverage of the search."""

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

MOST_MISSING = 20
"""The largest number of missing parts of the coverage that are printed."""
COUNT_WIDTH = 6


def show(found: Check) -> None:
    """Prints the findings and their folder."""
    print_check(Terminal(), found.document)
    before = "the stored search was used (see --force); " if found.reused else ""
    click.echo(printable(f"{before}results in {found.folder}"))


def print_check(console: Console, document: Mapping[str, Any]) -> None:
    """Prints a report."""
    runs, reached = document["runs"], document["reached"]
    steps, faults = reached["transitions"], reached["faults"]
    cut = f", {runs['cut_short']:,} cut short" if runs["cut_short"] else ""
    _line(console, f"{document['scenario']}: {runs['done']:,} of {runs['asked']:,} runs, each with its own seed "
                   f"(from {document['seed']}), {runs['events']:,} events{cut}")  # fmt: skip
    _line(console, f"reached: {steps['reached']} of {steps['of']} steps of the table, "
                   f"{sum(bool(n) for n in faults.values())} of {len(faults)} kinds of faults in "
                   f"{len(reached['pairs'])} pairs, the start of {sum(bool(n) for n in reached['hazards'].values())} "
                   f"of {len(reached['hazards'])} hazards")  # fmt: skip
    if document["classes"]:
        console.print(_classes(document["classes"], console.width))
    else:
        _line(console, "no invariant violated")
    more = sum(each["scenario"] is None for each in document["classes"])
    if more:
        _line(console, f"and {more} more class{'es' if more > 1 else ''} with several hazards (see report.json)")
    never = reached["never"]
    for what in never[:MOST_MISSING]:
        _line(console, f"not reached: {what}")
    if len(never) > MOST_MISSING:
        _line(console, f"not reached: {len(never) - MOST_MISSING} more")
    if short := document["runs"]["cut_short"]:
        _line(console, f"{short:,} runs were cut short by their budget, so later violations in them are not known")
    if never:
        _line(
            console, "the search is no evidence for the parts that it did not reach: use more --seeds or other --kinds"
        )


def _classes(classes: list[dict[str, Any]], width: int) -> Table:
    """Returns a row for each class that has a scenario. Text that is too long for the terminal is cut off."""
    kept = [each for each in classes if each["scenario"] is not None]
    names = [each["scenario"].removesuffix(".yaml") for each in kept]
    causes = any(each.get("cause") for each in kept)
    left = width - max(map(len, names)) - 2 * COUNT_WIDTH - 3 * (4 + causes)
    table = Table("scenario", box=SIMPLE_HEAD, pad_edge=False)
    for title in ("runs", "first"):
        table.add_column(title, justify="right", min_width=COUNT_WIDTH)
    for title in ("unavoidable after", "what happens")[not causes :]:
        table.add_column(title)
    for name, each in zip(names, kept):
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
    """Returns the event after which the violation could not be avoided."""
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

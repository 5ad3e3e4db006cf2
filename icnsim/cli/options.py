"""Options that several commands share."""

from collections.abc import Callable, Iterable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _pairs(_: click.Context, __: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in values:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise click.BadParameter(f"{text!r} is not KEY=VALUE, such as manager.timeout=90s")
        pairs[key] = value
    return pairs


overrides: Decorator = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", callback=_pairs,
    help="Set a key of the scenario, such as manager.timeout=90s. May be repeated.",
)  # fmt: skip
seed: Decorator = click.option("--seed", type=click.IntRange(0), metavar="N", help="In place of the scenario's own.")
allow_large: Decorator = click.option(
    "--allow-large", is_flag=True, help="Run what is estimated to need more than 4 GiB of memory."
)
as_json: Decorator = click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON document.")
scenarios: Decorator = click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO…", type=click.Path())
scenario: Decorator = click.argument("scenario", metavar="SCENARIO", type=click.Path())

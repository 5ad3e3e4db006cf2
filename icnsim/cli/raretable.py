"""The output of `icnsim rare`: the probability, its interval, the closed form, and the cost."""

from collections.abc import Mapping
from typing import Any

import click

from icnsim.errors import printable
from icnsim.numbers import brief, figure, whole
from icnsim.rare_events.rare import Rare


def show(found: Rare) -> None:
    """Prints an estimate and its folder."""
    for line in lines(found.document):
        click.echo(printable(line))
    before = "the stored estimate was used (see --force); " if found.reused else ""
    click.echo(printable(f"{before}results in {found.folder}"))


def lines(document: Mapping[str, Any]) -> list[str]:
    """Returns the lines of an estimate."""
    low, high = document["ci95"]
    runs, form = document["runs"], document["closed_form"]
    found = [f"{document['scenario']}: {document['meaning']}"]
    if document["impossible"] is not None:
        return [*found, f"probability of a run  0, without a run: {document['impossible']}"]
    if document["reached"]:
        interval = f"95 % interval {figure(low, '')} to {figure(high, '')}"
        found.append(f"probability of a run  {figure(document['probability'], '')}   {interval}")
    else:
        found.append(f"probability of a run  at most {figure(high, '')} at 95 %; no run showed the event")
    if form["value"] is not None:
        found.append(f"closed form           {figure(form['value'], '')}   {form['formula']}")
    else:
        found.append(f"closed form           none: {form['reason']}")
    found.append(
        f"method                {document['method']}, {document['repetitions']} repetitions of population "
        f"{document['population']}, {len(document['levels'])} levels"
    )
    found.append(f"runs                  {runs['total']:,}, of which the pilot took {runs['pilot'] + runs['trial']:,}")
    if document["plain_runs"] is not None:
        found.append(
            f"plain simulation      {whole(document['plain_runs'])} runs for the same standard error: "
            f"{brief(document['gain'])} times as many"
        )
    return found + [f"note: {note}" for note in document["notes"]]

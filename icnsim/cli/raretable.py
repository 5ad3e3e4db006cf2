"""What `icnsim rare` prints: the probability, its interval, the closed form, and the cost."""

from collections.abc import Mapping
from typing import Any

import click

from icnsim.errors import printable
from icnsim.numbers import brief, figure, whole
from icnsim.rare_events.rare import Rare


def show(found: Rare) -> None:
    """Print an estimate, and where it is."""
    for line in lines(found.document):
        click.echo(printable(line))
    before = "estimated before, not again (see --force); " if found.reused else ""
    click.echo(printable(f"{before}results in {found.folder}"))


def lines(document: Mapping[str, Any]) -> list[str]:
    """The lines of an estimate."""
    low, high = document["ci95"]
    runs, form = document["runs"], document["closed_form"]
    told = [f"{document['scenario']}: {document['meaning']}"]
    if document["impossible"] is not None:
        return [*told, f"probability of a run  0, without a run: {document['impossible']}"]
    if document["reached"]:
        interval = f"95 % interval {figure(low, '')} to {figure(high, '')}"
        told.append(f"probability of a run  {figure(document['probability'], '')}   {interval}")
    else:
        told.append(f"probability of a run  at most {figure(high, '')} at 95 %; no run showed it")
    if form["value"] is not None:
        told.append(f"closed form           {figure(form['value'], '')}   {form['formula']}")
    else:
        told.append(f"closed form           none: {form['reason']}")
    told.append(
        f"method                {document['method']}, {document['repetitions']} repetitions of population "
        f"{document['population']}, {len(document['levels'])} levels"
    )
    told.append(f"runs                  {runs['total']:,}, of which the pilot took {runs['pilot'] + runs['trial']:,}")
    if document["plain_runs"] is not None:
        told.append(
            f"plain simulation      {whole(document['plain_runs'])} runs for the same standard error: "
            f"{brief(document['gain'])} times as many"
        )
    return told + [f"note: {note}" for note in document["notes"]]

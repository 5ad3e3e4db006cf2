"""The page of an estimate of the probability of a rare event."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from icnsim import typed
from icnsim.numbers import figure
from icnsim.rare_events import estimate
from icnsim.rare_events.rare import FILE
from icnsim.recording import folder
from icnsim.report.common import provenance, scenario_section
from icnsim.report.page import Page, Section, Table, Text, table
from icnsim.scenario import load
from icnsim.statistics.intervals import WIDEST

LEVEL: Final = "95 %"
UNCERTAIN: Final = "the estimate is too uncertain to confirm or to contradict it"
MORE: Final = 4
"""The factor by which the next command increases the population, which halves the interval."""


def page(place: Path) -> Page:
    """Return the page of the estimate in a folder."""
    document = folder.read_document(place / FILE)
    scenario = load(place / "scenario.yaml", allow_large=True)
    runs = document["runs"]
    facts = (
        ("event", document["meaning"]),
        ("method", document["method"] or "none: no run is needed"),
        ("runs", f"{runs['total']:,}"),
        ("estimate", document["rare_id"]),
        ("icnsim", document["version"]),
    )
    sections = (
        Section("estimate", "Estimate", (_estimate(document), *_next(document, place), _repetitions(document))),
        scenario_section(scenario),
        provenance(place),
    )
    verdicts = (_agreement(document), *((False, note) for note in document["notes"]))
    return Page(f"{document['scenario']}: rare event", answer(document), facts, verdicts, sections)


def answer(document: dict[str, Any]) -> str:
    """Return the probability in a sentence."""
    low, high = document["ci95"]
    event = document["meaning"]
    if document["impossible"] is not None:
        return f"It is impossible in this scenario that {event}: {document['impossible']}."
    if not document["reached"]:
        most = figure(high, "")
        return f"The probability that {event} in a run is at most {most}, at {LEVEL} confidence: no run showed it."
    return (
        f"The probability that {event} in a run is {figure(document['probability'], '')}, with the {LEVEL} interval "
        f"{figure(low, '')} to {figure(high, '')}."
    )


def too_uncertain(document: dict[str, Any]) -> bool:
    """Return whether an estimate is too uncertain to contradict a closed form."""
    low, high = document["ci95"]
    value = document["probability"]
    wide = not document["reached"] or WIDEST * low < value or high > WIDEST * value
    return wide or estimate.dominated(document["estimates"])


def _agreement(document: dict[str, Any]) -> tuple[bool | None, str]:
    """Return whether the closed form is within the interval, in words."""
    value = document["closed_form"]["value"]
    if value is None:
        return True, f"no closed form: {document['closed_form']['reason']}"
    low, high = document["ci95"]
    inside = low <= value <= high
    if not inside and too_uncertain(document):
        return None, f"the closed form is {figure(value, '')}; {UNCERTAIN}"
    return inside, f"the closed form, {figure(value, '')}, is {'inside' if inside else 'outside'} the {LEVEL} interval"


def _next(document: dict[str, Any], place: Path) -> Iterator[Text]:
    """Yield the command that checks an estimate by tilting, which can miss ways to the event, or that improves it."""
    if document["impossible"] is not None:
        return
    words, method, population = "Check the estimate by the other method:", "splitting", document["population"]
    if document["method"] == "splitting" or too_uncertain(document):
        words, method, population = "Estimate with more runs:", document["method"], population * MORE
    parts = ["icnsim", "rare", str(place / "scenario.yaml"), "--event", document["event"], "--method", method]
    parts += ["--population", str(population), "--repetitions", str(document["repetitions"])]
    yield Text(words, (typed.command(parts),))


def _estimate(document: dict[str, Any]) -> Table:
    low, high = document["ci95"]
    form, runs = document["closed_form"], document["runs"]
    rows = [
        ("probability of a run", document["probability"]),
        (f"{LEVEL} interval, from", low),
        (f"{LEVEL} interval, to", high),
        ("relative standard error", document["relative_error"]),
        ("closed form", form["value"]),
        ("formula of the closed form", form.get("formula")),
        ("repetitions", document["repetitions"]),
        ("population of a repetition", document["population"]),
        ("levels of splitting", len(document["levels"])),
        ("runs in all", runs["total"]),
        ("plain runs for the same error", document["plain_runs"]),
        ("plain runs, as a multiple of the runs", document["gain"]),
    ]
    return table("The estimate", ("what", "#value"), [row for row in rows if row[1] is not None])


def _repetitions(document: dict[str, Any]) -> Table:
    rows = enumerate(document["estimates"], start=1)
    note = "Each repetition is an independent estimate. Their spread gives the interval."
    return table("The estimates of the repetitions", ("#repetition", "#probability"), rows, note)

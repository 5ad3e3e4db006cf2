"""The page of an estimate of the probability of a rare event."""

from pathlib import Path
from typing import Any, Final

from icnsim.numbers import figure
from icnsim.rare_events.rare import FILE
from icnsim.recording import folder
from icnsim.report.common import provenance, scenario_section
from icnsim.report.page import Page, Section, Table, table
from icnsim.scenario import load

LEVEL: Final = "95 %"


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
        Section("estimate", "Estimate", (_estimate(document), _repetitions(document))),
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


def _agreement(document: dict[str, Any]) -> tuple[bool, str]:
    """Return whether the closed form is within the interval, in words."""
    value = document["closed_form"]["value"]
    if value is None:
        return True, f"no closed form: {document['closed_form']['reason']}"
    low, high = document["ci95"]
    inside = low <= value <= high
    return inside, f"the closed form, {figure(value, '')}, is {'inside' if inside else 'outside'} the {LEVEL} interval"


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

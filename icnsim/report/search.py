"""The page of a search: which invariants were violated, by which hazards, how it comes about, and what to do next."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Any, Final

from icnsim import typed
from icnsim.analysis.hazards import HAZARDS
from icnsim.analysis.invariants import VIOLATED
from icnsim.errors import IcnsimError
from icnsim.numbers import as_given
from icnsim.recording import folder
from icnsim.recording.progress import Budget
from icnsim.recording.violations import Violation, described
from icnsim.report.common import provenance, scenario_section
from icnsim.report.page import Cell, Page, Part, Picture, Section, Table, Text, table
from icnsim.scenario import load
from icnsim.search.looking import MAX_EVENTS
from icnsim.search.report import FILE, HELD, INTERRUPTED
from icnsim.search.report import VIOLATED as OUTCOME_VIOLATED
from icnsim.simulation import simulate
from icnsim.trace.diagram import of_violation
from icnsim.trace.svg import svg

NAMES: Final = {hazard.number: hazard.name for hazard in HAZARDS}
Class = Mapping[str, Any]


def page(place: Path) -> Page:
    """Return the page of the search in a folder. Each smallest scenario is simulated again for its diagram."""
    document = folder.read_document(place / FILE)
    scenario = load(place / "scenario.yaml", allow_large=True)
    runs, reached = document["runs"], document["reached"]
    facts = (
        ("runs", f"{runs['done']:,} of {runs['asked']:,}"),
        ("events", f"{runs['events']:,}"),
        ("steps reached", f"{reached['transitions']['reached']} of {reached['transitions']['of']}"),
        ("kinds of faults", f"{sum(bool(count) for count in reached['faults'].values())} of {len(reached['faults'])}"),
        ("search", document["check_id"]),
        ("icnsim", document["version"]),
    )
    sections = (
        Section("invariants", "Violated invariants", (_invariants(document), *_next(document, place))),
        *_classes(document, place),
        Section("reached", "Coverage of the search", tuple(_reached(document))),
        scenario_section(scenario),
        provenance(place),
    )
    return Page(f"{document['scenario']}: search", answer(document), facts, tuple(_verdicts(document)), sections)


def answer(document: Mapping[str, Any]) -> str:
    """Return what the search found in a sentence."""
    runs = f"{document['runs']['done']:,} runs"
    if document["classes"]:
        # The invariant that most runs violate is the most urgent one.
        worst = max(document["invariants"].items(), key=lambda item: item[1])
        others = sum(bool(count) for count in document["invariants"].values()) - 1
        more = f", and {others} other invariant{'s are' if others > 1 else ' is'} violated" if others else ""
        return f"In {worst[1]:,} of {runs}, {VIOLATED.get(worst[0], worst[0])} ({worst[0]}){more}."
    if document["outcome"] == HELD:
        return f"No invariant was violated in {runs}, and the search reached everything that it claims to check."
    missed = len(document["reached"]["never"])
    if missed:
        things = "1 thing" if missed == 1 else f"{missed} things"
        return f"No invariant was violated in {runs}, but the search did not reach {things} that it claims to check."
    return f"No invariant was violated in {runs}; the search did not finish."


def _verdicts(document: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    runs = document["runs"]["done"]
    for invariant, count in document["invariants"].items():
        if count:
            yield False, f"{invariant}, in {count:,} of {runs:,} runs: {VIOLATED.get(invariant, invariant)}"
    if document["outcome"] == INTERRUPTED:
        yield False, "the search was interrupted; run the command again"
    if document["runs"]["cut_short"]:
        yield False, f"{document['runs']['cut_short']:,} runs reached their budget of events and were cut short"
    never = len(document["reached"]["never"])
    if never:
        yield False, f"not reached: {never}; use more --seeds or other --kinds"
    elif document["outcome"] != OUTCOME_VIOLATED:
        yield True, "no invariant was violated"


def _invariants(document: Mapping[str, Any]) -> Table:
    rows = []
    for invariant, count in document["invariants"].items():
        classes = [each for each in document["classes"] if each["invariant"] == invariant]
        hazards = sorted({number for each in classes for number in each["hazards"]})
        named = ", ".join(f"{number} {NAMES.get(number, '')}".strip() for number in hazards)
        rows.append((Cell(invariant, mark=bool(count)), VIOLATED.get(invariant, ""), count, len(classes), named))
    columns = ("invariant", "what a violation means", "#runs", "#classes", "hazards that had just happened")
    note = "A class is a set of hazards that happened to the actor just before the violation. Marked: violated."
    return table("Invariants, and the runs that violate them", columns, rows, note)


def _next(document: Mapping[str, Any], place: Path) -> Iterator[Text]:
    """Yield the commands that run and trace a smallest scenario, if it exists."""
    found = next((each["scenario"] for each in document["classes"] if each.get("smallest")), None)
    if found is not None and _plain(found):
        run = ["icnsim", "run", str(place / found)]
        fixed = typed.settings({"protocol.profile": "hardened", "expect": {}})
        lines = (typed.command(run), typed.command([*run, *fixed]))
        yield Text("Run a smallest scenario again, and the same one with every fix on:", lines)


def _classes(document: Mapping[str, Any], place: Path) -> Iterator[Section]:
    """Yield a section for each violated invariant: its classes, and the diagram of each that has a scenario."""
    files = folder.files_of(place)
    order = sorted(document["classes"], key=lambda each: each["invariant"])
    for invariant, group in groupby(order, key=lambda each: str(each["invariant"])):
        classes = sorted(group, key=lambda each: (-each["runs"], each["hazards"]))
        alone = [each for each in classes if each["scenario"] is not None]
        pictures = [_picture(each, place, files) for each in alone]
        printed = next((each for each in pictures if isinstance(each, Picture)), None)  # one for each invariant
        shown = (replace(each, printed=each is printed) if isinstance(each, Picture) else each for each in pictures)
        parts: list[Part] = [_class_table(alone, len(classes) - len(alone)), *shown]
        title = f"{invariant}: {VIOLATED.get(invariant, 'violated')}"
        yield Section(re.sub("[^a-z0-9]", "-", invariant.lower()), title, tuple(parts))


def _class_table(classes: Sequence[Class], left: int) -> Table:
    rows = ((_hazards(each), each["runs"], each["first_run"], _happens(each), *_size(each)) for each in classes)
    columns = ("hazards", "#runs", "#first run", "what happens", "#executors", "#migrations", "#faults", "scenario")
    note = "Numbers of executors, migrations and faults are those of the smallest scenario that violates it."
    if left:
        more = (
            "1 more class, in report.json, only combines"
            if left == 1
            else f"{left} more classes, in report.json, only combine"
        )
        note += f" {more} these hazards with others."
    return table("Classes of violations, those in most runs first", columns, rows, note)


def _hazards(each: Class) -> str:
    return ", ".join(f"{number} {NAMES.get(number, '')}".strip() for number in each["hazards"]) or "none"


def _happens(each: Class) -> str:
    found = each.get("smallest") or each
    cause = each.get("cause")
    after = cause and cause.get("unavoidable_after")
    told = f"; unavoidable after {as_given(after['at_s'], 's')}, {after['executor']}: {after['event']}" if after else ""
    return f"{found['evidence']}, at {as_given(found['at_s'], 's')}{told}"


def _size(each: Class) -> tuple[Any, ...]:
    small = each.get("smallest") or {}
    return (small.get("executors"), small.get("migrations"), small.get("faults"), each["scenario"])


def _picture(each: Class, place: Path, files: frozenset[str]) -> Part:
    """Return the sequence diagram of a class, or its text where its scenario shows no violation of that class now."""
    name = each["scenario"]
    violation, names = _again(each, place) if _plain(name) and name in files else (None, ())
    title = f"{each['invariant']}, hazards {_hazards(each)}: {_happens(each)}"
    if violation is None:
        return Text(f"{title}. There is no diagram: {name} does not show this violation with this icnsim.")
    lines = tuple(described(moment, names) for moment in violation.trail)
    return Picture(title, lines, svg(of_violation(violation, names)))


def _again(each: Class, place: Path) -> tuple[Violation | None, tuple[str, ...]]:
    """Simulate the scenario of a class again; return its first violation of that class, and the executors' names."""
    try:
        scenario = load(place / each["scenario"])
        found = simulate(scenario, budget=Budget(MAX_EVENTS)).observed.violations
    except IcnsimError:
        return None, ()
    wanted = (each["invariant"], tuple(each["hazards"]))
    return next((v for v in found if (v.invariant, v.hazards) == wanted and v.trail), None), scenario.executor_names


def _plain(name: str) -> bool:
    """Return whether this is the name of a file in the same folder."""
    return name not in ("", ".", "..") and PurePosixPath(name).name == name


def _reached(document: Mapping[str, Any]) -> Iterator[Table]:
    reached = document["reached"]
    if reached["never"]:
        note = "The search is no evidence for these parts. Use more --seeds or other --kinds."
        yield table("Not reached", ("part",), ([what] for what in reached["never"]), note)
    yield table("Faults that took effect", ("kind of fault", "#times"), reached["faults"].items())
    steps = ((each["state"], each["event"], each["times"]) for each in reached["transitions"]["taken"])
    yield table("Steps of the protocol's table that were taken", ("state", "event", "#times"), steps)

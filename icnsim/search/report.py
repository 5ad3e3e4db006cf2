"""The files of a search: report.json, and for each reported class its smallest scenario and its diagram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from icnsim.numbers import as_given, exact
from icnsim.recording import folder
from icnsim.search import cause
from icnsim.search.classes import Found, in_order
from icnsim.search.coverage import Claims
from icnsim.search.exploring import Exploration
from icnsim.search.looking import DEFECT, Class, bodies_of, keys_of
from icnsim.search.narrowing import Job, Smallest
from icnsim.search.shrink import Document
from icnsim.trace.diagram import of_violation
from icnsim.trace.mermaid import mermaid

FILE: Final = "report.json"
VIOLATED, UNREACHED, HELD, INTERRUPTED = "violated", "not reached", "held", "interrupted"


@dataclass(frozen=True, slots=True)
class Finding:
    """A reported class.

    Attributes
    ----------
    scenario : the smallest that fails in this way, or that of the run if it was not made small.
    smallest : None in that case.
    """

    which: Class
    found: Found
    scenario: Document
    smallest: Smallest | None


def findings(
    identity: dict[str, Any], jobs: Sequence[Job], came: Exploration, smallest: Sequence[Smallest]
) -> list[Finding]:
    """The scenario of each class, with a name and a description of its origin."""
    told = []
    for place, job in enumerate(jobs):
        found, small = came.classes[job.which], smallest[place] if place < len(smallest) else None
        document = job.document if small is None else small.document
        violation = found.first.violation if small is None else small.violation
        pains = "" if small is None else f", made small in {small.tries} tries"
        origin = f"icnsim check {identity['scenario']}, seed {identity['seed']}, run {found.first.run}{pains}"
        if job.which.invariant == DEFECT:
            happens, expected = f"the simulation fails: {violation.evidence}", {}
        else:
            happens = f"{job.which.invariant} is violated at {as_given(violation.at / 1e6, 's')}: {violation.evidence}"
            expected = {f"invariants.{job.which.invariant}": {"at_least": 1}}
        description = f"{happens}; found by {origin}"
        scenario = {**document, "name": job.which.label, "description": description, "expect": expected}
        if not expected:
            del scenario["expect"]
        ordered = {key: scenario[key] for key in ("name", "description", "seed", *scenario)}
        told.append(Finding(job.which, found, ordered, small))
    return told


def document(
    identity: dict[str, Any], asked: Mapping[str, Any], came: Exploration, claims: Claims, told: Sequence[Finding]
) -> dict[str, Any]:
    """The contents of report.json; `asked` are the runs and the kinds of faults."""
    reached = claims.document(came.reached)
    known = {finding.which: finding for finding in told}
    # The further violations of a run that was cut short are unknown.
    outcome = VIOLATED if came.classes else UNREACHED if reached["never"] or came.reached.cut_short else HELD
    return {
        **identity,
        "outcome": INTERRUPTED if came.interrupted else outcome,
        "runs": {
            "asked": asked["runs"],
            "done": came.runs,
            "cut_short": came.reached.cut_short,
            "events": came.reached.events,
        },
        "kinds": list(asked["kinds"]),
        "invariants": dict(sorted(came.invariants.items())),
        "hazards": sorted({number for which in came.classes for number in which.hazards}),
        "classes": [_class(which, came.classes[which], known.get(which)) for which in in_order(came.classes)],
        "reached": reached,
    }


def _class(which: Class, found: Found, finding: Finding | None) -> dict[str, Any]:
    first = found.first
    told: dict[str, Any] = {
        "invariant": which.invariant,
        "hazards": list(which.hazards),
        "runs": found.runs,
        "first_run": first.run,
        "evidence": first.violation.evidence,
        "at_s": first.violation.at / 1e6,
        "scenario": None,
    }
    if finding is None:
        return told
    told["scenario"] = f"{which.label}.yaml"
    small = finding.smallest
    if small is not None:
        sizes = small.document
        told["smallest"] = {
            "tries": small.tries,
            "whole": small.whole,
            "executors": sum(group["count"] for group in sizes["executors"]),
            "actors": sizes["actors"]["count"],
            "migrations": sizes["workload"]["migrations"],
            "faults": len(sizes.get("faults", ())),
            "evidence": small.violation.evidence,
            "at_s": small.violation.at / 1e6,
        }
        told["cause"] = small.cause and cause.document(small.cause, small.cause_names)
    return told


def write(draft: Path, report: dict[str, Any], told: Sequence[Finding]) -> None:
    """Write the report, the scenarios and the diagrams."""
    (draft / FILE).write_text(folder.dumps(report), "utf-8")
    for finding in told:
        label, small = finding.which.label, finding.smallest
        scenario, bodies = with_tasks(finding.scenario, f"{label}.jsonl")
        (draft / f"{label}.yaml").write_text(to_yaml(scenario), "utf-8")
        if bodies:
            (draft / f"{label}.jsonl").write_text(bodies, "utf-8")
        if small is not None and small.violation.trail:
            diagram = of_violation(small.violation, small.names, small.marked)
            (draft / f"{label}.mmd").write_text(mermaid(diagram), "utf-8")


def with_tasks(document: Document, file: str) -> tuple[Document, str]:
    """The scenario of a document, whose tasks are in that file, and the text of the file; "" without tasks."""
    keys, trigger = keys_of(document), document["workload"].get("trigger")
    if not isinstance(trigger, tuple) or not any(isinstance(each, dict) for each in trigger):
        return keys, ""
    triggers = tuple({"submissions": {"file": file}} if isinstance(each, dict) else each for each in trigger)
    return {**keys, "workload": {**document["workload"], "trigger": triggers}}, bodies_of(document)


def to_yaml(document: Document) -> str:
    """A scenario as a readable file, with only the keys that it sets."""
    text: str = yaml.dump(
        _lists(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return text


def _lists(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple | list) else value


class _Dumper(yaml.SafeDumper):
    """Writes no alias, and no number with an exponent."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _number(dumper: yaml.SafeDumper, value: float) -> yaml.ScalarNode:
    text = exact(value)
    return dumper.represent_scalar("tag:yaml.org,2002:float", text if "." in text else f"{text}.0")


_Dumper.add_representer(float, _number)

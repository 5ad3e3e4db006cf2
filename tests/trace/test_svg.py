"""A sequence diagram as a picture: well-formed, inert, complete, and with a description in words."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

import icnsim
from icnsim.errors import ResultsError
from icnsim.recording.violations import Moment
from icnsim.trace.diagram import Diagram, of_migration, of_violation, words
from icnsim.trace.mermaid import mermaid
from icnsim.trace.svg import svg
from tests.search.violations import S, violation
from tests.simulation.small import simulated

SPACE = "{http://www.w3.org/2000/svg}"


def drawn(diagram: Diagram) -> ElementTree.Element:
    return ElementTree.fromstring(svg(diagram))


def texts(root: ElementTree.Element) -> str:
    return " ".join(element.text or "" for element in root.iter(f"{SPACE}text"))


def migration(*faults: str, **changes: object) -> Diagram:
    run = icnsim.run("scenarios/week4.yaml", {"workload.migrations": 1})
    return of_migration(simulated(changes, *faults), run.scenario, 0)


def test_a_migration_is_described_step_by_step() -> None:
    diagram = migration()
    assert [words(step) for step in diagram.steps] == [
        "0 s requesting",
        "0.2 s request, sent 0 s",
        "0.3 s restoring",
        "0.5 s accept, sent 0.3 s",
        "0.5 s checkpointing, the actor is paused",
        "2.5 s transferring",
        "2.7 s complete, sent 2.5 s",
        "2.7 s restores the actor",
        "3.2 s complete, the actor runs",
        "3.4 s ack, sent 3.2 s",
        "3.4 s complete",
    ]
    assert diagram.title == "week4: migration 0 of actor-0"


def test_a_lost_message_and_the_failure_that_follows_are_described() -> None:
    steps = [words(step) for step in migration("kind: loss, at: 0s, messages: [request]").steps]
    assert steps == ["0 s requesting", "0 s request, lost", "90 s failed: Migration timed out"]


def test_every_step_is_in_the_picture_and_in_its_description() -> None:
    diagram = migration()
    root = drawn(diagram)
    assert root.get("role") == "img"
    assert root.findtext(f"{SPACE}title") == diagram.title
    assert root.findtext(f"{SPACE}desc") == "; ".join(words(step) for step in diagram.steps)
    for step in diagram.steps:
        assert words(step) in texts(root)
    assert len(root.findall(f"{SPACE}path")) == 4  # the tips of four messages


def test_what_differs_in_colour_differs_in_shape() -> None:
    sent = ("send complete", 0, 1), ("lose complete", 1, 0), ("send ack", 0, 1), ("enter failed by time_out", 0, 1)
    moments = [Moment(n * S, what, here, there, 4) for n, (what, here, there) in enumerate((*sent, ("run", 0, -1)))]
    root = drawn(of_violation(violation(trail=moments), ["a", "b"]))
    classes = [element.get("class") for element in root.iter()]
    assert "arrow cross" in classes and "arrow under-way" in classes and "inner" in classes and "box run" in classes


def test_no_text_is_read_as_anything_else() -> None:
    hostile = '<script>alert("x")</script>&amp;\x1b[31m'
    diagram = of_violation(violation(trail=[Moment(S, "run", 0, -1, 1)], evidence=hostile), [hostile, "b"])
    root = drawn(diagram)
    assert {element.tag.removeprefix(SPACE) for element in root.iter()} == {
        "svg", "title", "desc", "style", "rect", "line", "text",
    }  # fmt: skip
    assert hostile.replace("\x1b", "�") in texts(root)
    assert "<script" not in svg(diagram) and "<script" not in mermaid(diagram)


def test_an_unknown_migration_has_no_diagram() -> None:
    with pytest.raises(ResultsError, match="no attempt of a migration 7"):
        of_migration(simulated({}), icnsim.run("scenarios/week4.yaml", {"workload.migrations": 1}).scenario, 7)


def test_the_picture_of_the_documentation_is_that_of_its_scenario() -> None:
    run = icnsim.run("scenarios/hazards/07-two-run.yaml")
    made = svg(of_migration(run.replayed(messages=True), run.scenario, 0))
    assert Path("docs/trace-migration.svg").read_text("utf-8") == made

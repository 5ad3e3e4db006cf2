"""The fuzzer itself, the inputs that once failed, and a few new ones."""

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from icnsim import experiment
from icnsim.errors import DefectError
from tests.fuzz import inputs, trying, watchdog
from tests.fuzz.__main__ import last_attempt
from tests.fuzz.given import SCENARIO, Input, loads
from tests.fuzz.inputs import KINDS, attempts
from tests.fuzz.smaller import smaller
from tests.fuzz.trying import FAILED, REFUSED, RUN, STOPPED, Outcome, tried
from tests.fuzz.watchdog import Watchdog

GOOD = Input({SCENARIO: b"name: good\nduration: 5s\nexecutors: [{group: a, count: 3}]\n"})
KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run may take long on a busy machine."""
    monkeypatch.setattr(trying, "WALL_S", 600.0)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_an_input_that_once_failed_does_not_fail(path: Path) -> None:
    assert tried(loads(path.read_text("utf-8"))).what != FAILED


@pytest.mark.parametrize("kind", KINDS)
def test_inputs_are_repeatable_and_do_not_fail(kind: str) -> None:
    given = [next(attempts(kind, 3, number)) for number in range(3)]
    assert given == [loads(next(attempts(kind, 3, number)).dumps()) for number in range(3)]
    assert len({each.dumps() for each in given}) == 3
    assert [outcome for each in given if (outcome := tried(each)).what == FAILED] == []


def test_most_scenarios_from_the_schema_are_valid_once_their_refused_keys_are_removed() -> None:
    dog = Watchdog(600.0)
    try:
        found = [last_attempt(dog, kind, 4, number)[1].what for kind in ("grown", "scenarios") for number in range(4)]
    finally:
        dog.end()
    assert found.count(RUN) + found.count(STOPPED) >= 4


@pytest.mark.usefixtures("patient")
def test_a_good_input_is_run_and_a_bad_one_is_refused() -> None:
    assert tried(GOOD) == Outcome(RUN)
    assert tried(replace(GOOD, settings={"manager.timeout": "5"})) == Outcome(REFUSED, keys=("manager.timeout",))
    assert tried(replace(GOOD, commands=(("run", SCENARIO, "--quiet", "--json"),))) == Outcome(RUN)
    assert tried(replace(GOOD, commands=(("run", "none.yaml"),))) == Outcome(REFUSED)


def test_a_crash_a_broken_law_and_a_nan_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    true = experiment.run

    def spoiled(*given: object, **more: object) -> object:
        found = true(*given, **more)  # type: ignore[arg-type]
        found.summary["success_rate"] = float("nan")
        return found

    def broken(*_: object, **__: object) -> object:
        raise DefectError("attempts: 3 began, 2 ended")

    monkeypatch.setattr(experiment, "run", spoiled)
    assert tried(GOOD).why.endswith(".success_rate is not finite")
    monkeypatch.setattr(experiment, "run", broken)
    assert tried(GOOD).why.startswith("DefectError")
    monkeypatch.setattr(experiment, "run", lambda *_, **__: dict[str, int]()["x"])
    assert tried(GOOD).why.startswith("KeyError")
    shown = tried(replace(GOOD, commands=(("run", SCENARIO, "--quiet"),)))
    assert shown.why.startswith("run: exit 70: error: this is a defect of icnsim")


@pytest.mark.usefixtures("patient")
def test_a_hang_the_end_of_the_process_and_too_much_memory_are_failures(monkeypatch: pytest.MonkeyPatch) -> None:
    dog, impatient = Watchdog(600.0), Watchdog(1.0)
    try:
        assert dog.tried(GOOD).what == RUN
        dog.end()
        monkeypatch.setattr(watchdog, "tried", lambda _: time.sleep(600))
        assert impatient.tried(GOOD) == Outcome(FAILED, "a hang of more than 1 s")
        monkeypatch.setattr(watchdog, "tried", lambda _: os._exit(3))
        assert dog.tried(GOOD) == Outcome(FAILED, "the process ended with 3")
        monkeypatch.setattr(watchdog, "tried", tried)
        monkeypatch.setattr(experiment, "run", lambda *_, **__: bytearray(trying.MEMORY))
        assert "MemoryError" in dog.tried(GOOD).why
    finally:
        dog.end()


def test_a_failing_input_is_made_smaller() -> None:
    lines = [f"key{number}: {number}\n" for number in range(40)]
    given = Input({SCENARIO: "".join(lines).encode(), "other.csv": b"a\n"}, {"x": "1", "y": "2"})
    small = smaller(given, lambda each: b"key17" in each.files[SCENARIO] and "y" in each.settings)
    assert small == Input({SCENARIO: b"key17: 17\n"}, {"y": "2"})


@pytest.mark.usefixtures("patient")
def test_every_kind_of_table_is_good_before_it_is_changed() -> None:
    for text, content in inputs.TABLES.values():
        assert tried(Input({SCENARIO: text.encode(), "data.csv": content.encode()})).what == RUN

"""A whole search: its violations and its files, which do not depend on the engine."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from icnsim.errors import ResultsError
from icnsim.recording.expectations import check as expected
from icnsim.recording.progress import Budget
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, load, loads
from icnsim.search import check as searching
from icnsim.search import exploring, looking
from icnsim.search.check import Check, Orders, check
from icnsim.search.swarm import kinds_of
from icnsim.simulation import simulate
from icnsim.sweeps.engines import Engine, Serial
from tests.sweeps.stage import Threads

BROKEN = loads("name: broken\nprotocol: {profile: as-implemented}\nworkload: {migrations: 10}\n")
HARD = loads("name: hard\nprotocol: {profile: hardened}\nworkload: {migrations: 10}\nretry: {max_retries: 2}\n")
WEAK = (
    "guarded_transitions", "attempt_identifiers", "resume_on_failure", "two_phase_handover",
    "durable_records", "bounded_retries",
)  # fmt: skip
KINDS = ("loss", "crash")
RUNS = 24


def orders(scenario: Scenario = BROKEN, **more: Any) -> Orders:
    return Orders(**{"kinds": KINDS, "runs": RUNS, "tries": 15, **more})


def files(found: Check) -> dict[str, bytes]:
    """The bytes of all that was written, but the manifest, which tells when."""
    return {path.name: path.read_bytes() for path in sorted(found.folder.iterdir()) if path.name != "manifest.json"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Check:
    return check(BROKEN, orders(), tmp_path_factory.mktemp("found"), Serial())


def told(found: Check) -> list[dict[str, Any]]:
    return [each for each in found.document["classes"] if each["scenario"] is not None]


def test_the_code_as_it_is_breaks_and_the_report_says_how(found: Check) -> None:
    document = found.document
    assert document["outcome"] == "violated"
    assert not found.held
    assert document["runs"]["done"] == RUNS
    assert {"I1", "I5", "I8"} <= set(document["invariants"])
    assert {2, 3, 5, 7} <= set(document["hazards"])
    assert json.loads((found.folder / "report.json").read_text("utf-8")) == document
    for each in document["classes"]:
        assert 1 <= each["first_run"] <= RUNS and each["runs"] <= document["invariants"][each["invariant"]]


def test_each_scenario_that_is_written_fails_again_and_says_where_it_comes_from(found: Check) -> None:
    assert told(found)
    for each in told(found):
        scenario = load(found.folder / each["scenario"])
        recording = simulate(scenario)
        classes = {(violation.invariant, violation.hazards) for violation in recording.observed.violations}
        assert (each["invariant"], tuple(each["hazards"])) in classes
        results = expected(scenario.expect, summarise(recording, scenario))
        assert [result["held"] for result in results] == [True]
        assert f"icnsim check broken, seed 1, run {each['first_run']}, made small in" in scenario.description
        assert (found.folder / each["scenario"]).with_suffix(".mmd").read_text("utf-8").startswith("sequenceDiagram")


def test_what_is_written_is_smaller_than_what_was_run(found: Check) -> None:
    swarm = searching.Swarm.of(BROKEN, KINDS)
    for each in told(found):
        run, small = swarm.variation(each["first_run"]), each["smallest"]
        assert small["executors"] <= sum(group["count"] for group in run["executors"])
        assert small["migrations"] <= run["workload"]["migrations"]
        assert small["actors"] <= run["actors"]["count"] and small["faults"] <= len(run.get("faults", ()))
    assert any(each["smallest"]["migrations"] == 1 for each in told(found))


def test_each_class_has_its_cause_where_it_is_asked_for(tmp_path: Path) -> None:
    came = check(BROKEN, orders(kinds=("loss",), runs=2, tries=0, branches=2), tmp_path, Serial())
    causes = [each["cause"] for each in told(came)]
    assert causes and all(cause["branches"] == 2 and cause["moments"] for cause in causes)


def test_neither_the_number_of_runs_at_once_nor_the_order_of_their_ends_shows(tmp_path: Path) -> None:
    engines: dict[str, Engine] = {"serial": Serial(), "threads": Threads()}
    serial, threads = (
        check(BROKEN, orders(runs=9, tries=2), tmp_path / name, engine) for name, engine in engines.items()
    )
    assert files(serial) == files(threads) and len(told(threads)) > 2


def test_the_same_search_is_not_done_twice_unless_it_is_forced_or_damaged(tmp_path: Path) -> None:
    few = orders(runs=3, tries=0)
    first = check(BROKEN, few, tmp_path, Serial())
    again = check(BROKEN, few, tmp_path, Nobody())
    assert again.reused and again.document == first.document
    assert files(check(BROKEN, few, tmp_path, Serial(), force=True)) == files(first)
    (first.folder / "report.json").write_text("{}", "utf-8")
    afresh = check(BROKEN, few, tmp_path, Serial())
    assert not afresh.reused and afresh.document == first.document


class Nobody(Serial):
    """An engine that must not be asked."""

    def open(self, *, alone: bool = False) -> Any:
        raise AssertionError("something is run")


@pytest.mark.parametrize("other", [{"runs": RUNS + 1}, {"kinds": ("loss",)}, {"tries": 16}, {"budget": Budget(100)}])
def test_another_search_has_another_folder(other: dict[str, Any]) -> None:
    assert searching.check_id(BROKEN, orders(**other)) != searching.check_id(BROKEN, orders())
    assert searching.check_id(HARD, orders()) != searching.check_id(BROKEN, orders())


def test_the_hardened_protocol_holds_and_a_short_search_says_what_it_never_reached(tmp_path: Path) -> None:
    came = check(HARD, orders(HARD, kinds=("loss", "duplication"), runs=10), tmp_path, Serial())
    assert came.document["classes"] == []
    assert came.document["outcome"] == "not reached" and not came.held
    assert "the step time_out of a record in checkpointing" in came.document["reached"]["never"]


@pytest.mark.parametrize("switch", WEAK)
def test_it_finds_what_one_missing_fix_breaks_within_a_few_runs(switch: str) -> None:
    text = f"name: weak\nprotocol: {{profile: hardened, {switch}: false}}\nworkload: {{migrations: 10}}\n"
    weak = loads(text + "retry: {max_retries: 3}\n")
    swarm = searching.Swarm.of(weak, kinds_of(weak))
    assert exploring.explore(swarm, 60, 1, Budget(2_000), Serial()).classes


def test_it_ends_early_where_enough_classes_are_found(tmp_path: Path) -> None:
    came = check(BROKEN, orders(stop_after=1, tries=0), tmp_path, Serial())
    assert came.document["runs"] == {**came.document["runs"], "asked": RUNS, "done": exploring.BATCH}


class Interrupted(Serial):
    """An engine in which Ctrl-C comes when it is opened for the n-th time, or with the n-th task."""

    def __init__(self, *, opened: int = 0, tasks: int = 0) -> None:
        self._opened, self._tasks = opened, tasks

    def open(self, *, alone: bool = False) -> Any:
        self._opened -= 1
        if self._opened == 0:
            raise KeyboardInterrupt
        executor = super().open()
        submit = executor.submit

        def counted(*arguments: Any) -> Any:
            self._tasks -= 1
            if self._tasks == 0:
                raise KeyboardInterrupt
            return submit(*arguments)

        executor.submit = counted  # type: ignore[method-assign]
        return executor


@pytest.mark.parametrize(("engine", "runs"), [(Interrupted(tasks=2), 20), (Interrupted(opened=2), RUNS)])
def test_what_was_found_before_it_is_interrupted_is_kept_and_the_search_begins_again(
    tmp_path: Path, engine: Engine, runs: int
) -> None:
    came = check(BROKEN, orders(), tmp_path, engine)
    assert came.interrupted and came.document["runs"]["done"] == runs
    assert told(came)
    for each in told(came):
        assert "smallest" not in each
        load(came.folder / each["scenario"])
    with pytest.raises(AssertionError, match="something is run"):
        check(BROKEN, orders(), tmp_path, Nobody())


def test_where_nothing_can_be_written_nothing_is_run(tmp_path: Path) -> None:
    (tmp_path / "broken").write_text("in the way", "utf-8")
    with pytest.raises(ResultsError, match="cannot write the results: not a directory"):
        check(BROKEN, orders(), tmp_path, Nobody())


def test_an_error_of_the_simulation_is_found_and_made_small_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(scenario: Scenario, **how: Any) -> Any:
        if scenario.actors.count > 2:
            raise ZeroDivisionError("no actors")
        return simulate(scenario, **how)

    monkeypatch.setattr(looking, "simulate", broken)
    came = check(HARD, orders(HARD, kinds=("loss",), runs=20, tries=300), tmp_path, Serial())
    (each,) = told(came)
    assert each["invariant"] == "defect" and each["evidence"] == "ZeroDivisionError: no actors"
    assert each["scenario"].startswith("defect-ZeroDivisionError-test_check-")
    assert each["smallest"]["actors"] == 3 and each["smallest"]["migrations"] == 1 and each["smallest"]["whole"]
    assert not load(came.folder / each["scenario"]).expect


def test_two_errors_of_the_simulation_are_two_classes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scenario: Scenario, **how: Any) -> Any:
        if scenario.actors.count > 2:
            raise ZeroDivisionError("no actors")
        if len(scenario.executor_names) > 3:
            raise KeyError("no executor")
        return simulate(scenario, **how)

    monkeypatch.setattr(looking, "simulate", broken)
    came = check(HARD, orders(HARD, kinds=("loss",), runs=20, tries=0), tmp_path, Serial())
    assert [each["evidence"] for each in told(came)] == ["KeyError: 'no executor'", "ZeroDivisionError: no actors"]


def test_runs_that_use_up_their_budget_are_counted(tmp_path: Path) -> None:
    came = check(BROKEN, orders(budget=Budget(150), tries=0), tmp_path, Serial(), bar=lambda _: nullcontext(None))
    runs = came.document["runs"]
    assert 0 < runs["cut_short"] < RUNS


def test_what_a_run_that_is_cut_short_has_violated_before_counts(tmp_path: Path) -> None:
    few, all_of_it = (
        looking.look(exploring.Swarm.of(BROKEN, KINDS).variation(1), Budget(events)) for events in (30, 20_000)
    )
    assert few.cut_short and not all_of_it.cut_short
    assert 0 < few.events < all_of_it.events
    assert few.observed is not None and all_of_it.observed is not None
    last = max(violation.at for violation in few.observed.violations)
    before = [each for each in all_of_it.observed.violations if each.at <= last]
    assert 0 < len(few.observed.violations) <= len(before)
    assert few.observed.violations == tuple(before[: len(few.observed.violations)])


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    shares: dict[str, list[float]] = {}

    def bar(name: str) -> Any:
        return nullcontext(lambda share, _: shares.setdefault(name, []).append(share))

    check(BROKEN, orders(runs=3, tries=0), tmp_path, Serial(), bar=bar)
    assert set(shares) == {"broken", "broken: making it small"}
    assert all(each == sorted(each) and each[-1] == 1 for each in shares.values())

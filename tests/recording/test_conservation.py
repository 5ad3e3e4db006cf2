"""Each law of conservation, with a broken count; the command line then exits with code 70."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from icnsim import columns
from icnsim.cli import main
from icnsim.columns.tables import assembly
from icnsim.errors import DefectError
from icnsim.recording.columns import Recording
from icnsim.recording.conservation import LAWS, conserved
from icnsim.recording.records import LEFT, REMOVED
from icnsim.scenario import loads
from icnsim.simulation import federation, simulate
from tests.simulation import submitted
from tests.simulation.small import simulated


def more(name: str) -> Callable[[Recording], Recording]:
    """The same recording, but one more in a count of the engine."""
    return lambda r: replace(r, counts={**r.counts, name: r.counts[name] + 1})


def without_a_fate(r: Recording) -> Recording:
    """A record that the tables do not have."""
    rows = {
        name: getattr(r.records, name)[1:]
        for name in ("executor", "actor", "created", "ended", "gone", "fate", "timed_out")
    }
    return replace(r, records=type(r.records)(**rows))


def left(r: Recording) -> Recording:
    """A removed record that counts as left."""
    fate = np.where(np.cumsum(r.records.fate == REMOVED) == 1, LEFT, r.records.fate)
    return replace(r, records=replace(r.records, fate=fate))


BROKEN: dict[str, tuple[Callable[[Recording], Recording], ...]] = {
    "records": (more("records_opened"), without_a_fate),
    "records at the end": (more("records_held"), left),
    "records that timed out": (more("timed_out"),),
    "messages": (
        lambda r: replace(r, messages_sent=r.messages_sent + 1),
        lambda r: replace(r, messages_delivered=r.messages_delivered + 1),
        lambda r: replace(r, messages_lost=r.messages_lost + 1),
        lambda r: replace(r, messages_in_flight=r.messages_in_flight + 1),
    ),
    "attempts": (more("attempts_begun"),),
    "messages to actors": tuple(
        lambda r, name=name: replace(r, actor_messages={**r.actor_messages, name: r.actor_messages[name] + 1})
        for name in ("sent", "delivered", "lost", "waiting")
    ),
    "migrations": (more("migrations_begun"),),
    "votes": (more("votes_open"),),
    "votes on checkpoints": (more("checkpoint_votes_open"),),
    "tasks": (more("tasks_submitted"), more("tasks_open")),
    "transfers": (more("transfers_open"),),
    "writes of checkpoints": (more("writes_open"),),
    "runs of tasks": (more("executions_live"),),
    "tasks that executors took": (more("executions_came"), more("executions_gone"), more("executions_pending")),
}
"""For each law, recordings that break it."""


def of_a_vote() -> Recording:
    return simulated({"quorum.enabled": True, "quorum.executors": 2})


def of_a_vote_on_a_checkpoint() -> Recording:
    return simulated({"quorum.enabled": True, "quorum.executors": 2, "quorum.on": ["checkpoint"]})


def of_transfers() -> Recording:
    return simulated({"network.sharing": "link", "network.bandwidth": "1MiB/s"})


def of_writes() -> Recording:
    return simulated({"checkpoints.store_bandwidth": "1MiB/s"})


def of_tasks() -> Recording:
    return submitted.simulated([{}])


MADE: dict[str, Callable[[], Recording]] = {
    "votes": of_a_vote,
    "votes on checkpoints": of_a_vote_on_a_checkpoint,
    "transfers": of_transfers,
    "writes of checkpoints": of_writes,
    "tasks": of_tasks,
    "runs of tasks": of_tasks,
    "tasks that executors took": of_tasks,
}


def test_every_law_has_a_broken_case() -> None:
    assert [law.name for law in LAWS] == list(BROKEN)


@pytest.mark.parametrize(("name", "broken"), [(name, each) for name, some in BROKEN.items() for each in some])
def test_a_broken_law_is_a_defect(name: str, broken: Callable[[Recording], Recording]) -> None:
    sound = MADE.get(name, simulated)()
    assert conserved(sound) is sound
    with pytest.raises(DefectError, match=f"^{name} are not conserved: "):
        conserved(broken(sound))


def test_the_message_has_all_counts() -> None:
    run = simulated()
    words = "messages are not conserved: 5 were created, but 4 delivered"
    with pytest.raises(DefectError, match=words):
        conserved(replace(run, messages_sent=run.messages_sent + 1))


@pytest.mark.parametrize(
    ("name", "places"),
    [
        ("records", {"removed", "replaced", "forgotten", "left"}),
        ("records at the end", {"left"}),
        ("records that timed out", {"found by ticks", "found by timers and wheels"}),
        ("messages", {"delivered", "lost", "in flight"}),
        ("attempts", {"completed", "failed", "unfinished"}),
        ("migrations", {"completed", "failed", "unfinished"}),
        ("votes", {"consensus", "divergence", "insufficient", "unfinished"}),
        ("votes on checkpoints", {"consensus", "divergence", "insufficient", "unfinished"}),
        ("transfers", {"transmitting", "transmitted", "lost"}),
        ("writes of checkpoints", {"writing", "written", "lost"}),
    ],
)
def test_a_law_names_the_places_to_which_everything_went(name: str, places: set[str]) -> None:
    (law,) = (law for law in LAWS if law.name == name)
    assert set(law.went(MADE.get(name, simulated)())) == places


SCENARIO = """
name: broken
executors: [{group: a, count: 3}]
workload: {migrations: 20, arrivals: {process: poisson, rate: 1/s}}
"""


@pytest.mark.parametrize("engine", ["events", "columns"])
def test_the_command_line_exits_with_70_and_writes_nothing(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module, name in ((federation, "conserved"), (assembly, "conserved")):
        monkeypatch.setattr(module, name, lambda r: conserved(more("records_opened")(r)))
    file, out = tmp_path / "broken.yaml", tmp_path / "results"
    file.write_text(SCENARIO)
    monkeypatch.setattr(sys, "argv", ["icnsim", "run", str(file), "--engine", engine, "--out", str(out)])
    with pytest.raises(SystemExit) as left_with:
        main()
    said = capsys.readouterr().err
    assert left_with.value.code == 70
    assert "this is a defect of icnsim" in said and "records are not conserved: " in said
    assert not list(tmp_path.rglob("summary.json"))


def test_a_broken_count_of_the_columnar_engine_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    # A record that is both removed and replaced is in two places; its place at its executor is empty.
    scenario = loads(SCENARIO)
    assert columns.simulate(scenario).recording.records.fates() == simulate(scenario).records.fates()
    monkeypatch.setattr(assembly.Memory, "records_held", lambda self, actors: 1)
    with pytest.raises(DefectError, match="records at the end"):
        columns.simulate(scenario)


def test_transfers_and_writes_have_their_ends_and_their_bytes() -> None:
    shared = {"bytes", "began", "ended", "fate"}
    assert set(of_transfers().transfers or {}) == {"sender", "receiver", *shared}
    assert set(of_writes().checkpoint_writes or {}) == {"executor", *shared}

"""Attempts of one migration: the order of rows, one row per migration, and the counts of both."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim.recording import arrow, bulk
from icnsim.recording.columns import Recorder
from icnsim.recording.summary import summarise
from tests.recording.builder import S, recording, scenario

FIRST = {"migration": 0, "attempt": 1, "source": 0, "target": 1, "requested": 1 * S, "failed": 62 * S, "failure": 1}
SECOND = {
    "migration": 0, "attempt": 2, "source": 0, "target": 1, "requested": 63 * S, "accepted": 65 * S, "failed": 130 * S,
    "failure": 1, "queued": 3, "duplicate_run": 5 * S,
}  # fmt: skip
THIRD = {
    "migration": 0, "attempt": 3, "source": 0, "target": 0, "requested": 131 * S, "admitted": 132 * S,
    "accepted": 133 * S, "checkpointed": 134 * S, "transferred": 135 * S, "restored": 136 * S, "completed": 137 * S,
    "queued": 4,
}  # fmt: skip
ALONE = {"migration": 5, "attempt": 1, "source": 1, "target": 0, "requested": 2 * S, "failed": 4 * S, "failure": 2}


def test_a_migration_is_a_row_with_all_of_its_attempts() -> None:
    table = arrow.table("migrations", recording([FIRST, SECOND, THIRD, ALONE]), scenario())
    assert table is not None
    first, second = table.to_pylist()
    assert (first["migration_id"], first["attempts"], first["outcome"]) == (0, 3, "completed")
    assert (first["started_at_s"], first["ended_at_s"]) == (1, 137)
    assert (first["downtime_s"], first["duplicate_run_s"], first["messages_queued"]) == (65 + 3, 5, 7)
    assert (second["migration_id"], second["attempts"], second["outcome"]) == (5, 1, "rejected")
    assert second["downtime_s"] is None


def test_pieces_are_cut_between_migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    run, small = recording([FIRST, SECOND, THIRD, ALONE]), scenario()
    whole = arrow.table("migrations", run, small)
    monkeypatch.setattr(bulk, "PIECE", 1)
    pieces = arrow.table("migrations", run, small)
    assert whole is not None and pieces is not None
    assert pieces.to_pylist() == whole.to_pylist()


def test_migrations_and_attempts_are_counted_apart() -> None:
    found = summarise(recording([FIRST, SECOND, THIRD, ALONE]), scenario())
    assert found["migrations"] == {
        "total": 2, "skipped": 0, "unfinished": 0, "completed": 1, "rejected": 1, "timed_out": 0, "failed": 0,
        "retried": 1,
    }  # fmt: skip
    assert found["attempts"]["total"] == 4 and found["attempts"]["timed_out"] == 2
    assert found["attempts"]["retried"] == 2
    assert found["success_rate"] == 1 / 2


def test_a_retry_counts_where_its_migration_began() -> None:
    found = summarise(recording([FIRST, SECOND, THIRD, ALONE], window_start=0, window_end=100 * S), scenario())
    assert found["attempts"]["total"] == 4
    late = summarise(recording([FIRST, SECOND, THIRD, ALONE], window_start=2 * S, window_end=500 * S), scenario())
    assert late["migrations"]["total"] == late["attempts"]["total"] == 1


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=20))
def test_rows_come_in_the_order_of_migrations_and_their_attempts(retries: list[tuple[int, bool]]) -> None:
    """Each row that has begun once, however retries of different migrations follow one another."""
    recorder, numbers = Recorder(5), dict.fromkeys(range(5), 1)
    begun = []
    for row in range(0, 5, 2):
        recorder.times["requested"][row] = row
        begun.append((row, 1, row))
    for migration, begins in retries:
        numbers[migration] += 1
        row = recorder.extend(migration, numbers[migration])
        if begins:
            recorder.times["requested"][row] = 100 + row
            begun.append((migration, numbers[migration], row))
    attempts = recorder.attempts()
    assert recorder.rows().tolist() == [row for _, _, row in sorted(begun)]
    assert list(zip(attempts["migration"].tolist(), attempts["attempt"].tolist())) == [
        (migration, attempt) for migration, attempt, _ in sorted(begun)
    ]
    assert np.array_equal(attempts["requested"], np.frombuffer(recorder.times["requested"], np.int64)[recorder.rows()])

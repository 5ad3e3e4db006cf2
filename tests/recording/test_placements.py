"""The figures of a policy's decisions, computed by hand from a few rows."""

from typing import Any

import numpy as np
import pytest

from icnsim.recording.placements import figures
from icnsim.recording.uncertainty import Samplings
from tests.recording.builder import S, recording, scenario

RETURN_WITHIN = "policy: {return_within: 30s, report_every: 10s}\nworkload: {trigger: policy}\n"
START, END = 20 * S, 60 * S


def decisions(rows: list[tuple[float, int, int]], seen: tuple[tuple[float, float], ...] = ()) -> dict[str, Any]:
    """Decisions (time, executor, target), and the loads that were seen, with their times."""
    at, executor, target = (np.array([row[place] for row in rows]) for place in range(3))
    count = np.arange(len(rows))
    return {
        "at": np.round(at * S).astype(np.int64), "executor": executor, "target": target,
        "age_s": 1.0 + count, "true_load": 0.5 + 0.0 * count, "believed_load": 0.25 * count,
        "seen_at": np.array([round(when * S) for when, _ in seen]), "seen": np.array([load for _, load in seen]),
    }  # fmt: skip


def found(rows: list[tuple[float, int, int]], *attempts: dict[str, int], **more: Any) -> dict[str, Any]:
    made = recording(attempts, window_start=START, window_end=END, placements=decisions(rows, **more))
    plain = scenario(RETURN_WITHIN)
    return figures(made, plain, Samplings(plain, START, END))


def migrated(actor: int, source: int, target: int, requested: float, restored: float | None = None) -> dict[str, int]:
    times = {"requested": round(requested * S)} | ({} if restored is None else {"restored": round(restored * S)})
    return {"actor": actor, "source": source, "target": target, **times}


def test_without_a_policy_every_figure_is_empty() -> None:
    empty = figures(recording(), scenario(), Samplings(scenario(), 0, 1))
    assert [empty[name] for name in ("evaluations", "decisions", "returns", "return_rate", "herd_peak")] == [None] * 5
    assert [empty[name]["count"] for name in ("staleness", "error", "load")] == [0, 0, 0]


def test_decisions_and_evaluations_count_from_the_first_to_the_last_instant_of_the_window() -> None:
    times = (19.999999, 20, 60, 60.000001)
    figures = found([(time, 0, 1) for time in times], seen=tuple((time, 0.1 * time) for time in times))
    assert (figures["evaluations"], figures["decisions"]) == (2, 2)
    assert figures["staleness"]["mean"] == 2.5  # ages of 2 s and 3 s
    assert (figures["error"]["min"], figures["error"]["max"]) == (0, 0.25)  # loads of 0.5, believed 0.25 and 0.5
    assert (figures["load"]["min"], figures["load"]["max"]) == (2, 6)


@pytest.mark.parametrize(("apart", "most"), [(0, 3), (4.999999, 3), (5, 2), (9.999999, 2), (10, 1)])
def test_a_herd_is_the_decisions_for_one_target_in_less_than_the_time_between_reports(apart: float, most: int) -> None:
    """Three decisions for one target, that far apart, and one for another target; reports are 10 s apart."""
    rows = [(20 + turn * apart, 0, 1) for turn in (2, 0, 1)]
    assert found([*rows, (20.0, 1, 0)])["herd_peak"] == most


def test_without_decisions_there_is_no_herd() -> None:
    assert found([(1.0, 0, 1)])["herd_peak"] == 0


@pytest.mark.parametrize(
    ("back", "returns"),
    [
        (migrated(0, 1, 0, 55, 58), 1),  # requested 30 s after the restore
        (migrated(0, 1, 0, 55.000001, 58), 0),
        (migrated(1, 1, 0, 40, 50), 0),  # another actor
        (migrated(0, 1, 2, 40, 50), 0),  # to another executor
        (migrated(0, 2, 0, 40, 50), 0),  # from another executor
    ],
)
def test_a_return_goes_back_to_the_source_of_the_migration_before(back: dict[str, int], returns: int) -> None:
    figures = found([], migrated(0, 0, 1, 20, 25), back)
    assert (figures["returns"], figures["return_rate"]) == (returns, returns / 2)


def test_returns_are_found_among_the_completed_migrations_of_the_window_in_the_order_of_their_restores() -> None:
    there, back, again = migrated(2, 0, 1, 22, 25), migrated(2, 1, 0, 30, 33), migrated(2, 0, 1, 40, 44)
    figures = found(
        [], again, back, migrated(2, 1, 0, 19.999999, 21), there, migrated(2, 1, 0, 45), migrated(1, 0, 1, 60, 61)
    )
    assert (figures["returns"], figures["return_rate"]) == (2, 2 / 4)


def test_without_a_completed_migration_there_is_no_rate_of_returns() -> None:
    figures = found([], migrated(0, 0, 1, 30))
    assert (figures["returns"], figures["return_rate"]) == (0, None)

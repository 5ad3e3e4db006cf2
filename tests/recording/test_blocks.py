"""Columns in blocks: every row is in one block, and no result depends on the lengths of the blocks."""

from collections.abc import Iterator

import pyarrow as pa
import pytest

from icnsim.recording import actorgroups, cycles, distribution, parquet, peaks, summary
from icnsim.recording.blocks import blocks
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import simulate
from tests.recording.test_tickcosts import WEEK


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [(0, 3, []), (1, 3, [(0, 1)]), (3, 3, [(0, 3)]), (4, 3, [(0, 3), (3, 4)]), (6, 2, [(0, 2), (2, 4), (4, 6)])],
)
def test_blocks_follow_each_other_to_the_last_row(count: int, size: int, expected: list[tuple[int, int]]) -> None:
    assert [(block.start, block.stop) for block in blocks(count, size)] == expected


def short(count: int, size: int = 0) -> Iterator[slice]:
    """Blocks of seven rows."""
    return blocks(count, 7)


def test_no_figure_depends_on_the_lengths_of_the_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loads(WEEK, overrides={"duration": "3min", "drain": "6min"})
    run = simulate(made)
    expected = summarise(run, made)
    for module in (actorgroups, cycles, distribution, peaks):
        monkeypatch.setattr(module, "blocks", short)
    assert summarise(run, made) == expected
    monkeypatch.setattr(summary, "LARGE", 0)  # the parts are computed in two threads
    assert summarise(run, made) == expected


@pytest.mark.parametrize("count", range(5))
def test_the_pieces_of_a_table_are_made_ahead_in_their_order(count: int) -> None:
    pieces = [pa.table({"a": [number]}) for number in range(count)]
    assert list(parquet.ahead(iter(pieces))) == pieces

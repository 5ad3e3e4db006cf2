"""Columns in blocks: every row is in one block, and no result depends on the lengths of the blocks."""

from collections.abc import Iterator

import pytest

from icnsim.recording import actorgroups, cycles, distribution, peaks
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

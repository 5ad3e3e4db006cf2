"""The width of the terminal that tables are made for."""

import pytest

from icnsim.cli.terminal import Terminal, known_sizes


@pytest.mark.parametrize("unknown", ["0", "", "x", "-5", "²"])
def test_a_width_that_is_no_positive_number_is_unknown(monkeypatch: pytest.MonkeyPatch, unknown: str) -> None:
    monkeypatch.setenv("COLUMNS", unknown)
    zero = Terminal().width
    monkeypatch.delenv("COLUMNS")
    assert zero == Terminal().width > 0


def test_a_width_that_is_given_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "57")
    assert Terminal().width == 57
    assert Terminal(stderr=True).width == 57
    assert known_sizes({"COLUMNS": "57", "LINES": "0", "HOME": ""}) == {"COLUMNS": "57", "HOME": ""}

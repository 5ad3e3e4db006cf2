"""The page about validation has every case of its program, and every case can run for real."""

from pathlib import Path

import pytest

from docs.programs.validation import CASES, PROMISE_S, SPEED
from icnsim.live.support import planned
from icnsim.scenario import loads

PAGE = (Path(__file__).parents[2] / "docs" / "validation.md").read_text("utf-8")


@pytest.mark.parametrize("title", CASES)
def test_a_case_can_run_for_real_and_is_on_the_page(title):
    plan = planned(loads(CASES[title]), SPEED, 2)
    assert plan.seconds < 60
    section = PAGE.partition(f"## {title}\n")[2].partition("\n## ")[0]
    assert "migration_duration" in section
    assert "have the same actor, source, target and outcome" in section
    assert "timers, late by" in section


def test_the_page_says_where_the_promise_was_broken():
    assert PAGE.count(f"exceeds the promised {PROMISE_S * 1000:.2f} ms") == PAGE.count("**The largest delay")

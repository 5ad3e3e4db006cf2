"""The sentence about a drain that is too short, and the drain that a scenario needs."""

from pathlib import Path

import pytest

from icnsim.analysis import draining, warnings
from icnsim.analysis.findings import Finding, findings
from icnsim.analysis.overview import overview
from icnsim.experiment import run
from icnsim.report.rendering import html
from icnsim.report.run import page
from icnsim.scenario import loads
from tests.command import icnsim

SHORT = """
name: short
executors: [{group: a, count: 80}, {group: b, count: 20, behavior: unresponsive}]
actors: {count: 10000}
duration: 60s
drain: 0s
workload: {arrivals: {process: poisson, rate: 5/s}}
"""


def test_a_run_of_a_minute_without_a_drain_says_which_drain_it_needs(tmp_path: Path) -> None:
    found = run(loads(SHORT))
    assert found.summary["success_rate"] == 1
    (sentence,) = (said for said in warnings.of_run(found.summary, found.scenario) if "drain" in said)
    assert sentence.startswith("The drain of 0s is too short: a migration may need 90s to end")
    assert sentence.endswith("Set drain: 90s.")
    assert Finding(False, sentence) in findings(found.summary, found.scenario)
    assert sentence in html(page(found))
    assert sentence in found._repr_html_()
    (tmp_path / "short.yaml").write_text(SHORT)
    said = icnsim("run", "short.yaml", cwd=tmp_path).stdout
    assert sentence in said and "success rate, of those that ended" in said


def test_a_run_whose_successes_take_longest_does_not_say_that_its_rate_is_too_high() -> None:
    """Failures are detected after 90 s, a restored actor answers after 20 min: only failures have ended."""
    found = run(loads(SHORT, overrides={"stages.restore": "20min", "drain": "2min"}))
    assert found.summary["success_rate"] == 0
    sentence = draining.of_run(found.summary, found.scenario)
    assert sentence is not None and "may be too high or too low" in sentence
    assert "complete within" in sentence or "not known" in sentence


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (
            {"5s": 0.5, "60s": 0.796, "90s": None},
            "success_by.60s counts all of them: about 79.600 % complete within 60s.",
        ),
        ({"5s": None, "60s": None}, "The share that completes by any time is not known either."),
    ],
)
def test_the_rate_is_compared_with_the_last_time_for_which_the_share_is_known(
    known: dict[str, float | None], said: str
) -> None:
    scenario = loads(SHORT)
    sentence = draining.of_run({"migrations": {"unfinished": 3}, "success_by": known}, scenario)
    assert sentence is not None and said in sentence


def test_success_by_a_time_in_that_run_is_the_true_share() -> None:
    """One target in five never answers. Four standard errors of 300 migrations are 10 %; the seed is fixed."""
    short = run(loads(SHORT)).summary
    assert short["success_by"]["30s"] == pytest.approx(0.8, abs=0.1)
    whole = run(loads(SHORT, overrides={"drain": "90s"}))
    assert draining.of_run(whole.summary, whole.scenario) is None
    assert whole.summary["migrations"]["unfinished"] == 0
    titles = {row.metric: row.title for row in overview(whole.summary)}
    assert titles["success_rate"] == "success rate"


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ({}, 90),
        ({"manager.timeout": "2min", "manager.check_interval": "10s"}, 130),
        # Three retries after pauses of 1, 2 and 4 s.
        ({"retry.max_retries": 3}, 4 * 90 + 7),
        ({"retry.max_retries": 3, "retry.backoff.max": "2s"}, 4 * 90 + 5),
        ({"retry.max_retries": 2, "retry.backoff": {"max": "9s", "jitter": "decorrelated"}}, 3 * 90 + 18),
        ({"stages.checkpoint": "20s"}, 10 * 22.9),
        ({"quorum.enabled": True}, 90 + 31),
    ],
)
def test_the_needed_drain_covers_the_timeouts_the_pauses_and_the_votes(
    changes: dict[str, object], needed: float
) -> None:
    assert draining.needed_s(loads(SHORT, overrides=changes)) == pytest.approx(needed, rel=0.02)

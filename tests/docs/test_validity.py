"""Recommendations compared with closed forms, with few seeds. The command uses twenty seeds of every case."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from docs.programs.validity import CASES, INTERVAL, TIMEOUT, Outcome, judged, name_of, outcome, page


def test_a_recommendation_is_right_and_makes_no_false_claim(tmp_path: Path) -> None:
    few = replace(CASES[1], vary={INTERVAL: ["10s", "29s", "40s"], TIMEOUT: ["20s"]})
    (tmp_path / "known.yaml").write_text(few.scenario, "utf-8")
    found = outcome(few, tmp_path / "known.yaml", 1)
    assert found.right and not found.claims  # one in twenty seeds may be false


def test_false_claims_are_found() -> None:
    case = CASES[0]
    known = {
        name_of(["5s", "5s"]): {"detection_total.p99": 10.0, "false_positives.rate": 0.5},
        name_of(["5s", "20s"]): {"detection_total.p99": 25.0, "false_positives.rate": 0.0},
        name_of(["5s", "40s"]): {"detection_total.p99": 45.0, "false_positives.rate": 0.0},
    }

    def of(timeout: str, equal: str) -> Outcome:
        keys = tuple(case.vary)
        assert keys[1] == TIMEOUT
        compared = [{"settings": dict(zip(keys, ("5s", equal))), "standing": "as good"}]
        found: Any = SimpleNamespace(
            settings=dict(zip(keys, ("5s", timeout))),
            document={
                "selection": {"indifference": 1.0, "shown": True, "compared": compared},
                "tries": [{"objective": {"kind": "order"}}],
            },
        )
        return judged(case.goal, known, found)

    assert of("20s", "20s") == Outcome(True, True, ())
    assert len(of("40s", "20s").claims) == 2  # not the best, and the other one is not as good
    assert "the recommended point meets the limits" in of("5s", "5s").claims
    assert not of("5s", "5s").right


def test_the_page_counts_right_answers_and_false_claims() -> None:
    outcomes = [Outcome(True, True, ()), Outcome(False, False, ("a claim",))]
    text = page([outcomes] * len(CASES))
    assert "In all, 5 of 10 answers are right, and 5 of 10 claim something false. The false claims: a claim." in text

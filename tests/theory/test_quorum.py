"""The closed forms of a quorum against every order of every choice of voters, and against textbooks' sums."""

from collections import Counter
from itertools import permutations
from pathlib import Path

import pytest
from scipy import stats

from icnsim.protocol.messages import Digest, ExecutorId
from icnsim.protocol.quorum import Tally, Verdict, needed
from icnsim.scenario import load, loads
from icnsim.theory.predictions import predict
from icnsim.theory.quorum import Shares, broken, drawn, independent, of_scenario, shares

RIGHT, SHARED = 0, 1
SAYS = {"collude": (SHARED,), "equivocate": (RIGHT, SHARED), "silent": ()}
LIES = ("alone", *SAYS)


def counted(executors: int, liars: int, voters: int, threshold: int, lies: str, one_vote_each: bool) -> Shares:
    """The verdicts of the protocol's tally, over every order in which voters can be drawn."""
    found: Counter[str] = Counter()
    for order in permutations(range(executors), voters):
        tally = Tally([ExecutorId(each) for each in order], threshold, 0, one_vote_each=one_vote_each)
        for each in order:
            says = (RIGHT,) if each >= liars else SAYS.get(lies, (2 + each,))
            for digest in says:
                tally.receive(ExecutorId(each), Digest(digest), 0)
        verdict = tally.close()
        consensus = "right" if tally.agreed == RIGHT else "wrong"
        found[consensus if verdict is Verdict.CONSENSUS else verdict.value] += 1
    return Shares(**{name: found[name] / found.total() for name in Shares._fields})


@pytest.mark.parametrize("one_vote_each", [True, False])
@pytest.mark.parametrize("lies", LIES)
def test_the_shares_are_those_of_all_orders_of_a_small_federation(lies: str, one_vote_each: bool) -> None:
    for executors in range(1, 6):
        for liars in range(executors + 1):
            for voters in range(1, executors + 1):
                for threshold in range(1, voters + 1):
                    expected = counted(executors, liars, voters, threshold, lies, one_vote_each)
                    chance = drawn(liars, executors)
                    found = shares(voters, threshold, lies, chance, one_vote_each=one_vote_each)
                    assert found == pytest.approx(expected, abs=1e-12), (executors, liars, voters, threshold)


@pytest.mark.parametrize(("voters", "share"), [(1, 0.67), (2, 0.67), (3, 0.67), (5, 0.67), (7, 0.6), (101, 0.51)])
def test_with_a_majority_the_shares_are_sums_of_binomial_and_hypergeometric_ones(voters: int, share: float) -> None:
    threshold, executors, liars = needed(voters, share), 150, 40
    for number, chance in (
        (stats.binom(voters, 0.27), independent(0.27)),
        (stats.hypergeom(executors, liars, voters), drawn(liars, executors)),
    ):
        enough_honest = number.cdf(voters - threshold)
        colluders = shares(voters, threshold, "collude", chance)
        assert colluders.right == pytest.approx(enough_honest)
        assert colluders.wrong == pytest.approx(number.sf(threshold - 1))
        assert colluders.insufficient == 0
        alone = shares(voters, threshold, "alone", chance)
        assert alone.right == pytest.approx(enough_honest)
        assert alone.wrong == pytest.approx(number.sf(0) if threshold == 1 else 0)
        silent = shares(voters, threshold, "silent", chance)
        assert silent == pytest.approx((enough_honest, 0, 0, 1 - enough_honest))
        assert shares(voters, threshold, "equivocate", chance) == pytest.approx((1, 0, 0, 0))


@pytest.mark.parametrize("lies", LIES)
def test_shares_add_up_to_one(lies: str) -> None:
    for one_vote_each in (True, False):
        for threshold in range(1, 13):
            found = shares(12, threshold, lies, independent(0.3), one_vote_each=one_vote_each)
            assert sum(found) == pytest.approx(1, abs=1e-12)


def test_without_replacement_from_very_many_is_independent() -> None:
    few, many = shares(5, 4, "collude", drawn(3, 10)), shares(5, 4, "collude", drawn(3_000_000, 10_000_000))
    assert many == pytest.approx(shares(5, 4, "collude", independent(0.3)), abs=1e-5)
    assert abs(few.wrong - many.wrong) > 0.01


def test_equivocators_among_themselves_only_use_up_votes_and_only_where_second_results_count() -> None:
    """Each has said the right thing before it says the wrong one; with colluders it is another matter."""
    chance = drawn(4, 20)
    for threshold in range(1, 6):
        assert shares(5, threshold, "equivocate", chance).right == pytest.approx(1)
        assert shares(5, threshold, "equivocate", chance, one_vote_each=False).wrong == 0
    assert shares(5, 4, "equivocate", chance, one_vote_each=False).divergence > 0


BASE = """
name: vote
executors:
  - {group: honest, count: 15}
  - {group: liar, count: 5, behavior: byzantine}
workload: {migrations: 100}
quorum: {enabled: true}
"""


def told(**overrides: object) -> str:
    return broken(loads(BASE, overrides={key.replace("__", "."): value for key, value in overrides.items()})) or ""


def test_a_scenario_s_shares_are_those_of_its_numbers() -> None:
    scenario = loads(BASE)
    assert broken(scenario) is None
    assert of_scenario(scenario) == pytest.approx(shares(3, 3, "collude", drawn(5, 20)))
    fixed = loads(BASE, overrides={"quorum.executors": 5, "executors.1.lies": "silent"})
    assert of_scenario(fixed) == pytest.approx(shares(5, 4, "silent", drawn(5, 20)))


def test_voters_by_credits_are_weighted_by_the_credits_that_there_are() -> None:
    credits = {"distribution": "uniform", "low": 0, "high": 20_000}
    mixed = of_scenario(loads(BASE, overrides={"quorum.credits": credits}))
    weights = {1: 99.5 / 20_000, 2: 900 / 20_000, 3: 9000 / 20_000, 5: 10_000.5 / 20_000}
    parts = {n: shares(n, needed(n, 0.67), "collude", drawn(5, 20)) for n in weights}
    assert mixed.wrong == pytest.approx(sum(weight * parts[n].wrong for n, weight in weights.items()))
    assert sum(mixed) == pytest.approx(1)


def test_who_never_answers_is_as_one_that_is_silent() -> None:
    silent = loads(BASE, overrides={"executors.1.lies": "silent"})
    never = loads(BASE, overrides={"executors.1.behavior": "unresponsive"})
    assert of_scenario(never) == of_scenario(silent)
    assert of_scenario(loads(BASE, overrides={"executors.1.behavior": "responsive"})).right == 1


def test_a_federation_that_is_smaller_than_the_credits_ask_for_votes_whole() -> None:
    small = {"executors.0.count": 2, "executors.1.count": 1, "quorum.credits": 10_000, "quorum.threshold": 0.6}
    assert of_scenario(loads(BASE, overrides=small)).right == 1


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"network__loss": 0.1}, "lost or come twice"),
        ({"faults": [{"kind": "pause", "executors": "*", "at": "1s", "for": "1s"}]}, "faults"),
        ({"executors__0__answer_probability": 0.5}, "may or may not answer"),
        ({"executors__0__behavior": "unresponsive", "executors__1__hosts_actors": True}, "several ways"),
        ({"quorum__window": "200ms", "quorum__grace": "0s"}, "too late"),
        ({"quorum__window": "1s", "network__latency": {"distribution": "exponential", "mean": "1s"}}, "too late"),
        (
            {"executors__1__lies": "equivocate", "stages__evaluation": {"distribution": "uniform", "low": "0s",
                                                                        "high": "1s"}},
            "which result",
        ),
        ({"quorum__threshold": 0.5, "quorum__executors": 4, "executors__0__behavior": "slow"}, "which digest"),
    ],
)  # fmt: skip
def test_a_broken_assumption_is_told(overrides: dict[str, object], said: str) -> None:
    assert said in told(**overrides)


def test_the_page_shows_the_closed_forms_as_they_are() -> None:
    root = Path(__file__).parents[2]
    rows = [line.strip("| ").split(" | ") for line in (root / "docs" / "quorum.md").read_text("utf-8").splitlines()]
    shown = [row for row in rows if len(row) > 5 and any(cell.endswith(" %)") for cell in row)]
    on_checkpoints = [row for row in shown if row[0].isdigit() and row[-1].endswith(" s")]
    assert (len(shown), len(on_checkpoints)) == (16, 4)
    for row in on_checkpoints:
        changes: dict[str, object] = {
            "quorum.executors": int(row[0]),
            "quorum.threshold": 0.6,
            "quorum.on": ["checkpoint"],
        }
        predicted = predict(load(root / "scenarios" / "byzantine-quorum.yaml", changes))
        wrong = predicted["checkpoint_quorum.wrong_rate"].value
        assert row[2].endswith(f"({wrong:.2%})".replace("%", " %"))
        found = of_scenario(load(root / "scenarios" / "byzantine-quorum.yaml", changes))
        assert row[3].endswith(f"({found.divergence:.2%})".replace("%", " %"))
    for row in [row for row in shown if row not in on_checkpoints]:
        if row[0].isdigit():
            changes = {"quorum.executors": int(row[0]), "quorum.threshold": float(row[1])}
        else:
            changes = {"quorum.executors": 5, "executors.1.lies": row[0], "protocol.one_vote_each": row[1] != "count"}
        found = of_scenario(load(root / "scenarios" / "byzantine-quorum.yaml", changes))
        told = [cell.partition("(")[2].rstrip(")") for cell in row if cell.endswith(" %)")]
        assert told == [f"{share:.2%}".replace("%", " %") for share in found[: len(told)]]

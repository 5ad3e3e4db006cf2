"""The faults in a scenario file: each kind is read and written again, and impossible ones are refused."""

from pathlib import Path
from typing import Any, get_args

import pytest

from icnsim.errors import ScenarioError
from icnsim.protocol.messages import Kind
from icnsim.scenario import Scenario, load, loads
from icnsim.scenario.distributions import Uniform
from icnsim.scenario.faults import KINDS, Crash, Fault, RandomFaults, RandomKind
from icnsim.scenario.fields import MessageKind
from icnsim.scenario.resolved import to_yaml

BASE = """\
name: faulty
executors: [{group: web, count: 20}, {group: db, count: 1}]
workload: {migrations: 10}
"""
S, MINUTE = 1_000_000, 60_000_000


def with_faults(faults: Any) -> Scenario:
    return loads(BASE, overrides={"faults": faults})


def one(**item: Any) -> Any:
    """The only fault of a scenario; `at` is added if the item does not give it."""
    (fault,) = with_faults([{"at": "10s", **item}]).faults
    return fault


def refused(faults: Any) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        with_faults(faults)
    return [f"{problem.key}: {problem.found}, {problem.expected}; {problem.hint}" for problem in caught.value.problems]


GOOD: dict[str, dict[str, Any]] = {
    "crash": {"executors": "web-3", "restart_after": "2min", "state": "volatile"},
    "pause": {"executors": ["web-1", "db-*"], "for": "30s"},
    "unresponsive": {"executors": "web-*", "for": None},
    "slow": {"executors": "web-?", "for": "1min", "factor": 2.5},
    "partition": {"from": "web-*", "to": ["db-0"], "for": "1min", "symmetric": False, "messages": "hold"},
    "heal": {},
    "loss": {"probability": 0.2, "messages": ["complete", "ack"], "executors": "db-*", "for": "5s"},
    "duplication": {"probability": 0.2, "messages": ["cancel"]},
    "reordering": {"delay": {"distribution": "exponential", "mean": "3s"}, "messages": ["cancelled"]},
    "clock_step": {"executors": "web-3", "by": "-2min"},
    "clock_drift": {"executors": "web-3", "rate": 0.99, "for": "1min"},
    "corrupt_checkpoint": {"executors": "web-3", "probability": 0.5, "how": "empty"},
    "forge": {"executors": "web-3", "probability": 0.5},
    "drain": {"executors": "web-*", "for": "30s", "rolling": "2min", "every": "24h", "times": 3},
    "manager_error": {"executors": "web-3", "ticks": 2, "every": "1h"},
    "checker_error": {"executors": "web-3", "ticks": 2},
}
CUT = {"kind": "partition", "at": "0s", "from": "web-*", "to": "db-*"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_each_kind_is_read_and_written_again(kind: str) -> None:
    scenario = with_faults([CUT, {"kind": kind, "at": "10s", **GOOD[kind]}])
    fault = scenario.faults[1]
    assert isinstance(fault, KINDS[kind])
    assert fault.at == 10 * S and fault.kind == kind
    text = to_yaml(scenario)
    again = loads(text)
    assert again == scenario and to_yaml(again) == text


def test_the_kinds_are_those_of_the_specification() -> None:
    assert set(KINDS) == set(GOOD)
    assert set(get_args(RandomKind)) == set(KINDS) - {"heal"}
    assert set(get_args(MessageKind)) == {kind.label for kind in Kind}


def test_an_omitted_key_has_its_default() -> None:
    crash, pause, slow = one(kind="crash", executors="db-0"), one(kind="pause", executors="*"), one(
        kind="slow", executors="*"
    )  # fmt: skip
    assert (crash.restart_after, crash.state) == (None, "durable")
    assert pause.lasting is None and slow.factor == 10
    cut, loss, late = one(kind="partition", **{"from": "db-0", "to": "*"}), one(kind="loss"), one(kind="reordering")
    assert (cut.sources, cut.targets, cut.symmetric, cut.messages) == (("db-0",), ("*",), True, "drop")
    assert (loss.executors, loss.probability, loss.messages, loss.lasting) == (("*",), 1, None, None)
    assert late.delay == Uniform(0.0, 10.0 * S)
    assert one(kind="clock_step", executors="*", by="2min").by == 2 * MINUTE
    assert one(kind="clock_step", executors="*", by="-2min").by == -2 * MINUTE
    assert one(kind="clock_drift", executors="*").rate == 1.01
    corrupt, forge = one(kind="corrupt_checkpoint", executors="*"), one(kind="forge", executors="*")
    assert (corrupt.probability, corrupt.how, forge.probability) == (1, "corrupt", 1)


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no kind": ({"at": "1s"}, "faults.0: nothing, a kind, one of crash, "),
    "a misspelt kind": ({"kind": "crsh", "at": "1s"}, "did you mean 'crash'?"),
    "a kind of another type": ({"kind": 3, "at": "1s"}, "faults.0.kind: 3, one of crash, "),
    "no time": ({"kind": "heal"}, "faults.0.at: nothing, a value: at is required"),
    "a bare time": ({"kind": "heal", "at": 3}, "the number has no unit"),
    "a negative time": ({"kind": "heal", "at": "-3s"}, "a duration such as"),
    "no executors": ({"kind": "crash", "at": "1s"}, "executors (a name or a pattern), or a region"),
    "an empty list of executors": ({"kind": "crash", "at": "1s", "executors": []}, "a list of at least 1"),
    "a number for an executor": ({"kind": "crash", "at": "1s", "executors": 3}, "a list"),
    "an unknown executor": ({"kind": "crash", "at": "1s", "executors": "web-20"}, "web-0 … web-19, db-0"),
    "an unknown group": ({"kind": "crash", "at": "1s", "executors": "wbe-7"}, "did you mean 'web-7'?"),
    "a group alone": ({"kind": "crash", "at": "1s", "executors": "web"}, "'web', which no executor is"),
    "a lone pattern": ({"kind": "pause", "at": "1s", "executors": ["db-0", "d?-1*"]}, "'d?-1*', which no executor"),
    "an unknown key": ({"kind": "crash", "at": "1s", "executors": "db-0", "restrt_after": "1s"}, "'restart_after'?"),
    "another kind's key": ({"kind": "crash", "at": "1s", "executors": "db-0", "for": "1s"}, "the unknown key 'for'"),
    "an attribute": ({"kind": "pause", "at": "1s", "executors": "db-0", "lasting": "1s"}, "unknown key 'lasting'"),
    "restarted at once": ({"kind": "crash", "at": "1s", "executors": "db-0", "restart_after": "0s"}, "above 0"),
    "a state of another crash": ({"kind": "crash", "at": "1s", "executors": "db-0", "state": "durabel"}, "'durable'?"),
    "a duration of 0": ({"kind": "pause", "at": "1s", "executors": "db-0", "for": "0s"}, "above 0"),
    "a factor of 0": ({"kind": "slow", "at": "1s", "executors": "db-0", "factor": 0}, "greater than 0"),
    "one side only": ({"kind": "partition", "at": "1s", "from": "db-0"}, "a partition has from and to, or "),
    "an unknown side": ({**CUT, "to": "dB-*"}, "faults.0.to: 'dB-*', which no executor is"),
    "a cut within one executor": ({**CUT, "from": "db-0", "to": "db-*"}, "a link is between two"),
    "lost and held": ({**CUT, "messages": "lose"}, "one of 'drop' or 'hold'"),
    "more than all": ({"kind": "loss", "at": "1s", "probability": 1.1}, "less than or equal to 1"),
    "less than 0": ({"kind": "forge", "at": "1s", "executors": "*", "probability": -1}, "greater than or equal"),
    "an unknown message": ({"kind": "loss", "at": "1s", "messages": ["acknowledge"]}, "one of 'request', "),
    "no messages": ({"kind": "duplication", "at": "1s", "messages": []}, "a list of at least 1"),
    "a delay back": ({"kind": "reordering", "at": "1s", "delay": "-1s"}, "a duration such as"),
    "a step of 0": ({"kind": "clock_step", "at": "1s", "executors": "*", "by": "0s"}, "not 0"),
    "a step of a number": ({"kind": "clock_step", "at": "1s", "executors": "*", "by": -3}, "has no unit"),
    "two minus signs": ({"kind": "clock_step", "at": "1s", "executors": "*", "by": "--3s"}, "or one back such as"),
    "a slow clock": ({"kind": "clock_drift", "at": "1s", "executors": "*", "rate": 0.4}, "greater than or"),
    "a fast clock": ({"kind": "clock_drift", "at": "1s", "executors": "*", "rate": 2.1}, "less than or equal"),
    "another damage": ({"kind": "corrupt_checkpoint", "at": "1s", "executors": "*", "how": "emtpy"}, "'empty'?"),
    "nothing to heal": ({"kind": "heal", "at": "1s"}, "a partition that begins before it"),
    "after the end": ({"kind": "pause", "at": "901s", "executors": "*"}, "before the end of the simulation, 901 s"),
    "random without a mapping": ({"random": None}, "a mapping with some of the keys"),
    "random without kinds": ({"random": {"kinds": []}}, "a list of at least 1"),
    "random healing": ({"random": {"kinds": ["heal"]}}, "faults.0.random.kinds.0: 'heal', one of 'crash', "),
    "random twice": ({"random": {"kinds": ["crash", "crash"]}}, "each kind once"),
    "random with mtbf 0": ({"random": {"mtbf": "0s"}}, "above 0"),
    "random with mttr 0": ({"random": {"mttr": "0s"}}, "above 0"),
    "random and scheduled": ({"random": {}, "at": "1s"}, "the unknown key 'at'"),
    "random misspelt": ({"random": {"mtfb": "1h"}}, "did you mean 'mtbf'?"),
    "random without executors": ({"random": {"executors": "none-*"}}, "faults.0.random.executors: 'none-*', which no"),
    "random without end": ({"random": {"mtbf": "1ms", "mttr": "1us"}}, "at most 1,000,000"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_an_impossible_fault_is_refused(case: str) -> None:
    item, expected = BAD[case]
    problems = refused([item])
    assert len(problems) == 1 and expected in problems[0], problems


@pytest.mark.parametrize("faults", [None, 3, "crash", {"kind": "crash"}])
def test_faults_are_a_list(faults: Any) -> None:
    assert ", a list;" in refused(faults)[0]


def test_the_message_about_an_item_that_is_no_mapping_says_what_is_expected() -> None:
    assert "a mapping with a kind" in refused(["crash"])[0]


def test_more_than_a_thousand_faults_are_refused() -> None:
    heal = {"kind": "heal", "at": "10s"}
    assert len(with_faults([CUT, *[heal] * 999]).faults) == 1000
    assert "a list of at most 1000" in refused([CUT, *[heal] * 1000])[0]


def test_all_mistakes_are_reported_at_once_each_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "faulty.yaml"
    file.write_text(
        BASE + "faults:\n  - {kind: heal, at: 1s}\n  - kind: pause\n    at: 10h\n    executors:\n      - web-1\n"
        "      - wbe-2\n  - kind: partition\n    at: 0s\n    from: db-1\n    to: web-*\n",
        "utf-8",
    )
    with pytest.raises(ScenarioError) as caught:
        load(file)
    places = {(problem.key, problem.line) for problem in caught.value.problems}
    # The heal begins after the cut, which is the only requirement.
    assert places == {("faults.1.at", 7), ("faults.1.executors", 8), ("faults.2.from", 13)}


# Random faults


def test_random_faults_may_be_given_without_a_list_and_their_mistakes_have_their_lines(tmp_path: Path) -> None:
    alone = loads(BASE + "faults: {random: {kinds: [crash, slow], mtbf: 2h}}\n")
    assert alone == with_faults([{"random": {"kinds": ["crash", "slow"], "mtbf": "2h"}}])
    assert loads(to_yaml(alone)) == alone
    file = tmp_path / "faulty.yaml"
    file.write_text(BASE + "faults:\n  random:\n    kinds: [crash]\n    mttr: 5\n    mtfb: 3h\n", "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load(file)
    places = {(problem.key, problem.line) for problem in caught.value.problems}
    assert places == {("faults.random.mttr", 7), ("faults.random.mtfb", 8)}


def test_random_faults_have_defaults() -> None:
    (item,) = loads(BASE + "faults: {random: {}}\n").faults
    assert isinstance(item, RandomFaults)
    made = item.random
    assert (made.kinds, made.executors, made.mtbf, made.mttr) == (("crash",), ("*",), 60 * MINUTE, 2 * MINUTE)


@pytest.mark.parametrize("kind", get_args(RandomKind))
def test_a_random_fault_has_the_keys_of_its_kind(kind: str) -> None:
    random = {"kinds": [kind], "state": "volatile", "factor": 3, "probability": 0.25, "by": "-7s", "how": "empty",
              "symmetric": False, "messages": "hold", "ticks": 4}  # fmt: skip
    (item,) = with_faults([{"random": random}]).faults
    assert isinstance(item, RandomFaults)
    made: Any = item.random.one(kind, "web-7", 5 * S, 3 * S)
    (written,) = with_faults([{"kind": kind, "at": "5s", **_as_random(kind)}]).faults
    assert made == written
    assert isinstance(made, Fault)


def _as_random(kind: str) -> dict[str, Any]:
    """A scenario file's item for a random fault of a kind."""
    if kind == "crash":
        return {"executors": "web-7", "restart_after": "3s", "state": "volatile"}
    if kind == "partition":
        return {"executors": "web-7", "for": "3s", "symmetric": False, "messages": "hold"}
    if kind == "clock_step":
        return {"executors": "web-7", "by": "-7s"}
    if kind in ("manager_error", "checker_error"):
        return {"executors": "web-7", "ticks": 4}
    own: dict[str, Any] = {"slow": {"factor": 3}, "pause": {}, "drain": {}, "unresponsive": {}, "clock_drift": {},
                           "corrupt_checkpoint": {"probability": 0.25, "how": "empty"}}  # fmt: skip
    return {"executors": "web-7", "for": "3s", **own.get(kind, {"probability": 0.25})}


def test_random_partitions_can_be_healed() -> None:
    assert with_faults([{"random": {"kinds": ["partition"]}}, {"kind": "heal", "at": "1s"}]).faults


# Executors by name and by pattern


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["web-3"], [3]),
        (["web-3", "web-1", "web-3"], [1, 3]),
        (["db-*"], [20]),
        (["*"], list(range(21))),
        (["web-?"], list(range(10))),
        (["web-1?", "web-15"], list(range(10, 20))),
        (["web-[!2-9]"], [0, 1]),
        (["WEB-3", "web-03", "web", "none-*"], []),
        ([], []),
    ],
)
def test_executors_match_by_name_and_by_pattern(patterns: list[str], expected: list[int]) -> None:
    scenario = loads(BASE)
    assert list(scenario.matching(patterns)) == expected
    assert list(scenario.matching(tuple(patterns))) == expected


def test_a_pattern_is_compared_with_the_names_once() -> None:
    scenario = loads("name: many\nexecutors: [{group: a, count: 10000}]\nworkload: {migrations: 1}\n")
    assert scenario.matching(["a-99*"]) is scenario.matching(["a-99*"])
    assert len(scenario.matching(["a-99*"])) == 111


def test_a_fault_can_be_set_and_replaced() -> None:
    text = BASE + "faults: [{kind: crash, executors: web-0, at: 1s}]\n"
    (fault,) = loads(text, overrides={"faults.0.executors": "db-0", "faults.0.restart_after": "3s"}).faults
    assert isinstance(fault, Crash) and (fault.executors, fault.restart_after) == (("db-0",), 3 * S)
    assert loads(text, overrides={"faults": "[]"}).faults == ()
    (random,) = loads(BASE + "faults: {random: {}}\n", overrides={"faults.0.random.mtbf": "3h"}).faults
    assert isinstance(random, RandomFaults) and random.random.mtbf == 180 * MINUTE
    with pytest.raises(ScenarioError, match="the list is empty"):
        loads(BASE, overrides={"faults.0.at": "3s"})

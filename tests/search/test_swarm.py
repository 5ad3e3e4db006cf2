"""The swarm: which scenarios it draws, and that each is what it is whatever else is drawn."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from icnsim.scenario import Scenario, load, loads
from icnsim.search.dice import Dice
from icnsim.search.looking import scenario_of
from icnsim.search.report import to_yaml
from icnsim.search.swarm import EVERY_KIND, VOLATILE, Swarm, kinds_of

SCENARIOS = sorted(
    path for path in (Path(__file__).parents[2] / "scenarios").glob("*.yaml") if path.stem != "choose-parameters"
)
PLAIN = "name: plain\nworkload: {migrations: 10}\n"


def swarm(text: str = PLAIN) -> Swarm:
    scenario = loads(text)
    return Swarm.of(scenario, kinds_of(scenario))


@pytest.mark.parametrize("path", SCENARIOS, ids=lambda path: path.stem)
def test_every_variation_of_every_shipped_scenario_is_a_scenario(path: Path) -> None:
    scenario = load(path)
    drawn = Swarm.of(scenario, EVERY_KIND)
    for run in range(1, 30):
        made = scenario_of(drawn.variation(run))
        assert made.protocol == scenario.protocol.model_copy(update={"detection_gap": made.protocol.detection_gap})
        assert made.manager.tracked_states == scenario.manager.tracked_states
        assert made.executor_count <= 7 and made.actors.count <= 4 and (made.workload.migrations or 0) <= 30


@pytest.mark.parametrize("profile", ["as-committed", "as-implemented", "as-designed", "hardened"])
def test_times_that_are_very_short_still_make_scenarios(profile: str) -> None:
    text = f"{PLAIN}protocol: {{profile: {profile}}}\nmanager: {{check_interval: 20ms, timeout: 1ms, retention: 1ms}}\n"
    drawn = swarm(text)
    for run in range(1, 200):
        scenario_of(drawn.variation(run))


def test_a_variation_can_be_written_and_read_again() -> None:
    drawn = swarm()
    for run in range(1, 100):
        document = drawn.variation(run)
        assert plain(loads(to_yaml(document))) == plain(scenario_of(document))


def plain(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump()


def test_a_run_is_the_same_whenever_it_is_drawn_and_other_runs_are_others() -> None:
    one, other = swarm(), swarm()
    drawn = [one.variation(run) for run in range(1, 50)]
    assert [other.variation(run) for run in range(49, 0, -1)][::-1] == drawn
    assert len({document["seed"] for document in drawn}) == len(drawn)
    assert swarm(PLAIN + "seed: 2\n").variation(1) != drawn[0]


def test_a_kind_that_is_left_out_leaves_the_faults_of_the_others_as_they_were() -> None:
    scenario = loads(PLAIN)
    every = kinds_of(scenario)
    with_all, without = Swarm.of(scenario, every), Swarm.of(scenario, every[:-1])
    for run in range(1, 100):
        faults = [fault for fault in with_all.variation(run).get("faults", ()) if fault["kind"] != every[-1]]
        assert list(without.variation(run).get("faults", ())) == faults


def test_each_kind_is_on_in_some_runs_and_off_in_others() -> None:
    drawn = swarm()
    on: Counter[str] = Counter()
    for run in range(1, 301):
        on.update({fault["kind"] for fault in drawn.variation(run).get("faults", ())})
    kinds = set(EVERY_KIND) - {VOLATILE}
    assert set(on) == {*kinds, "heal"}
    assert all(30 < on[kind] < 200 for kind in kinds)


def test_a_disk_is_lost_only_where_the_scenario_loses_one_or_it_is_asked_for() -> None:
    plainly = loads(PLAIN)
    assert VOLATILE not in kinds_of(plainly)
    fault = "faults: [{kind: crash, executors: responsive-1, at: 1s, state: volatile}]\n"
    assert VOLATILE in kinds_of(loads(PLAIN + fault))
    assert VOLATILE in kinds_of(loads(PLAIN + "faults: {random: {kinds: [crash], state: volatile}}\n"))
    asked = Swarm.of(plainly, (VOLATILE,))
    faults = [fault for run in range(1, 50) for fault in asked.variation(run).get("faults", ())]
    assert faults
    assert {(fault["kind"], fault["state"]) for fault in faults} == {("crash", "volatile")}


def test_the_dice_give_the_same_numbers_in_one_go_or_in_many() -> None:
    one, other = Dice(1, "a"), Dice(1, "a")
    assert [one.share() for _ in range(100)] == [other.share() for _ in range(100)]
    assert Dice(1, "b").share() != Dice(1, "a").share()
    assert len({one.share() for _ in range(200)}) == 200
    assert all(2 <= one.whole(2, 5) <= 5 for _ in range(100))
    assert all(1 <= one.scale(1, 10) <= 10 for _ in range(100))
    assert all(one.some("abc") for _ in range(50))

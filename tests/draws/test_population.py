"""The homes of actors that are kept for later runs with the same seed."""

from icnsim.draws import population
from icnsim.draws.population import homes
from icnsim.draws.streams import uniforms
from icnsim.rare_events.point import Point
from icnsim.scenario import Scenario, loads


def scenario(executors: str, actors: int = 300) -> Scenario:
    workload = "{migrations: 1, arrivals: {rate: 1/s}}"
    return loads(f"name: homes\nexecutors: {executors}\nactors: {{count: {actors}}}\nworkload: {workload}\n")


TWO = "[{group: a, count: 5}, {group: b, count: 3}]"
SCENARIO = scenario(TWO)


def seeded(seed: int, scenario: Scenario = SCENARIO) -> Scenario:
    return scenario.model_copy(update={"seed": seed})


def test_kept_homes_are_those_that_are_drawn_again() -> None:
    others = (
        scenario("[{group: a, count: 5}, {group: c, count: 3}]"),
        scenario("[{group: a, count: 6}, {group: b, count: 3}]"),
        scenario("[{group: a, count: 5}, {group: b, count: 3, hosts_actors: false}]"),
        scenario(TWO, actors=301),
        SCENARIO,
    )
    every = [seeded(seed, each) for each in others for seed in (1, 2)]
    first = [homes(each).tolist() for each in every]
    assert [homes(each).tolist() for each in every] == first
    population._kept_homes.cache_clear()
    assert [homes(each).tolist() for each in reversed(every)] == first[::-1]
    assert len({tuple(each) for each in first}) == len(first)


def test_a_run_that_changes_its_homes_does_not_change_those_of_the_next_run() -> None:
    found = homes(SCENARIO)
    before = found.tolist()
    found[:] = 0
    assert homes(SCENARIO).tolist() == before


def test_the_homes_of_given_draws_are_not_those_of_their_seed() -> None:
    point = Point(3)
    uniforms(point, "home", 300)
    moved = point.moved(5, 0.9)
    plain = homes(seeded(5)).tolist()
    assert int(moved) == 5 and homes(seeded(moved)).tolist() != plain
    assert homes(seeded(5)).tolist() == plain

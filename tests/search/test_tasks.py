"""The search of scenarios in which tasks migrate: the variations have tasks, and what is found is written with them."""

from pathlib import Path

from icnsim.recording.progress import Budget
from icnsim.scenario import Scenario, load
from icnsim.scenario.resolved import plain
from icnsim.search.check import Orders, check
from icnsim.search.looking import SUBMITTED, look, scenario_of
from icnsim.search.swarm import Swarm, kinds_of
from icnsim.simulation import simulate
from icnsim.sweeps.engines import Serial

MODE = '"actor_mode": {"Stateful": {"checkpoint_interval_secs": 7, "max_state_size_bytes": 1048576}}'
TEXT = """
name: both
duration: 10min
executors: [{group: a, count: 3}]
protocol: {profile: as-implemented}
workload: {trigger: [{submissions: {file: b.jsonl}}, arrivals]}
"""


def read(folder: Path) -> Scenario:
    (folder / "b.jsonl").write_text(
        f'{{"at_s": 0, "id": "a", "code": "x", {MODE}}}\n{{"at_s": 1, "id": "b", "code": "x"}}\n'
    )
    (folder / "both.yaml").write_text(TEXT)
    return load(folder / "both.yaml")


def test_variations_have_tasks_that_migrate(tmp_path: Path) -> None:
    scenario = read(tmp_path)
    swarm, tasks = Swarm.of(scenario, kinds_of(scenario)), 0
    for run in range(1, 20):
        document = swarm.variation(run)
        made = scenario_of(document)
        assert made.submissions is not None
        assert 1 <= len(made.submissions.tasks) == len(document[SUBMITTED]) <= 6
        tasks += int((simulate(made).attempts["actor"] >= made.actors.count).sum())
    assert tasks > 10


def test_a_scenario_without_its_tasks_is_still_one(tmp_path: Path) -> None:
    swarm = Swarm.of(read(tmp_path), ())
    document = swarm.variation(1)
    without = {key: value for key, value in document.items() if key != SUBMITTED}
    assert look(without, Budget(10_000)).observed is None  # a file of tasks has at least one body
    arrivals = {**document, "workload": {**document["workload"], "trigger": "arrivals"}}
    assert look(arrivals, Budget(10_000)).observed is not None


def test_what_is_found_is_written_with_its_tasks(tmp_path: Path) -> None:
    scenario = read(tmp_path)
    orders = Orders(runs=10, kinds=kinds_of(scenario), stop_after=3, tries=2, branches=0, budget=Budget(5_000))
    found = check(scenario, orders, tmp_path / "out", Serial())
    assert found.document["outcome"] == "violated"
    files = [found.folder / each["scenario"] for each in found.document["classes"] if each["scenario"]]
    with_tasks = 0
    for file in files:
        made = load(file)
        with_tasks += made.submissions is not None
        invariant = file.name.split("-")[0]
        assert simulate(made).observed.counts[invariant] >= 1
        assert plain(made)["name"] == file.stem
    assert with_tasks >= 1

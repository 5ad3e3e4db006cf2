"""A look at a federation while it runs: exact, and without any effect."""

import pytest

from icnsim.protocol.states import ACTIVE
from icnsim.recording.summary import summarise
from icnsim.scenario import loads
from icnsim.simulation import Budget
from icnsim.simulation.federation import Federation, simulate
from icnsim.simulation.glimpse import Glimpse
from icnsim.simulation.unhappy import UnhappyFederation
from tests.simulation.small import BASE, STEPS, S

STATES = [state.label for state in sorted(ACTIVE)]


class Always:
    """Looks whenever it may."""

    def __init__(self) -> None:
        self.seen: list[Glimpse] = []

    def due(self) -> bool:
        return True

    def see(self, glimpse: Glimpse) -> None:
        self.seen.append(glimpse)


def look(federation: Federation, at: float) -> Glimpse:
    """At an instant, what happens then included."""
    if not federation.env.processed:
        federation.workload.start()
    federation.env.advance(round(at * S) + 1, Budget())
    return federation.glimpse()


@pytest.mark.parametrize("make", [Federation, UnhappyFederation])
def test_a_look_counts_attempts_records_and_messages(make: type[Federation]) -> None:
    federation = make(loads(BASE))
    at_each = {
        "requested": ([1, 0, 0, 0], 1, 1), "admitted": ([1, 0, 0, 1], 2, 1), "accepted": ([0, 1, 0, 1], 2, 0),
        "checkpointed": ([0, 0, 1, 1], 2, 1), "transferred": ([0, 0, 1, 1], 2, 0), "restored": ([0, 0, 1, 0], 2, 1),
        "completed": ([0, 0, 0, 0], 2, 0),
    }  # fmt: skip
    for step, (active, records, in_flight) in at_each.items():
        seen = look(federation, STEPS[step])
        assert [seen.active[state] for state in STATES] == active, step
        assert (seen.attempts, seen.records, seen.in_flight) == (1, records, in_flight), step
        assert seen.ended["completed"] == (step == "completed")
    if make is UnhappyFederation:
        assert (seen.running, seen.nowhere, seen.violations) == (1, 0, {})


@pytest.mark.parametrize("observe", [False, True])
def test_looking_changes_nothing_and_the_last_look_is_the_summary(observe: bool) -> None:
    text = "name: busy\nnetwork: {loss: 0.05}\nretry: {max_retries: 1}\nworkload: {migrations: 3000}\n"
    scenario, watcher = loads(text if observe else text.replace("retry: {max_retries: 1}\n", "")), Always()
    alone = summarise(simulate(scenario, observe=observe), scenario)
    watched = summarise(simulate(scenario, observe=observe, watcher=watcher), scenario)
    assert watched == alone
    assert len(watcher.seen) > 3
    last = watcher.seen[-1]
    assert last.attempts == alone["attempts"]["total"] and last.records == alone["records"]["unremoved"]
    assert {name: alone["attempts"][name] for name in last.ended} == dict(last.ended)
    assert [each.at for each in watcher.seen] == sorted(each.at for each in watcher.seen)

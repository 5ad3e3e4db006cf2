"""The random durations between the steps of a migration, in order."""

from icnsim.protocol.states import State
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.composite import Scaled
from icnsim.scenario.distributions import Constant
from icnsim.scenario.executors import ExecutorGroup
from icnsim.theory.design import Parts
from icnsim.theory.routes import Route


class Stages:
    """The durations of one scenario, by route; all in µs."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario

    def reply(self, route: Route, kind: str) -> Parts:
        """From sending Request to the arrival of the answer, accept or reject."""
        return [*self._answer(route, kind), *self.wire(1)]

    def _answer(self, route: Route, kind: str) -> Parts:
        """The same without the wire."""
        evaluation = slowed(self._scenario.stages.evaluation, route.target)
        return [*self._message("request"), Constant(route.distance_us), evaluation, *self._message(kind)]

    def evaluated(self, route: Route) -> Parts:
        """From sending Request to the target's decision."""
        evaluation = slowed(self._scenario.stages.evaluation, route.target)
        return [*self._message("request"), Constant(route.there_us), evaluation, *self.wire(1)]

    def downtime(self, route: Route) -> Parts:
        """From Accept's arrival to the actor's running at the target."""
        return [*self._hand_over(route), *self.wire(1)]

    def _hand_over(self, route: Route) -> Parts:
        """The same without the wire."""
        stages = self._scenario.stages
        return [
            slowed(stages.checkpoint, route.source),
            *self._message("complete"),
            Constant(route.there_us),
            slowed(stages.restore, route.target),
        ]

    def ack(self, route: Route) -> Parts:
        """From there to Ack's arrival."""
        return [*self._message("ack"), Constant(route.distance_us - route.there_us)]

    def migration(self, route: Route) -> Parts:
        """From sending Request to Ack's arrival; the same state crosses the wire twice."""
        return [*self._answer(route, "accept"), *self._hand_over(route), *self.ack(route), *self.wire(2)]

    def later(self, route: Route, state: State) -> Parts:
        """The durations for which a record waits in a state after Requesting."""
        if state is State.CHECKPOINTING:
            return self.downtime(route)[:1]
        if state is State.TRANSFERRING:
            return [*self.downtime(route)[1:], *self.ack(route)]
        back = Constant(route.distance_us - route.there_us)
        return [*self._message("accept"), back, *self.downtime(route)]

    def _message(self, kind: str) -> Parts:
        network = self._scenario.network
        gossip = network.gossip
        return [network.latency, gossip.delay] if kind in gossip.messages else [network.latency]

    def wire(self, times: int) -> Parts:
        """The transmission time of the state, which crosses the wire this many times."""
        bandwidth = self._scenario.network.bandwidth
        if not bandwidth:
            return []
        return [Scaled(self._scenario.actors.state_size, times * 1e6 / bandwidth)]


def slowed(stage: Distribution, group: ExecutorGroup) -> Distribution:
    """The duration of a stage at an executor of the group, µs."""
    return Scaled(stage, group.slowdown) if group.behavior == "slow" else stage

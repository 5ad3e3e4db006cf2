"""Detection of herds: Requests of different sources to one target within two seconds (hazard 17)."""

from typing import Final

from icnsim.protocol.messages import ActorId, AttemptId, ExecutorId
from icnsim.simulation.hooks import Hooks
from icnsim.simulation.time.environment import Environment

HERD_US: Final = 2_000_000
"""The time within which Requests form a herd: the propagation time of a gossip."""


class Herd:
    """Compares each Request with the previous Request to the same target."""

    def __init__(self, env: Environment, hooks: Hooks) -> None:
        self._env = env
        self._hazard = hooks.hazard
        self._asked: dict[ExecutorId, tuple[int, ExecutorId]] = {}
        hooks.attempt_began.append(self._began)

    def _began(self, actor: ActorId, number: int, source: ExecutorId, target: ExecutorId, attempt: AttemptId) -> None:
        now, asked = self._env._now, self._asked.get(target)
        if asked is not None and now - asked[0] < HERD_US and asked[1] != source:
            for listener in self._hazard:
                listener(17, actor, attempt, source)
        self._asked[target] = (now, source)

"""Visit every world that a configuration can reach, nearest first, and check the invariants in each."""

from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from icnsim.modelcheck.configuration import Configuration
from icnsim.modelcheck.executor import What
from icnsim.modelcheck.frozen import DEAD
from icnsim.modelcheck.world import Worlds
from icnsim.protocol.states import Event, State

WHAT = {"end": "end stage", "initiate": "initiate to"}


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The shortest way to a violation of an invariant."""

    invariant: str
    evidence: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an exploration.

    Attributes
    ----------
    states, steps : the number of visited worlds, and of steps between them.
    complete : whether every reachable world was visited.
    rows : the rows of the transition table that were taken.
    broken : the number of steps or worlds that break each invariant; counterexamples : the shortest for each.
    """

    states: int
    steps: int
    complete: bool
    rows: frozenset[tuple[State, Event]]
    broken: Mapping[str, int]
    counterexamples: Mapping[str, Counterexample]


def explore(configuration: Configuration, most: int | None = None) -> Result:
    """Visit every reachable world, or as many as `most`."""
    return Explorer(configuration).run(most)


class Explorer:
    """A breadth-first search."""

    def __init__(self, configuration: Configuration) -> None:
        self.worlds = Worlds(configuration)
        first = self.worlds.begin()
        self._visited = {first: 0}
        self._parents = array("q", [-1])
        self._broken: Counter[str] = Counter()
        self._found: dict[str, tuple[int, str, str]] = {}
        self._settling_from, self._settling_to = array("q"), array("q")
        self._settled: list[int] = []

    def run(self, most: int | None) -> Result:
        """Search; see `explore`."""
        worlds, visited, parents = self.worlds, self._visited, self._parents
        order = list(visited)
        steps = place = 0
        while place < len(order) and (most is None or len(order) < most):
            world = order[place]
            settles = False
            for step in worlds.steps(world):
                steps += 1
                after = step.after
                number = visited.get(after)
                if number is None:
                    number = visited[after] = len(order)
                    order.append(after)
                    parents.append(place)
                    if worlds.running(after) > 1:
                        self._note(
                            "I1", place, f"{worlds.running(after)} copies run", self._words(step.executor, step.what)
                        )
                if step.settles:
                    settles = True
                    if number != place:
                        self._settling_from.append(place)
                        self._settling_to.append(number)
                for invariant, evidence in step.broken:
                    self._note(invariant, place, evidence, self._words(step.executor, step.what))
            if not settles:
                self._settled.append(place)
                for invariant, evidence in worlds.unsettled(world):
                    self._note(invariant, place, evidence, "")
            place += 1
        complete = place == len(order)
        if complete:
            self._find_stuck(order)
        found = {
            invariant: Counterexample(invariant, evidence, tuple(self._way(order, at)) + ((last,) if last else ()))
            for invariant, (at, evidence, last) in sorted(self._found.items())
        }
        rows = frozenset(worlds.executors.rows)
        return Result(len(order), steps, complete, rows, dict(sorted(self._broken.items())), found)

    def _note(self, invariant: str, place: int, evidence: str, last: str) -> None:
        self._broken[invariant] += 1
        self._found.setdefault(invariant, (place, evidence, last))

    def _find_stuck(self, order: list[tuple[int, ...]]) -> None:
        """The worlds from which no settled world can be reached by settling steps."""
        starts = array("q", bytes(8 * (len(order) + 1)))
        for to in self._settling_to:
            starts[to + 1] += 1
        for n in range(len(order)):
            starts[n + 1] += starts[n]
        sources, fill = array("q", bytes(8 * len(self._settling_to))), array("q", starts)
        for source, to in zip(self._settling_from, self._settling_to, strict=True):
            sources[fill[to]] = source
            fill[to] += 1
        good = bytearray(len(order))
        todo = list(self._settled)
        for n in todo:
            good[n] = 1
        while todo:
            n = todo.pop()
            for source in sources[starts[n] : starts[n + 1]]:
                if not good[source]:
                    good[source] = 1
                    todo.append(source)
        states = self.worlds.executors.states
        for place, is_good in enumerate(good):
            if not is_good and not any(states[number].up == DEAD for number in order[place][:-2]):
                self._note("I6", place, "no settled world can be reached any more", "")

    # Counterexamples in words

    def _way(self, order: list[tuple[int, ...]], place: int) -> list[str]:
        words = []
        while self._parents[place] >= 0:
            before = self._parents[place]
            step = next(step for step in self.worlds.steps(order[before]) if step.after == order[place])
            words.append(self._words(step.executor, step.what))
            place = before
        return ["executor 0: initiate to 1", *reversed(words)]

    def _words(self, executor: int, what: What) -> str:
        name, argument, more = what
        if name in {"deliver", "lose", "duplicate", "forge"}:
            message = self.worlds.executors.messages[argument]
            return f"executor {executor}: {name} {message[1].label} of attempt {message[2]} from {message[3]}"
        words = [WHAT.get(name, name)]
        if name == "initiate":
            words.append(f"{argument} as attempt {more}")
        elif name == "end":
            words.append(f"{argument}{'' if more else ' badly'}")
        return f"executor {executor}: {' '.join(words)}"

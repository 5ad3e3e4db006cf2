"""The random draws of a run: named Philox streams drawn in columns.

Theory of operation. A draw is a uniform number at one place of one stream. The stream is
named by the purpose (and the attempt's number or the executor group), the place by the
arrival, the executor or the actor; nothing depends on when the draw is used. A
distribution turns the uniform into a value by its inverse, one uniform a value. So:

* a change of the timeout changes no draw, and a change of a distribution changes no other draw
  and couples the old with the new draw (common random numbers);
* a longer run begins with the draws of the shorter one;
* an added executor group does not change the phases of the other groups.

A stream is NumPy's counter-based Philox with SHA-256 of (seed, name) as its key
(Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
"""

import hashlib
from array import array
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from icnsim.protocol.messages import DESIGNED, Kind
from icnsim.scenario import Distribution, Scenario
from icnsim.scenario.units import LONGEST_US

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

REDRAWS = 64
"""The number of redraws of a busy actor before the idle ones are listed."""

ANSWERS = {Kind.ACCEPT: "answer", Kind.REJECT: "answer"}
"""Accept and Reject of an attempt share one draw, because an attempt has only one answer."""


BLOCK = 64
"""Numbers of a stream of single draws that are drawn at once: few are needed, of very many streams."""


class GivenDraws(int):
    """A seed whose uniforms an object gives in place of the seed's own streams, see `icnsim.rare_events`."""

    def given(self, purpose: str, count: int, start: int) -> Floats:
        """Numbers `start` to `start + count`, uniform on [0, 1), of the stream with that name."""
        raise NotImplementedError


def uniforms(seed: int, purpose: str, count: int, start: int = 0) -> Floats:
    """Numbers `start` to `start + count`, uniform on [0, 1), of the stream with that name.

    `start` is a multiple of 4: a step of Philox's counter gives four numbers.
    """
    if isinstance(seed, GivenDraws):
        return seed.given(purpose, count, start)
    key = int.from_bytes(hashlib.sha256(f"{seed}/{purpose}".encode()).digest()[:16], "little")
    philox = np.random.Philox(key=key)
    if start:
        philox.advance(start // 4)
    return np.random.Generator(philox).random(count)


def whole(values: NDArray[np.floating[Any]]) -> Integers:
    """Round to whole µs (or bytes); at most a century, which no run reaches."""
    rounded: Integers = np.rint(np.minimum(values, LONGEST_US)).astype(np.int64)
    return rounded


def whole_of_one(value: float) -> int:
    """The same for one number."""
    return round(min(value, LONGEST_US))


def draws(seed: int, purpose: str, distribution: Distribution, count: int) -> Integers:
    """The first `count` draws of a distribution from the stream with that name, whole µs (or bytes)."""
    if distribution.constant is not None:
        return np.full(count, round(distribution.constant), dtype=np.int64)
    with np.errstate(over="ignore", divide="ignore"):  # a heavy tail may be infinite
        return whole(distribution.ppf(uniforms(seed, purpose, count)))


def packed(values: Integers) -> "array[int]":
    """The values as an `array`: reading one is several times faster than from NumPy."""
    return array("q", values.tobytes())


MOST_HELD = 1 << 16
"""The number of streams of which a block is kept, 50 MB; the others are drawn again."""


_WORD: Final = (1 << 64) - 1


def uniform_at(seed: int, purpose: str, place: int) -> float:
    """The uniform at one place of a stream: the same bits as `uniforms`, at a third of the time of a NumPy generator.

    Ten rounds of Philox4x64 (Salmon et al. 2011); NumPy counts its steps from 1.
    """
    if isinstance(seed, GivenDraws):
        return float(seed.given(purpose, 1, place)[0])
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    k0, k1 = int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:16], "little")
    a, b, c, d = place // 4 + 1, 0, 0, 0
    for _ in range(10):
        left, right = 0xD2E7470EE14C6C93 * a, 0xCA5A826395121157 * c
        a, b, c, d = (right >> 64) ^ b ^ k0, right & _WORD, (left >> 64) ^ d ^ k1, left & _WORD
        k0, k1 = (k0 + 0x9E3779B97F4A7C15) & _WORD, (k1 + 0xBB67AE8584CAA73B) & _WORD
    return ((a, b, c, d)[place % 4] >> 11) * 2.0**-53


class Further:
    """Single draws of streams that few of the arrivals need.

    The first draw of a block is computed alone. The second one draws the whole block, which is kept until the next.

    Parameters
    ----------
    seed : of the run.
    """

    __slots__ = ("_blocks", "_seed")

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._blocks: dict[str, tuple[int, Floats | None]] = {}

    def uniform(self, purpose: str, place: int) -> float:
        """The uniform at that place of the stream with that name."""
        block, offset = divmod(place, BLOCK)
        held = self._blocks.get(purpose)
        if held is None or held[0] != block:
            if len(self._blocks) >= MOST_HELD:
                self._blocks.clear()
            self._blocks[purpose] = (block, None)
            return uniform_at(self._seed, purpose, place)
        numbers = held[1]
        if numbers is None:
            numbers = uniforms(self._seed, purpose, BLOCK, block * BLOCK)
            self._blocks[purpose] = (block, numbers)
        return float(numbers[offset])

    def whole(self, purpose: str, distribution: Distribution, place: int) -> int:
        """The draw of a distribution at that place, whole µs (or bytes)."""
        if distribution.constant is not None:
            return round(distribution.constant)
        return whole_of_one(distribution.at(self.uniform(purpose, place)))


class ArrivalDraws(NamedTuple):
    """The draws of one arrival: its time, and the uniforms that select its actor and its target."""

    time_us: int
    actor_u: float
    target_u: float


class AttemptDraws(NamedTuple):
    """The draws of one attempt, µs before slowdown, distance and bandwidth are added.

    `lost` and `duplicated` hold the kinds of its lost and duplicated messages, `duplicate_us` the delay
    of the second copy of each kind. `answer_u` and the target's probability decide whether the
    target answers, and `queue_u` selects the length of its queue.
    """

    answer_u: float
    queue_u: float
    delay_us: dict[Kind, int]
    evaluation_us: int
    checkpoint_us: int
    restore_us: int
    lost: frozenset[Kind]
    duplicated: frozenset[Kind]
    duplicate_us: dict[Kind, int]


class Streams:
    """The columns of draws that one run reads, indexed by the arrival's number.

    Attributes
    ----------
    seed : of the run. times : when migrations arrive, µs, ascending.
    actor_u, target_u : uniforms that pick the actor and the target.
    answer_u, queue_u : uniforms of the target's answer and queue.
    delays : for each `Kind`, latency and gossip delay of that message, µs.
    lost, duplicated : for each `Kind`, uniforms to be compared with the probability.
    duplicate_delays : for each `Kind`, the delay of the second copy, µs.
    """

    def __init__(self, scenario: Scenario, times: Integers) -> None:
        self.seed = scenario.seed
        self._scenario = scenario
        self._count = len(times)
        network = scenario.network
        self.times = times
        self.further = Further(scenario.seed)
        self.actor_u = self._uniforms("actor")
        self.target_u = self._uniforms("target")
        self.answer_u = self._uniforms("answered/1")
        self.queue_u = self._uniforms("queue/1")
        self._stages = {
            name: self._whole(f"{name}/1", distribution) for name, distribution in self._stage_distributions().items()
        }
        self._slowed: dict[tuple[str, float], array[int]] = {}
        self.delays = [self._delay(scenario, kind, "") for kind in DESIGNED]
        self.lost = self._chances("lost", network.loss)
        self.duplicated = self._chances("duplicated", network.duplication)
        self.duplicate_delays = (
            [self._delay(scenario, kind, "/copy") for kind in DESIGNED] if network.duplication else []
        )

    def arrival(self, number: int) -> ArrivalDraws:
        """The draws of an arrival."""
        return ArrivalDraws(int(self.times[number]), self.actor_u[number], self.target_u[number])

    def redraw(self, number: int, turn: int) -> float:
        """The uniform that selects another actor when this arrival has met a busy one; `turn` counts from 1."""
        return self.further.uniform(f"actor/{turn}", number)

    def queue_length(self, queue: Distribution, number: int) -> float:
        """The length of the target's queue when it evaluates that arrival's request."""
        return queue.at(self.queue_u[number])

    def attempt(self, number: int, attempt: int = 1) -> AttemptDraws:
        """The draws of one attempt of the migration that arrived as `number`."""
        assert attempt == 1
        return AttemptDraws(
            answer_u=self.answer_u[number],
            queue_u=self.queue_u[number],
            delay_us={kind: int(self.delays[kind][number]) for kind in DESIGNED},
            evaluation_us=int(self._stages["evaluation"][number]),
            checkpoint_us=int(self._stages["checkpoint"][number]),
            restore_us=int(self._stages["restore"][number]),
            lost=frozenset(kind for kind in DESIGNED if self.lost and self.lost[kind][number]),
            duplicated=frozenset(kind for kind in DESIGNED if self.duplicated and self.duplicated[kind][number]),
            duplicate_us={kind: int(column[number]) for kind, column in zip(DESIGNED, self.duplicate_delays)},
        )

    def extend(self, number: int, attempt: int) -> None:
        """Append the draws of a retry, the given attempt of the arrival `number`, to every column."""
        draw, uniform, network = self.further.whole, self.further.uniform, self._scenario.network
        self.target_u.append(uniform(f"target/{attempt}", number))
        self.answer_u.append(uniform(f"answered/{attempt}", number))
        self.queue_u.append(uniform(f"queue/{attempt}", number))
        for name, distribution in self._stage_distributions().items():
            drawn = draw(f"{name}/{attempt}", distribution, number)
            for (stage, slowdown), column in self._slowed.items():
                if stage == name:
                    column.append(min(LONGEST_US, round(drawn * slowdown)))
        for kind in DESIGNED:
            self.delays[kind].append(self.delay(kind, number, attempt, "", network.latency))
            if self.lost:
                self.lost[kind].append(uniform(f"lost/{kind.label}/{attempt}", number) < network.loss)
            if self.duplicated:
                again = uniform(f"duplicated/{kind.label}/{attempt}", number) < network.duplication
                self.duplicated[kind].append(again)
                self.duplicate_delays[kind].append(self.delay(kind, number, attempt, "/copy", network.latency))

    def delay(self, kind: Kind, number: int, attempt: int, copy: str, latency: Distribution) -> int:
        """Latency and gossip delay of a message without a column: a retry, a repetition, or a link with its own law."""
        purpose, gossip = f"{ANSWERS.get(kind, kind.label)}/{attempt}{copy}", self._scenario.network.gossip
        delay = self.further.whole(f"latency/{purpose}", latency, number)
        if kind.label in gossip.messages:
            delay += self.further.whole(f"gossip/{purpose}", gossip.delay, number)
        return delay

    def stage(self, name: str, slowdown: float) -> "array[int]":
        """Durations of a stage, µs, on executors that are slower by that factor."""
        if (name, slowdown) not in self._slowed:
            column = self._stages[name]
            self._slowed[name, slowdown] = packed(column if slowdown == 1 else whole(column * slowdown))
        return self._slowed[name, slowdown]

    def _stage_distributions(self) -> dict[str, Distribution]:
        stages = self._scenario.stages
        return {"evaluation": stages.evaluation, "checkpoint": stages.checkpoint, "restore": stages.restore}

    def _uniforms(self, purpose: str) -> "array[float]":
        return array("d", uniforms(self.seed, purpose, self._count).tobytes())

    def _whole(self, purpose: str, distribution: Distribution) -> Integers:
        return draws(self.seed, purpose, distribution, self._count)

    def _delay(self, scenario: Scenario, kind: Kind, copy: str) -> "array[int]":
        """Latency of one message of each attempt, with its gossip delay if it is gossiped."""
        purpose = f"{ANSWERS.get(kind, kind.label)}/1{copy}"
        delay = self._whole(f"latency/{purpose}", scenario.network.latency)
        gossip = scenario.network.gossip
        if kind.label in gossip.messages:
            delay = delay + self._whole(f"gossip/{purpose}", gossip.delay)
        return packed(delay)

    def _chances(self, purpose: str, probability: float) -> "list[array[int]]":
        """For each kind, 1 where it happens to that message; empty if it never happens."""
        if not probability:
            return []
        return [
            array("b", (uniforms(self.seed, f"{purpose}/{kind.label}/1", self._count) < probability).tobytes())
            for kind in DESIGNED
        ]


def phases(scenario: Scenario, loop: str, interval: int) -> Integers:
    """The phase of a background loop of each executor, uniform in [0, interval) µs; one stream a group."""
    drawn = [uniforms(scenario.seed, f"phase/{loop}/{group.group}", group.count) for group in scenario.executors]
    return np.floor(np.concatenate(drawn) * interval).astype(np.int64)

"""The actors of a scenario: their number, their state, and the cost of its checkpoints."""

from typing import Annotated, Literal

from pydantic import Field, Tag

from icnsim.protocol.task import HIGHEST_RATE
from icnsim.protocol.wasm import PAGE, Copying, Memory, pages_of, post_copy, pre_copy, stop_and_copy
from icnsim.scenario.distributions import Constant
from icnsim.scenario.fields import Bandwidth, Duration, PositiveDuration, RandomNumber, RandomSize, Rate, Size
from icnsim.scenario.section import EITHER, MAPPING, SCALAR, Section
from icnsim.scenario.units import LONGEST_US

S = 1_000_000


class StatefulMode(Section):
    checkpoint_interval: PositiveDuration = 60 * S
    max_state_size: Size = 10 * 2**20

    def checkpoint_size(self, size_bytes: int) -> int:
        """The size of a checkpoint of an actor with that size of state, bytes."""
        return size_bytes


class WasmMode(StatefulMode):
    """An actor in WASM linear memory."""

    checkpoints: Literal["full", "incremental"] = "full"
    dirty_rate: Rate = 0.0
    working_set: Size | None = None
    migration: Literal["stop-and-copy", "pre-copy", "post-copy"] = "stop-and-copy"
    stop_below: Annotated[int, Field(ge=0, le=1_000_000)] = 64
    max_rounds: Annotated[int, Field(ge=1, le=1000)] = 30

    def memory(self, size_bytes: int) -> Memory:
        """The memory of an actor with that size of state."""
        pages = pages_of(size_bytes)
        return Memory(pages, pages if self.working_set is None else pages_of(self.working_set), self.dirty_rate)

    def copying(self, size_bytes: int, page_s: float) -> Copying:
        """How a migration copies the memory of an actor; a page takes `page_s` on the wire."""
        memory = self.memory(size_bytes)
        if self.migration == "pre-copy":
            return pre_copy(memory, page_s, self.stop_below, self.max_rounds)
        return post_copy(memory) if self.migration == "post-copy" else stop_and_copy(memory)

    def checkpoint_size(self, size_bytes: int) -> int:
        """The size of all pages, or of those written in an interval, bytes."""
        memory = self.memory(size_bytes)
        full = self.checkpoints == "full"
        return (memory.pages if full else memory.dirtied(self.checkpoint_interval / 1e6)) * PAGE


class ActorMode(Section):
    stateful: StatefulMode | None = None
    wasm_stateful: WasmMode | None = None


class Actors(Section):
    count: Annotated[int, Field(ge=0, le=10_000_000)] = 1000
    mode: Annotated[Annotated[ActorMode, Tag(MAPPING)] | Annotated[Literal["ephemeral"], Tag(SCALAR)], EITHER] = (
        ActorMode(stateful=StatefulMode())
    )
    state_size: RandomSize = Constant(float(2**20))
    message_rate: Rate = 0.0
    forward_patience: PositiveDuration | None = None
    blobs: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    load: RandomNumber = Constant(0.0)
    fuel_rate: Rate = 0.0
    payment_rate: Annotated[int, Field(ge=0, le=HIGHEST_RATE)] = 0


class RuntimeOf(Section):
    """The actor runtime of each executor."""

    queueing: Literal["always", "paused"] = "always"


class Checkpoints(Section):
    """The cost of checkpoints of running actors, and the store of all checkpoints."""

    store: Literal["durable", "memory"] = "durable"
    time: Duration = 0
    bandwidth: Bandwidth | None = None
    flush: Duration = 0
    pauses: bool = True
    store_bandwidth: Bandwidth | None = None

    def cost(self, size: float) -> int:
        """The time to make a checkpoint of a state of that size in bytes, µs."""
        return self.time + (0 if self.bandwidth is None else min(LONGEST_US, round(size * 1e6 / self.bandwidth)))

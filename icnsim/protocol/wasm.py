"""The linear memory of a WASM actor, and how it is copied: page by page, while the actor runs or while it is paused.

An actor writes `dirty_rate` pages a second that it has not written since the last copy, until it has written all of
its writable working set (Clark et al. 2005): min(r t, W) in t seconds. Pages that are written
during a copy must be copied again.

Sources: C. Clark, K. Fraser, S. Hand, J. G. Hansen, E. Jul, C. Limpach, I. Pratt and A. Warfield, "Live migration of
virtual machines", NSDI 2005 (pre-copy, its rounds and when to stop); M. R. Hines, U. Deshpande and K. Gopalan,
"Post-copy live migration of virtual machines", ACM SIGOPS Operating Systems Review 43 (2009).
"""

from typing import Final, NamedTuple

PAGE: Final = 64 * 1024
"""Bytes of a page of WASM's linear memory; WebAssembly Core Specification, section 4.2.8."""


def pages_of(size_bytes: int) -> int:
    """The number of pages that hold this many bytes; at least 1."""
    return max(1, -(-size_bytes // PAGE))


class Memory(NamedTuple):
    """An actor's memory: its pages, its writable working set, pages, and the pages that it newly writes per second."""

    pages: int
    working_set: int
    dirty_rate: float

    def dirtied(self, seconds: float) -> int:
        """The number of pages that it has written in that time."""
        return min(self.working_set, self.pages, round(self.dirty_rate * seconds))


class Copying(NamedTuple):
    """The pages that a migration copies: in each round while the actor runs, and during the pause."""

    live: tuple[int, ...]
    final: int
    afterwards: int = 0
    """The pages that are copied after the actor runs at the target."""


def stop_and_copy(memory: Memory) -> Copying:
    """Copies all pages while the actor is paused."""
    return Copying((), memory.pages)


def pre_copy(memory: Memory, page_s: float, stop_below: int, max_rounds: int) -> Copying:
    """Copies all pages while the actor runs, then repeatedly those that it has written meanwhile.

    The actor is paused for the last pages when at most `stop_below` are left, `max_rounds` were made, or a
    round would be no shorter than the one before. `page_s` is the time that a page takes.
    """
    rounds, left = [memory.pages], memory.dirtied(memory.pages * page_s)
    while left > stop_below and len(rounds) < max_rounds and left < rounds[-1]:
        rounds.append(left)
        left = memory.dirtied(left * page_s)
    return Copying(tuple(rounds), left)


def post_copy(memory: Memory) -> Copying:
    """Copies the state of execution, one page, during the pause, and the others while the actor runs at the target."""
    return Copying((), 1, memory.pages - 1)

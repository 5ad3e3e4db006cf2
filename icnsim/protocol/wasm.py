"""The linear memory of a WASM actor, and how it is copied: page by page, while the actor runs or while it is paused.

An actor writes `dirty_rate` pages a second that it has not written since the last copy, until it has written all of
its writable working set (Clark et al. 2005): min(r t, W) in t seconds. What is written while a copy is made must be
copied again.

Sources: C. Clark, K. Fraser, S. Hand, J. G. Hansen, E. Jul, C. Limpach, I. Pratt and A. Warfield, "Live migration of
virtual machines", NSDI 2005 (pre-copy, its rounds and when to stop); M. R. Hines, U. Deshpande and K. Gopalan,
"Post-copy live migration of virtual machines", ACM SIGOPS Operating Systems Review 43 (2009).
"""

from typing import Final, NamedTuple

PAGE: Final = 64 * 1024
"""Bytes of a page of WASM's linear memory; WebAssembly Core Specification, section 4.2.8."""


def pages_of(size_bytes: int) -> int:
    """Pages that hold so many bytes; one at least."""
    return max(1, -(-size_bytes // PAGE))


class Memory(NamedTuple):
    """An actor's memory: its pages, those that it writes at all, and how many new ones it writes a second."""

    pages: int
    working_set: int
    dirty_rate: float

    def dirtied(self, seconds: float) -> int:
        """Pages that it has written in that time."""
        return min(self.working_set, self.pages, round(self.dirty_rate * seconds))


class Copying(NamedTuple):
    """A migration's copying: pages of each round while the actor runs, and those that are left for the pause."""

    live: tuple[int, ...]
    final: int
    afterwards: int = 0
    """Pages that follow once the actor runs at the target."""


def stop_and_copy(memory: Memory) -> Copying:
    """Everything while it is paused."""
    return Copying((), memory.pages)


def pre_copy(memory: Memory, page_s: float, stop_below: int, max_rounds: int) -> Copying:
    """All pages while it runs, then again and again those that it has written meanwhile.

    It is paused for the last ones once at most `stop_below` are left, `max_rounds` were made, or a
    round would be no shorter than the one before. `page_s` is the time that a page takes.
    """
    rounds, left = [memory.pages], memory.dirtied(memory.pages * page_s)
    while left > stop_below and len(rounds) < max_rounds and left < rounds[-1]:
        rounds.append(left)
        left = memory.dirtied(left * page_s)
    return Copying(tuple(rounds), left)


def post_copy(memory: Memory) -> Copying:
    """One page, for the state of execution, while it is paused; the others while it runs at the target."""
    return Copying((), 1, memory.pages - 1)

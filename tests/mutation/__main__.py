"""Mutates the protocol, the columnar kernel and the recording, and counts the mutants that the tests kill.

Usage: ``python -m tests.mutation [--module TEXT]… [--sample N --seed S] [--jobs J] [--list-survivors]``.

First each test runs once, to find the lines that it executes; they are kept (see `kept`). Then each mutant (see
`mutators`) is tried by the tests that execute its line, until one fails or takes too long. A mutant whose compiled code
is that of the module is not counted. ``--list-survivors`` prints the survivors, with the reasons that `explained.toml`
gives: such a mutant is equivalent to the module, or has no consequence. ``--sample`` draws some mutants and prints the
Wilson interval of each proportion.

Two proportions are printed: of all mutants, and of those without an explanation. The second one is the usual mutation
score, which leaves out equivalent mutants (DeMillo, Lipton and Sayward 1978, "Hints on test data selection"). The exit
code is 1 if it is less than 90 %.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.mutation.explained import explanations
from tests.mutation.mutants import PARTS, modules
from tests.mutation.trial import SAME, TESTS, Verdict, verdicts

LEAST: Final = 0.9
"""The proportion of mutants without an explanation that must be killed."""
Z: Final = 1.959963984540054
"""The 97.5 % quantile of the normal distribution."""
TELL_EVERY_S: Final = 15.0


def wilson(killed: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a proportion (Wilson 1927, "Probable inference, the law of succession")."""
    share, weight = killed / count, Z * Z / count
    centre = (share + weight / 2) / (1 + weight)
    half = (share * (1 - share) / count + weight / count / 4) ** 0.5 * Z / (1 + weight)
    return centre - half, centre + half


def share(of: str, killed: int, count: int, *, sampled: bool) -> str:
    """A line with the proportion of killed mutants, and with its interval if they are a sample."""
    text = f"{killed} of {count} are killed of {of}"
    if not count:
        return text
    interval = " [{:.1%}, {:.1%}] with 95 %".format(*wilson(killed, count)) if sampled else ""
    return f"{text}: {killed / count:.1%}{interval}"


class Progress:
    """Writes progress to the standard error from any process, at most every few seconds."""

    def __init__(self) -> None:
        self._descriptor = os.dup(2)
        self._told = 0.0

    def __call__(self, text: str) -> None:
        if time.monotonic() - self._told >= TELL_EVERY_S:
            self._told = time.monotonic()
            os.write(self._descriptor, f"{text}\n".encode())


def table(found: Sequence[Verdict]) -> list[str]:
    """The lines of the table: for each module and each part the killed, the survivors and the share of the killed."""
    killed, count = Counter[str](), Counter[str]()
    for each in found:
        if each.why != SAME:
            part = next(part for part in PARTS if each.name.module.startswith(part))
            for key in (each.name.module, part, "all"):
                count[key] += 1
                killed[key] += not each.survived
    keys = [*sorted(count.keys() - {*PARTS, "all"}), *(part for part in PARTS if count[part]), "all"]
    lines = [f"{'':44} {'killed':>7} {'survived':>9} {'share':>7}"]
    for key in keys:
        share = f"{killed[key] / count[key]:.1%}" if count[key] else ""
        lines.append(f"{key:44} {killed[key]:7} {count[key] - killed[key]:9} {share:>7}")
    return lines


def main(arguments: Sequence[str] | None = None, tests: Sequence[str] = TESTS) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description="Mutate icnsim and run its tests.")
    parser.add_argument("--module", action="append", default=[], help="a part of the paths of some modules; repeatable")
    parser.add_argument("--sample", type=int, help="the number of mutants that are drawn; by default all are tried")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the sample")
    parser.add_argument("--jobs", type=int, default=1, help="the number of mutants that are tried at once")
    parser.add_argument("--list-survivors", action="store_true", help="print every survivor, with its explanation")
    given = parser.parse_args(arguments)
    files = modules(given.module)
    if not files:
        parser.error(f"--module: no mutated module contains {' or '.join(given.module)}")

    def chosen(count: int) -> Sequence[int]:
        some = count if given.sample is None else min(given.sample, count)
        return sorted(random.Random(given.seed).sample(range(count), some))

    began = time.monotonic()
    known = verdicts(chosen, files, tests, given.jobs, Progress())
    found = sorted(known, key=lambda each: (each.name.module, each.number))
    print(*table(found), sep="\n")
    reasons = explanations()
    survivors = [each for each in found if each.survived and each.why != SAME]
    if given.list_survivors:
        for each in survivors:
            print(f"{each.name.module}:{each.number}: {each.name.line}\n    {each.name.change}")
            print(f"    {reasons.get(each.name) or each.why or 'NOT EXPLAINED'}")
    same = sum(each.why == SAME for each in found)
    count = len(found) - same
    killed = count - len(survivors)
    unexplained = sum(each.name not in reasons for each in survivors)
    print(f"{len(found)} mutants in {time.monotonic() - began:.0f} s; {same} of them have the same code")
    print(f"{len(survivors)} survive, {unexplained} of them without an explanation")
    print(share("all mutants", killed, count, sampled=given.sample is not None))
    print(share("those without an explanation", killed, killed + unexplained, sampled=given.sample is not None))
    return 1 if killed < LEAST * (killed + unexplained) else 0


if __name__ == "__main__":
    sys.exit(main())

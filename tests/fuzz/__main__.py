"""Tries random inputs: ``python -m tests.fuzz --count 10000 --seed 1``.

Every input must be run or refused with a message. The command prints each kind of failure once, makes its input smaller
and writes it to ``tests/fuzz/kept``, whose files are tests. The exit code is 1 if an input failed.
"""

import argparse
import re
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from typing import Final

from tests.fuzz import damage
from tests.fuzz.given import Input
from tests.fuzz.inputs import KINDS, ORDER, attempts
from tests.fuzz.smaller import smaller
from tests.fuzz.trying import FAILED, REFUSED, Outcome
from tests.fuzz.watchdog import HANG, Watchdog

KEPT: Final = Path(__file__).parent / "kept"
SHOWN: Final = 1000
"""The number of inputs after which the progress is printed."""


def general(why: str) -> str:
    """A failure without its numbers and quoted texts, so that equal failures are counted together."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[0-9][0-9.,]*", "…", why)[:120]


def fuzzed(
    numbers: range, kinds: tuple[str, ...], seed: int, limit_s: float, keep: Path
) -> tuple[Counter[str], dict[str, str]]:
    """Try the inputs of these numbers, of one kind after the other.

    Returns
    -------
    The number of inputs by kind and outcome, and the small input of each failure, as JSON.
    """
    watchdog = Watchdog(limit_s)
    counts, failures = Counter[str](), dict[str, str]()
    for count, number in enumerate(numbers, 1):
        kind = kinds[number % len(kinds)]
        given, outcome, refused = last_attempt(watchdog, kind, seed, number)
        counts[f"{kind} {outcome.what}"] += 1
        counts["further attempts that were refused"] += refused
        if count % SHOWN == 0:
            print(f"{count:,} of {len(numbers):,}", flush=True)
        same = general(outcome.why)
        if outcome.what != FAILED or same in failures:
            continue
        failures[same] = ""
        print(f"{kind}, seed {seed}, number {number}: {outcome.why}", flush=True)
        small = given if outcome.why.startswith(HANG) else smaller(given, partial(_fails, watchdog, same))
        failures[same] = small.dumps(why=outcome.why, found=f"{kind}, seed {seed}, number {number}")
        _keep(keep, same, failures[same])
    watchdog.end()
    return counts, failures


def last_attempt(watchdog: Watchdog, kind: str, seed: int, number: int) -> tuple[Input, Outcome, int]:
    """The last attempt of a number, its outcome, and the number of attempts before it, which were refused."""
    making, refused = attempts(kind, seed, number), 0
    given = next(making)
    while True:
        outcome = watchdog.tried(given)
        if outcome.what != REFUSED:
            return given, outcome, refused
        try:
            given = making.send(outcome.keys)
        except StopIteration:
            return given, outcome, refused
        refused += 1


def _keep(folder: Path, same: str, small: str) -> None:
    path = folder / f"{sha256(same.encode()).hexdigest()[:12]}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(small, "utf-8")
    print(f"{path}: {same}", flush=True)


def _fails(watchdog: Watchdog, same: str, given: Input) -> bool:
    return general(watchdog.tried(given).why) == same


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Try random inputs.")
    parser.add_argument("--count", type=int, default=10_000, help="the number of inputs")
    parser.add_argument("--seed", type=int, default=1, help="the seed of all inputs")
    parser.add_argument("--first", type=int, default=0, help="the number of the first input")
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="only this kind; may be repeated")
    parser.add_argument("--jobs", type=int, default=1, help="the number of processes")
    parser.add_argument("--limit", type=float, default=60, help="the seconds that an input may take")
    parser.add_argument("--keep", type=Path, default=KEPT, help="the folder of failing inputs")
    chosen = parser.parse_args()
    kinds, last = tuple(chosen.kind or ORDER), chosen.first + chosen.count
    began, counts, failures = time.monotonic(), Counter[str](), dict[str, str]()
    if "results" in kinds:
        for arguments in damage.MADE_BY:
            damage.made(arguments)  # the children have the modules that this imports
    with ThreadPoolExecutor(chosen.jobs) as pool:
        shares = [range(chosen.first + job, last, chosen.jobs) for job in range(chosen.jobs)]
        for some, failed in pool.map(
            fuzzed, shares, repeat(kinds), repeat(chosen.seed), repeat(chosen.limit), repeat(chosen.keep)
        ):
            counts += some
            failures = {**failed, **failures}
    for name, count in sorted(counts.items()):
        print(f"{count:8,} {name}")
    print(f"{chosen.count:,} inputs in {time.monotonic() - began:.0f} s, {len(failures)} kinds of failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

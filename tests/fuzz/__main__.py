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

from tests.fuzz.inputs import KINDS, Input, made
from tests.fuzz.smaller import smaller
from tests.fuzz.trying import FAILED
from tests.fuzz.watchdog import Watchdog

KEPT: Final = Path(__file__).parent / "kept"


def general(why: str) -> str:
    """A failure without its numbers and quoted texts, so that equal failures are counted together."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|[0-9][0-9.,]*", "…", why)[:120]


def fuzzed(numbers: range, kinds: tuple[str, ...], seed: int, limit_s: float) -> tuple[Counter[str], dict[str, str]]:
    """Try the inputs of these numbers, of one kind after the other.

    Returns
    -------
    The number of inputs by kind and outcome, and the small input of each failure, as JSON.
    """
    watchdog = Watchdog(limit_s)
    counts, failures = Counter[str](), dict[str, str]()
    for number in numbers:
        kind = kinds[number % len(kinds)]
        given = made(kind, seed, number)
        outcome = watchdog.tried(given)
        counts[f"{kind} {outcome.what}"] += 1
        if outcome.what != FAILED or general(outcome.why) in failures:
            continue
        same = general(outcome.why)
        small = smaller(given, partial(_fails, watchdog, same))
        failures[same] = small.dumps(why=outcome.why, found=f"{kind}, seed {seed}, number {number}")
        print(f"{kind}, seed {seed}, number {number}: {outcome.why}", flush=True)
    watchdog.end()
    return counts, failures


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
    kinds, last = tuple(chosen.kind or KINDS), chosen.first + chosen.count
    began, counts, failures = time.monotonic(), Counter[str](), dict[str, str]()
    with ThreadPoolExecutor(chosen.jobs) as pool:
        shares = [range(chosen.first + job, last, chosen.jobs) for job in range(chosen.jobs)]
        for some, failed in pool.map(fuzzed, shares, repeat(kinds), repeat(chosen.seed), repeat(chosen.limit)):
            counts += some
            failures = {**failed, **failures}
    for name, count in sorted(counts.items()):
        print(f"{count:8,} {name}")
    for why, small in failures.items():
        path = chosen.keep / f"{sha256(why.encode()).hexdigest()[:12]}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(small, "utf-8")
        print(f"{path}: {why}")
    print(f"{chosen.count:,} inputs in {time.monotonic() - began:.0f} s, {len(failures)} kinds of failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

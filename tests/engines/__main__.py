"""Compares the engines on generated scenarios: ``python -m tests.engines --count 2000``.

Prints every difference, the share of the scenarios that `auto` gives to columns and the reasons for the others. The
exit code is 1 if the engines differ or the share is below four fifths.
"""

import argparse
import re
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import Final

from tests.engines.agreement import Agreement, agreement
from tests.engines.generator import generated, generated_for_events

LEAST_SHARE: Final = 0.8
"""The share of the scenarios that `auto` must give to columns."""


def compared(seed: int, *, events: bool = False) -> Agreement:
    """The engines on the scenario of a seed."""
    return agreement((generated_for_events if events else generated)(seed))


def general(why: str) -> str:
    """A reason without its numbers and names, so that equal reasons are counted together."""
    return re.sub(r"[0-9][0-9.,]*", "N", why)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.engines", description="Compare the engines.")
    parser.add_argument("--count", type=int, default=2000, help="the number of scenarios")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=2, help="the number of processes")
    parser.add_argument("--events", action="store_true", help="the scenarios that need events")
    chosen = parser.parse_args()
    seeds = range(chosen.first, chosen.first + chosen.count)
    used: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    differing = 0
    with ProcessPoolExecutor(chosen.jobs) as pool:
        for seed, each in zip(seeds, pool.map(partial(compared, events=chosen.events), seeds, chunksize=5)):
            used[each.used] += 1
            if each.used != "columns":
                reasons[general(each.why)] += 1
            if each.differences:
                differing += 1
                print(f"seed {seed}:", *each.differences, sep="\n  ", flush=True)
    share = used["columns"] / len(seeds)
    print(f"{len(seeds):,} scenarios; the engines differ on {differing:,}; columns computed {share:.1%}")
    for why, count in reasons.most_common():
        print(f"{count:6,} on events: {why}")
    enough = chosen.events or share >= LEAST_SHARE
    return 0 if enough and not differing else 1


if __name__ == "__main__":
    sys.exit(main())

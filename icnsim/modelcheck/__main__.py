"""`python -m icnsim.modelcheck`: explore one small world and print the violations."""

import argparse
import os
import sys
from dataclasses import replace
from time import perf_counter

from icnsim.modelcheck.configuration import DETECTORS, Configuration, tracked_by
from icnsim.modelcheck.explore import Result, explore
from icnsim.protocol.profile import PROFILES
from icnsim.protocol.states import table


def main(arguments: list[str] | None = None) -> int:
    """Explore; returns 1 if an invariant can be broken or the search was not complete."""
    given = _parser().parse_args(arguments)
    switches = replace(PROFILES[given.profile], **dict.fromkeys(given.without, False))
    configuration = Configuration(
        executors=given.executors,
        migrations=given.migrations,
        retries=given.retries,
        lost_or_duplicated=given.messages,
        crashes=given.crashes,
        lost_disks=given.lost_disks,
        deaths=given.deaths,
        damaged=given.damaged,
        forged=given.forged,
        eager=not given.lazy,
        cleanup=not given.no_cleanup,
        switches=switches,
        tracked=tracked_by("hardened" if given.track_all else given.profile),
        detector=DETECTORS[given.detector],
    )
    began = perf_counter()
    result = explore(configuration, given.most)
    print("\n".join(report(result, len(table(switches)), perf_counter() - began)))
    return int(bool(result.broken) or not result.complete)


def report(result: Result, rows: int, seconds: float) -> list[str]:
    """The lines that are printed."""
    lines = [
        f"{result.states} states, {result.steps} steps, {len(result.rows)} of {rows} rows of the table, "
        f"{seconds:.1f} s{'' if result.complete else ', stopped early'}"
    ]
    for invariant, example in result.counterexamples.items():
        lines += ["", f"{invariant} is broken {result.broken[invariant]} times, first so: {example.evidence}"]
        lines += [f"  {n}. {step}" for n, step in enumerate(example.steps, 1)]
    return [*lines, *([] if result.broken else ["no invariant is broken"])]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m icnsim.modelcheck", description=__doc__)
    parser.add_argument("--profile", choices=tuple(PROFILES), default="hardened")
    parser.add_argument(
        "--detector", choices=tuple(DETECTORS), default="poll", help="finds the records that are too old"
    )
    parser.add_argument("--without", action="append", default=[], metavar="SWITCH", help="turn this fix off")
    numbers = {
        "executors": (3, "how many"),
        "migrations": (1, "the number of migrations that the environment begins"),
        "retries": (0, "further attempts of each migration"),
        "messages": (0, "the most messages that are lost or duplicated"),
        "crashes": (0, "executors that crash and restart"),
        "deaths": (0, "executors that crash for ever"),
        "damaged": (0, "final checkpoints that do not match their hash, or are empty"),
        "forged": (0, "messages of executors that take no part"),
    }
    for name, (usual, meaning) in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"{meaning} (default {usual})")
    parser.add_argument("--track-all", action="store_true", help="time out every active state, whatever the profile")
    parser.add_argument("--lost-disks", action="store_true", help="a crash loses everything that was stored")
    parser.add_argument("--lazy", action="store_true", help="reminders only when nothing else is in progress")
    parser.add_argument("--no-cleanup", action="store_true", help="ended records stay until they are replaced")
    parser.add_argument("--most", type=int, help="stop after this number of states")
    return parser


if __name__ == "__main__":
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    raise SystemExit(code)

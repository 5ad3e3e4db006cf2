"""Writes `docs/hazards.md`: each hazard, its fix, and the cost of both. `python -m docs.programs.hazards`.

The first part of the page (the hazards and the table of the code) is made from the switches, the hazard scenarios and
`committed` in a second. A test compares it with the page. The other tables take minutes, and only the command makes
them. With `--quick`, the command makes only the first part and keeps the other tables.
"""

import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from textwrap import fill
from typing import Final

from docs.programs import hazard_runs
from docs.programs.committed import BEHAVIOURS, WORDS, Behaviour
from docs.programs.hazard_runs import (
    INVARIANTS,
    PROFILE_NAMES,
    SWITCHES,
    Costs,
    Figures,
    Interval,
    Overrides,
    attack,
    interval,
    losses,
    measured,
    rush,
)
from icnsim.analysis.hazards import HAZARDS, Hazard
from icnsim.numbers import rounded
from icnsim.recording.expectations import flatten
from icnsim.recording.summary import summarise
from icnsim.scenario import load
from icnsim.simulation import simulate

WIDTH: Final = 118
SHARES: Final = (1, 5, 10, 30)
"""The numbers of executors, of 100, that never answer."""
RETRIES: Final = {"retry.max_retries": 3, "retry.backoff.jitter": "full"}
TRUST: Final = {"workload.target": "trust"}
DEFENCES: Final[dict[str, Overrides]] = {
    "none": {}, "retries": RETRIES, "trust": TRUST, "trust and retries": {**RETRIES, **TRUST},
}  # fmt: skip
HERD, STORM, ENDLESS = "thundering-herd", "retry-storm", "at once, without limit"
BACKOFFS: Final[dict[str, Overrides]] = {
    ENDLESS: {"protocol.bounded_retries": False},
    **{
        kind: {"protocol.bounded_retries": True, "retry.backoff.jitter": kind}
        for kind in ("none", "full", "equal", "decorrelated")
    },
}

PRICES: Final = "## Measured cost of each fix"
CODE: Final = """
## The code, part by part

Each row is a part of the protocol: whether the commit 15f62ced implements it, what the profile `as-committed` does, and
what the design says. The switch selects the design. `as-implemented` repairs hazards 23 and 24 (final checkpoint,
signature) and is the same otherwise. A test runs every simulated row.
"""
HEADER: Final = """# Hazards

A hazard is a way in which a real federation goes wrong. This page lists the hazards, the fix of each, and its cost.
[The hardened protocol](hardened.md) describes the profile with every fix, and [the code as committed](as-committed.md)
a run of the code without any fix. `python -m docs.programs.hazards` makes this page; do not edit it.

## Each hazard and its fix

The scenarios are in `scenarios/hazards`. Each is small enough to be followed by hand, and a comment in its file
describes the events. In the file the fix is off. The last column compares the fix off and on in the same scenario
with the same seed: the violations of the invariants that the hazard breaks, or another figure of the summary that the
fix improves. Hazard 20 belongs to a plan; the code refuses a second result. These commands show hazard 7 without its
fix and with it:

```sh
icnsim run scenarios/hazards/07-two-run.yaml
icnsim run scenarios/hazards/07-two-run.yaml --set protocol.two_phase_handover=true --set 'expect={}'
```
"""


def write(path: Path, scenarios: Path) -> None:
    """Run everything and write the page."""
    parts = (fixed(scenarios), prices(scenarios), profiles(scenarios), attacks(scenarios), backoffs(scenarios))
    path.write_text("\n".join(parts), "utf-8")


def write_quickly(path: Path, scenarios: Path) -> None:
    """Make the first part of the page and keep the measured tables."""
    page = path.read_text("utf-8")
    path.write_text(f"{fixed(scenarios)}\n{page[page.index(PRICES) :]}", "utf-8")


# The part without measurements


def fixed(scenarios: Path) -> str:
    """The first part of the page: the tables of the hazards and of the code."""
    header = ("#", "hazard", "without its fix", "breaks", "fix", "what the fix costs", "scenario", "off → on")
    hazards = table(header, (_row(hazard, scenarios / "hazards") for hazard in HAZARDS))
    parts = ("part", "in the commit", "as-committed", "the design", "switch")
    return "\n".join([HEADER, *hazards, CODE, *table(parts, map(_part, BEHAVIOURS)), ""])


def _part(row: Behaviour) -> Iterator[str]:
    yield row.name
    yield WORDS[row.commit]
    yield row.code if row.simulated else f"{row.code} (not simulated)"
    yield row.design or "the same"
    yield f"`{row.switch}`" if row.switch else ""


def _row(hazard: Hazard, folder: Path) -> Iterator[str]:
    path = hazard.scenario(folder)
    figures = [_pinned(hazard, path, overrides) for overrides in ({}, hazard.overrides)]
    fixed = "true" if hazard.fixed is True else json.dumps(hazard.fixed)
    yield str(hazard.number)
    yield hazard.name
    yield hazard.happens
    yield ", ".join(hazard.breaks) or "no invariant"
    yield f"`{hazard.key}: {fixed}`"
    yield hazard.costs
    yield f"`{path.stem}`"
    yield "<br>".join(f"{name} {off} → {on}" for (name, off), (_, on) in zip(*figures, strict=True))


def _pinned(hazard: Hazard, path: Path, overrides: Overrides) -> list[tuple[str, str]]:
    scenario = load(path, overrides)
    recording = simulate(scenario)
    found = [(invariant, f"{recording.observed.counts[invariant]}") for invariant in hazard.breaks]
    if hazard.figure is not None:
        value = dict(flatten(summarise(recording, scenario)))[hazard.figure]
        found.append((hazard.figure, "none" if value is None else rounded(value, 4)))
    return found


# The measured parts


def prices(scenarios: Path) -> str:
    """Returns the cost of each fix in messages and in time."""
    made, worlds = Costs(scenarios), [(p, faults) for p in ("hardened", "as-designed") for faults in (False, True)]
    header = ["fix"]
    for profile, faults in worlds:
        where = f"{profile}, {'faults' if faults else 'no faults'}"
        header += [f"messages<br>{where}", f"seconds<br>{where}"]
    rows = [
        ["the profile itself", *(shown(made.base(p, figure, faults=f)) for p, f in worlds for figure in _COSTS)],
        *(
            [f"`{switch}`", *(signed(made.of(p, switch, figure, faults=f)) for p, f in worlds for figure in _COSTS)]
            for switch in SWITCHES
        ),
    ]
    text = f"""{PRICES}

The table shows the scenario `hardened`, without its faults and with them, over {len(hazard_runs.SEEDS)} seeds:
messages for each actor that is restored at a target, and seconds from the Request to the restored actor. A row is the
difference between the profile with the switch on and with the switch off, paired by seed, with half the width of its
95 % interval. A difference that is exactly 0 in every seed is shown as 0. A negative number is a saving. Under faults a
fix also changes which hand-overs succeed, so slow hand-overs count that fail without the fix. Targets are drawn
uniformly here, so `spread_targets` has no effect. There is no quorum, so `one_vote_each` and `early_verdict` cost
nothing. Without `signed_checkpoints` or `final_checkpoint_of_state` no actor is restored, so these two rows compare
all messages of a run.
"""
    return "\n".join([text, *table(header, rows), "", _dearest(made), ""])


def _dearest(made: Costs) -> str:
    calm, stormy = (
        [made.base(profile, "messages", faults=faults)[0] for profile in ("as-designed", "hardened")]
        for faults in (False, True)
    )
    added = {switch: made.of("hardened", switch, "messages", faults=True)[0] for switch in SWITCHES}
    most = max(added, key=lambda switch: added[switch])
    gossip = -made.of("hardened", "direct_requests", "seconds", faults=False)[0]
    return _sentences(
        f"Without faults, a hand-over takes {calm[0]:.2f} messages as designed and {calm[1]:.2f} hardened, "
        f"and the hardened one is {gossip:.1f} s faster, because its Requests are not gossiped. Under faults it takes "
        f"{stormy[0]:.2f} and {stormy[1]:.2f} messages. Of the fixes, `{most}` adds most to this: "
        f"{added[most]:.2f} messages."
    )


_COSTS: Final = ("messages", "seconds")


def profiles(scenarios: Path) -> str:
    """Returns the losses of each profile under the same faults."""
    runs = {
        profile: measured(scenarios / "hardened.yaml", {"protocol.profile": profile}, losses)
        for profile in PROFILE_NAMES
    }
    names = {
        "migrations": "migrations begun", "handed over": "actors restored at the target that was asked",
        "known to the source": "hand-overs that the source has completed, including those to a forger",
        "nowhere": "actors that run nowhere at the end",
        "twice": "additional copies at the end", **{name: f"violations of {name}" for name in INVARIANTS},
        "downtime": "downtime per migration, s", "doubled": "time in which two copies run, per migration, s",
        "messages": "messages per migration",
    }  # fmt: skip
    rows = [[text, *(shown(interval(runs[p], name)) for p in PROFILE_NAMES)] for name, text in names.items()]
    violated = {p: sum(interval(runs[p], name)[0] for name in INVARIANTS) for p in PROFILE_NAMES}
    text = f"""## Losses of each profile under the same faults

The scenario `hardened` runs under each profile with the same federation, arrivals and faults, over
{len(hazard_runs.SEEDS)} seeds. The times count for the migrations that cause them, until the end of the run.
"""
    sentence = _sentences(
        f"In half an hour `as-implemented` violates an invariant {violated['as-implemented']:.0f} times on average, "
        f"`as-designed` {violated['as-designed']:.0f} times, `hardened` {violated['hardened']:.0f} times."
    )
    return "\n".join([text, *table(("", *(f"`{p}`" for p in PROFILE_NAMES)), rows), "", sentence, ""])


def attacks(scenarios: Path) -> str:
    """Returns the cost of executors that never answer, with and without retries and trust."""
    runs = {
        (share, name): measured(scenarios / "timeout-attack.yaml", {**_attackers(share), **defence}, attack)
        for share in SHARES
        for name, defence in DEFENCES.items()
    }
    rows = [
        [
            f"{share} %", name, shown(scaled(interval(found, "success"), 100)), shown(interval(found, "detection")),
            shown(interval(found, "lost")),
        ]
        for (share, name), found in runs.items()
    ]  # fmt: skip
    text = f"""## Cost of the timeout attack

The table shows the first 5000 migrations of `timeout-attack`, which are 500 s, over {len(hazard_runs.SEEDS)} seeds.
From 1 to 30 of its 100 executors never answer. Success is the share of migrations that complete, with any number of
attempts. The time until detection is from the Request to the failure. The lost time is the time for which the attempts
of a migration waited without success, on average over all migrations. With trust, a source asks the executor that it
trusts most, and draws among equals. All have a trust of 0.7 at first. A success adds 0.02 and a timeout subtracts 0.2,
so a source returns to an executor that has answered.
"""
    header = ("never answer", "defence", "success, %", "until detection, s", "lost per migration, s")
    return "\n".join([text, *table(header, rows), "", _verdict(runs), ""])


def _attackers(share: int) -> Overrides:
    groups = [
        {"group": "honest", "count": 100 - share},
        {"group": "attacker", "count": share, "behavior": "unresponsive"},
    ]
    return {"executors": groups, "workload.migrations": 5000}


def _verdict(runs: dict[tuple[int, str], list[Figures]]) -> str:
    def figure(name: str, defence: str, share: int) -> float:
        return interval(runs[share, defence], name)[0]

    most = SHARES[-1]
    lost = {name: figure("lost", name, most) for name in DEFENCES}
    failed = {name: 100 * (1 - figure("success", name, most)) for name in DEFENCES}
    slow = {name: figure("detection", name, most) for name in DEFENCES}
    return _sentences(
        f"With {most} % attackers, {failed['none']:.0f} % of migrations fail. Trust reduces this to "
        f"{failed['trust']:.0f} %, retries to {failed['retries']:.1f} %, both to {failed['trust and retries']:.1f} %. "
        f"Retries do not save time: a migration loses {lost['retries']:.0f} s with them, {lost['none']:.0f} s "
        f"without any defence, and {lost['trust']:.0f} s with trust alone. The mean time until detection is "
        f"{slow['none']:.0f} s without retries and {slow['retries']:.0f} s with them, because a retry begins "
        f"soon after a tick: its timeout is two check intervals, so nearly a third interval passes until a tick finds "
        f"it."
    )


def backoffs(scenarios: Path) -> str:
    """Returns the load that each kind of back-off causes."""
    runs = {
        (name, kind): measured(scenarios / f"{name}.yaml", overrides, rush)
        for name in (HERD, STORM)
        for kind, overrides in BACKOFFS.items()
    }
    rows = [
        [
            f"`{name}`",
            kind,
            *(shown(interval(found, figure)) for figure in ("peak", "requests", "completed", "through")),
        ]
        for (name, kind), found in runs.items()
    ]
    text = f"""## Effect of each kind of back-off

In `thundering-herd`, 200 sources ask two executors that do not answer for three minutes. In `retry-storm`, a quarter of
the executors refuse every Request. The table shows, over {len(hazard_runs.SEEDS)} seeds, the largest number of Requests
to one executor within a second, the number of all Requests, the number of completed migrations, and the time at which
the last one completed.
"""
    header = ("scenario", "retries", "peak at one, requests/s", "requests", "completed", "last completed at, s")
    return "\n".join([text, *table(header, rows), "", _calmest(runs), ""])


def _calmest(runs: dict[tuple[str, str], list[Figures]]) -> str:
    def figure(scenario: str, kind: str, name: str) -> float:
        return interval(runs[scenario, kind], name)[0]

    peaks = {kind: figure(HERD, kind, "peak") for kind in BACKOFFS}
    least = min(peaks, key=lambda kind: peaks[kind])
    later = figure(HERD, least, "through") - figure(HERD, "none", "through")
    return _sentences(
        f"Without jitter, one executor receives {peaks['none']:.0f} requests within a second. "
        f"`{least}` reduces this most, to {peaks[least]:.0f}, but the last migration completes {later:.0f} s later. "
        f"`full` reduces it to {peaks['full']:.0f}, and `equal` to {peaks['equal']:.0f}. The limit of retries ends a "
        f"storm; jitter does not: there are {figure(STORM, ENDLESS, 'requests'):.0f} requests without the limit and "
        f"{figure(STORM, 'none', 'requests'):.0f} with it. {figure(STORM, ENDLESS, 'completed'):.0f} migrations "
        f"complete without the limit and {figure(STORM, 'none', 'completed'):.0f} with it, because a retry then asks "
        f"another executor."
    )


# Cells and lines


def _sentences(text: str) -> str:
    return fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table."""
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]


def shown(found: Interval) -> str:
    """A mean with half of its interval, rounded to the significant places of the half."""
    mean, half = found
    if math.isnan(mean):
        return "none"
    if half == 0:
        return rounded(mean, 4)
    places = max(0, 1 - math.floor(math.log10(half)))
    return f"{mean:.{places}f} ± {half:.{places}f}"


def signed(found: Interval) -> str:
    """A difference with its sign."""
    text = shown(found)
    return f"+{text}" if found[0] > 0 else text


def scaled(found: Interval, by: float) -> Interval:
    """The same in another unit."""
    return found[0] * by, found[1] * by


if __name__ == "__main__":
    make = write_quickly if "--quick" in sys.argv else write
    make(Path("docs/hazards.md"), Path("scenarios"))

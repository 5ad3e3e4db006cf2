"""`docs/hazards.md`: each hazard, its fix, and the cost of both. `python -m docs.programs.hazards`.

The beginning of the page (the hazards and the table of the code) is made from the switches, the hazard scenarios and
`committed` in a second, and a test compares it with the page. The other tables take minutes, and only the command makes
them. With `--quick` the command makes the beginning anew and keeps the other tables.
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
from icnsim.recording.expectations import flatten
from icnsim.recording.summary import summarise
from icnsim.scenario import load
from icnsim.simulation import simulate

WIDTH: Final = 118
SHARES: Final = (1, 5, 10, 30)
"""Executors of 100 that never answer."""
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

PRICES: Final = "## What each fix costs, measured"
CODE: Final = """
## What the code does

Each row is a part of the protocol: whether the commit 15f62ced implements it, what the profile `as-committed` does, and
what the design says. The switch selects the design. `as-implemented` repairs hazards 23 and 24 (final checkpoint,
signature) and is the same otherwise. A test runs every simulated row.
"""
HEADER: Final = """# Hazards

The ways in which a real federation goes wrong, the fix of each, and its cost. Made by
`python -m docs.programs.hazards`; not edited by hand. [The hardened protocol](hardened.md) describes the
profile with every fix, and [the code as committed](as-committed.md) a run of the code without any.

## Each hazard and its fix

The scenarios are in `scenarios/hazards`. Each is small enough to be followed by hand, and a comment in its file
describes what happens. In the file the fix is off. The last column compares the fix off and on in the same scenario
with the same seed: the violations of the invariants that the hazard breaks, or another figure of the summary that the
fix improves. Hazard 20 belongs to a plan; the code refuses a second result. To see hazard 7 happen, and then not:

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
    """Make the beginning of the page anew and keep the measured tables."""
    page = path.read_text("utf-8")
    path.write_text(f"{fixed(scenarios)}\n{page[page.index(PRICES) :]}", "utf-8")


# What is quick


def fixed(scenarios: Path) -> str:
    """The beginning of the page: the tables of the hazards and of the code."""
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
        found.append((hazard.figure, "none" if value is None else f"{value:.4g}"))
    return found


# What takes minutes


def prices(scenarios: Path) -> str:
    """What each fix costs in messages and in time."""
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

The scenario `hardened`, without its faults and with them, over {len(hazard_runs.SEEDS)} seeds: messages for each
actor that is restored at a target, and seconds from the Request to the restored actor. A row is the difference
that the switch makes in the profile, on less off, paired by seed, with half of its 95 % interval; a difference
that is exactly 0 in every seed is shown as 0. What a fix saves has a minus. Under faults a fix also changes which
hand-overs succeed: the slow ones count, too, that had failed without it. Targets are drawn uniformly here, so
`spread_targets` has nothing to spread, and there is no quorum, so `one_vote_each` and `early_verdict` cost nothing.
Without `signed_checkpoints` or `final_checkpoint_of_state` no actor is restored, so these two rows compare with all
messages of a run.
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
        f"Where nothing goes wrong a hand-over takes {calm[0]:.2f} messages as designed and {calm[1]:.2f} hardened, "
        f"and the hardened one is {gossip:.1f} s quicker, for its Requests are not gossiped. Under faults it takes "
        f"{stormy[0]:.2f} and {stormy[1]:.2f} messages; of the fixes `{most}` adds most to that, "
        f"{added[most]:.2f} messages."
    )


_COSTS: Final = ("messages", "seconds")


def profiles(scenarios: Path) -> str:
    """What each profile loses under the same faults."""
    runs = {
        profile: measured(scenarios / "hardened.yaml", {"protocol.profile": profile}, losses)
        for profile in PROFILE_NAMES
    }
    names = {
        "migrations": "migrations begun", "handed over": "actors restored at the target that was asked",
        "known to the source": "hand-overs that the source knows of, to a forger too",
        "nowhere": "actors that run nowhere at the end",
        "twice": "copies too many at the end", **{name: f"violations of {name}" for name in INVARIANTS},
        "downtime": "downtime a migration, s", "doubled": "run twice a migration, s",
        "messages": "messages a migration",
    }  # fmt: skip
    rows = [[text, *(shown(interval(runs[p], name)) for p in PROFILE_NAMES)] for name, text in names.items()]
    violated = {p: sum(interval(runs[p], name)[0] for name in INVARIANTS) for p in PROFILE_NAMES}
    text = f"""## What each profile loses under the same faults

The scenario `hardened` under each profile: the same federation, arrivals and faults, over
{len(hazard_runs.SEEDS)} seeds. The times are charged to the migrations that cause them, until the end of the run.
"""
    sentence = _sentences(
        f"In half an hour `as-implemented` violates an invariant {violated['as-implemented']:.0f} times on average, "
        f"`as-designed` {violated['as-designed']:.0f} times, `hardened` {violated['hardened']:.0f} times."
    )
    return "\n".join([text, *table(("", *(f"`{p}`" for p in PROFILE_NAMES)), rows), "", sentence, ""])


def attacks(scenarios: Path) -> str:
    """What executors that never answer cost, with and without retries and trust."""
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
    text = f"""## What the timeout attack costs

The first 5000 migrations of `timeout-attack`, 500 s, with 1 to 30 of its 100 executors never answering, over
{len(hazard_runs.SEEDS)} seeds. Success is that of migrations, whatever their attempts; the time until detection is from
the Request to the failure; lost time is all of it that the attempts of a migration waited in vain, on average over
all migrations. With trust a source asks the executor that it trusts most, and draws among equals. All have a trust of
0.7 at first. A success adds 0.02 and a time-out takes 0.2, so a source returns to an executor that has answered.
"""
    header = ("never answer", "defence", "success, %", "until detection, s", "lost a migration, s")
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
        f"With {most} % attackers {failed['none']:.0f} % of migrations fail; trust brings that to "
        f"{failed['trust']:.0f} %, retries to {failed['retries']:.1f} %, both to {failed['trust and retries']:.1f} %. "
        f"Retries do not save the time: {lost['retries']:.0f} s a migration are lost with them, {lost['none']:.0f} s "
        f"without any defence, {lost['trust']:.0f} s with trust alone. The mean time until detection is "
        f"{slow['none']:.0f} s and is {slow['retries']:.0f} s with retries, for a retry begins "
        f"soon after a tick: its timeout is two check intervals, and the tick that finds it comes nearly a third later."
    )


def backoffs(scenarios: Path) -> str:
    """What each kind of back-off does to those that are asked."""
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
    text = f"""## What each kind of back-off does

In `thundering-herd` 200 sources ask two executors that do not answer for three minutes; in `retry-storm` a quarter of
the executors refuse for good. Over {len(hazard_runs.SEEDS)} seeds: the most Requests to one executor within a second,
Requests in all, migrations completed, and when the last of them was.
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
        f"Without jitter the herd stays together: {peaks['none']:.0f} requests to one executor within a second. "
        f"`{least}` spreads it most, to {peaks[least]:.0f}, and is through {later:.0f} s later; `full` brings it to "
        f"{peaks['full']:.0f}, `equal` to {peaks['equal']:.0f}. A storm is ended by the bound, not by the jitter: "
        f"{figure(STORM, ENDLESS, 'requests'):.0f} requests without it, "
        f"{figure(STORM, 'none', 'requests'):.0f} with it; {figure(STORM, ENDLESS, 'completed'):.0f} migrations are "
        f"completed without it, {figure(STORM, 'none', 'completed'):.0f} with it, for then a retry asks another "
        f"executor."
    )


# Cells and lines


def _sentences(text: str) -> str:
    return fill(text, WIDTH, break_long_words=False, break_on_hyphens=False)


def table(header: Sequence[str], rows: Iterable[Iterable[str]]) -> list[str]:
    """The lines of a table."""
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines]


def shown(found: Interval) -> str:
    """A mean with half of its interval, to as many places as the half has meaning."""
    mean, half = found
    if math.isnan(mean):
        return "none"
    if half == 0:
        return f"{mean:.4g}"
    places = max(0, 1 - math.floor(math.log10(half)))
    return f"{mean:.{places}f} ± {half:.{places}f}"


def signed(found: Interval) -> str:
    """A difference: the same with its sign."""
    text = shown(found)
    return f"+{text}" if found[0] > 0 else text


def scaled(found: Interval, by: float) -> Interval:
    """The same in another unit."""
    return found[0] * by, found[1] * by


if __name__ == "__main__":
    make = write_quickly if "--quick" in sys.argv else write
    make(Path("docs/hazards.md"), Path("scenarios"))

"""Measures the figures of docs/hazards.md: runs with hazards and faults, over several seeds.

The figures come from the recording of the whole run. Therefore they have the same meaning for every
profile. A hand-over counts when the actor is restored at the target, even if the source
is not informed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

import numpy as np

from docs.programs.claims import mean_and_half_width
from icnsim.protocol.profile import PROFILES, Switches
from icnsim.recording.columns import NEVER, Recording
from icnsim.recording.outcome import COMPLETED, LATE, outcomes
from icnsim.recording.summary import summarise
from icnsim.scenario import Scenario, load
from icnsim.simulation import simulate

SEEDS: Final = range(1, 11)
INVARIANTS: Final = tuple(f"I{number}" for number in range(1, 9))
SWITCHES: Final = tuple(field.name for field in fields(Switches))
PROFILE_NAMES: Final = tuple(PROFILES)

Figures = Mapping[str, float]
Overrides = Mapping[str, object]
Interval = tuple[float, float]
"""A mean and half of its 95 % interval."""


def handed_over(recording: Recording) -> float:
    """The number of actors that were restored at a target."""
    return float((recording.attempts["restored"] != NEVER).sum())


def hand_over_s(recording: Recording) -> float:
    """The mean time from the Request of an attempt to the restored actor, s."""
    a = recording.attempts
    done = a["restored"] != NEVER
    return float((a["restored"] - a["requested"])[done].mean() / 1e6) if done.any() else float("nan")


def per_migration(recording: Recording, column: str) -> float:
    """The sum of a column of times, divided by the number of migrations, s."""
    a = recording.attempts
    times, migrations = a[column], len(np.unique(a["migration"]))
    return float(times[times > 0].sum() / 1e6 / migrations)


def at_the_end(recording: Recording, scenario: Scenario) -> tuple[float, float]:
    """The numbers of actors that run nowhere and of additional copies, at the last sample."""
    nowhere = int(recording.samples["paused"][-1])
    return float(nowhere), float(int(recording.samples["running"][-1]) - (scenario.actors.count - nowhere))


def costs(recording: Recording, _: Scenario) -> Figures:
    """Returns the costs that a fix may have: messages and time of a hand-over."""
    return {
        "messages": recording.messages_sent / max(1.0, handed_over(recording)),
        "seconds": hand_over_s(recording),
    }


def losses(recording: Recording, scenario: Scenario) -> Figures:
    """Returns the losses of a profile under faults."""
    nowhere, twice = at_the_end(recording, scenario)
    migrations = len(np.unique(recording.attempts["migration"]))
    return {
        "migrations": float(migrations),
        "handed over": handed_over(recording),
        "known to the source": float((recording.attempts["completed"] != NEVER).sum()),
        "nowhere": nowhere,
        "twice": twice,
        **{invariant: float(recording.observed.counts[invariant]) for invariant in INVARIANTS},
        "downtime": per_migration(recording, "downtime"),
        "doubled": per_migration(recording, "duplicate_run"),
        "messages": recording.messages_sent / migrations,
    }


def attack(recording: Recording, _: Scenario) -> Figures:
    """Returns the cost of executors that never answer: outcomes by the last attempt, time by all attempts."""
    a = recording.attempts
    codes, migration = outcomes(a), a["migration"]
    last = np.append(migration[1:] != migration[:-1], True)
    late, waited = codes == LATE, (a["failed"] - a["requested"]) / 1e6
    return {
        "success": float((codes[last] == COMPLETED).mean()),
        "detection": float(waited[late].mean()) if late.any() else float("nan"),
        "lost": float(waited[late].sum() / last.sum()),
    }


def rush(recording: Recording, scenario: Scenario) -> Figures:
    """Returns the load of retries: peak of Requests to one executor in a second, number of Requests, and last end."""
    a = recording.attempts
    done = a["completed"][a["completed"] != NEVER]
    return {
        "peak": float(summarise(recording, scenario)["requests"]["peak_per_second"]),
        "requests": float(len(a["requested"])),
        "completed": float(len(done)),
        "through": float(done.max() / 1e6) if len(done) else float("nan"),
    }


Measure = Callable[[Recording, Scenario], Figures]


def measured(file: Path, overrides: Overrides, measure: Measure) -> list[Figures]:
    """The figures of each seed's run."""
    found = []
    for seed in SEEDS:
        scenario = load(file, overrides, seed)
        found.append(measure(simulate(scenario), scenario))
    return found


def interval(runs: Sequence[Figures], name: str, than: Sequence[Figures] | None = None) -> Interval:
    """The mean and half of its 95 % interval over the seeds, or that of the paired differences to other runs."""
    own = [run[name] for run in runs]
    if than is not None:
        own = [value - other[name] for value, other in zip(own, than, strict=True)]
    return mean_and_half_width(own)


class Costs:
    """The cost of each fix in the shipped scenario `hardened`: on compared with off.

    Parameters
    ----------
    scenarios : the folder of the shipped scenarios.
    """

    def __init__(self, scenarios: Path) -> None:
        self._file = scenarios / "hardened.yaml"
        self._kept: dict[str, list[Figures]] = {}

    def of(self, profile: str, switch: str, figure: str, *, faults: bool) -> Interval:
        """The figure's difference, mean and half of its interval."""
        designed = getattr(PROFILES[profile], switch)
        as_it_is, changed = self._runs(profile, {}, faults), self._runs(profile, {switch: not designed}, faults)
        on, off = (as_it_is, changed) if designed else (changed, as_it_is)
        return interval(on, figure, than=off)

    def base(self, profile: str, figure: str, *, faults: bool) -> Interval:
        """The figure with the profile as it is."""
        return interval(self._runs(profile, {}, faults), figure)

    def _runs(self, profile: str, changed: Mapping[str, bool], faults: bool) -> list[Figures]:
        settings: dict[str, object] = {"protocol.profile": profile, **({} if faults else {"faults": []})}
        settings |= {f"protocol.{switch}": value for switch, value in changed.items()}
        key = str(settings)
        if key not in self._kept:
            self._kept[key] = measured(self._file, settings, costs)
        return self._kept[key]

"""The parts that the pages of all results have: the scenario, its origin, and the plots."""

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from icnsim import typed
from icnsim.errors import ResultsError
from icnsim.numbers import figure
from icnsim.plots.chart import Chart
from icnsim.protocol.profile import TRACKED
from icnsim.recording import folder
from icnsim.report.page import Cell, Plot, Section, table
from icnsim.scenario import Scenario, units
from icnsim.scenario.resolved import every_key, plain


def scenario_section(scenario: Scenario) -> Section:
    """Return the section of all keys of a scenario; those that differ from their defaults come first."""
    usual = {key: default for key, _, _, default in every_key()}
    rows = []
    for key, value in _flat(plain(scenario)):
        if key in ("name", "description"):
            continue
        default = _default(usual, scenario, re.sub(r"\.[0-9]+(?=\.|$)", "", key))
        differs = value != default
        rows.append(
            (
                not differs,
                [
                    Cell(key, mark=differs),
                    _shown(value),
                    (_shown(default) if default is not None else "–") if differs else "the default",
                ],
            )
        )
    rows.sort(key=lambda row: row[0])  # stable: in the order of the file otherwise
    changed = sum(not is_default for is_default, _ in rows)
    keys = table(
        f"The scenario: {changed} keys differ from their defaults",
        ("key", "value", "default"),
        (row for _, row in rows),
        "Keys that differ come first and are highlighted. The number in executors.0.count is a place in a list.",
        printed=changed,
    )
    parts = [replace(keys, narrow=True)]
    if scenario.files:
        sizes = [(name, len(content)) for name, content in sorted(scenario.files.items())]
        parts.append(table("Data files", ("file", "#bytes"), sizes))
    return Section("scenario", "Scenario", tuple(parts))


def _default(usual: Mapping[str, Any], scenario: Scenario, key: str) -> Any:
    """A key's default: that of the profile where the profile has one."""
    if key == "manager.tracked_states":
        return list(TRACKED[scenario.protocol.profile])
    return usual.get(key)


def _flat(value: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the leaves by their dotted keys. A list of plain values is a leaf."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _flat(inner, f"{prefix}.{key}" if prefix else str(key))
    elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
        for place, inner in enumerate(value):
            yield from _flat(inner, f"{prefix}.{place}")
    else:
        yield prefix, value


def _shown(value: Any) -> str:
    return units.shortened(typed.value(value))


def provenance(place: Path) -> Section:
    """Return the section with the versions, the command, the times, and the hashes of the files of a result."""
    manifest = folder.read_document(place / folder.MANIFEST)
    facts = [
        *((f"version of {name}", version) for name, version in manifest.get("versions", {}).items()),
        ("command", shlex.join(map(str, manifest.get("command", ())))),
        ("began", str(manifest.get("began", ""))),
        ("took", figure(float(manifest.get("took_s", 0)), "s")),
    ]
    hashes = sorted(manifest.get("files", {}).items())
    return Section(
        "origin",
        "Origin",
        (
            table("How it was made", ("what", "value"), facts),
            table("Files", ("file", "SHA-256"), hashes, "icnsim checks these hashes before it uses the results again."),
        ),
    )


def plots(charts: Iterable[tuple[str, Callable[[], Chart]]]) -> tuple[Plot, ...]:
    """The charts that can be drawn: a result may lack the data of a chart."""
    made = []
    for kind, make in charts:
        try:
            chart = make()
        except ResultsError:
            continue
        made.append(Plot(kind, chart))
    return tuple(made)

"""Makes docs/scenario.md from the schema of scenarios: every key with its meaning and its default.

A section of the file is a section of the page, and an inner section is a subsection. Each key has an anchor with its
name, so that `scenario.md#manager.timeout` leads to its row.
"""

import json
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from docs.programs.markdown import heading_anchor, made_by, rows
from icnsim.scenario import resolved
from icnsim.scenario.meanings import MEANINGS
from icnsim.scenario.section import section_in

TOP: Final = "The scenario itself"
"""The heading of the keys that are in no section of the file."""


class _Key(NamedTuple):
    name: str
    default: str
    """The default as code; empty for a section."""


def page() -> str:
    """The text of the page."""
    sections = _sections()
    lines = ["# Scenario keys", "", made_by("reference"), ""]
    lines += [
        "A scenario is a YAML file, and its keys are grouped in sections. This page names a key by its dotted name, as",
        "`--set` and `--vary` do: `manager.timeout` is the key `timeout` of the section `manager`. [Values](values.md)",
        "describes how to write durations, sizes, rates and distributions. `icnsim new NAME` writes a commented",
        "scenario, and `icnsim schema` prints the schema by which an editor completes and checks keys.",
        "",
    ]
    contents = [(f"[{TOP}](#{heading_anchor(TOP)})", "its name, its seed, and how long it runs", "")]
    for name, keys in sections.items():
        if name != TOP:
            parts = ", ".join(f"[{part.rpartition('.')[2]}](#{heading_anchor(part)})" for part in _inner(name, keys))
            contents.append((f"[`{name}`](#{name})", MEANINGS[name], parts))
    lines += rows(("section", "content", "its sections"), contents)
    for name, keys in sections.items():
        inner = _inner(name, keys)
        own = [key for key in keys if not any(key.name.startswith(f"{each}.") for each in inner)]
        lines += [f"## {name}", "", *([] if name == TOP else [_sentence(MEANINGS[name]), ""]), *_table(own, inner)]
        for each in inner:
            meaning = MEANINGS.get(each) or MEANINGS[f"{each}.kind"]
            lines += [f"### {each}", "", f'<a id="{each}"></a>{_sentence(meaning)}', ""]
            lines += _table((key for key in keys if key.name.startswith(f"{each}.")), ())
    return "\n".join(lines)


def _sections() -> dict[str, list[_Key]]:
    """The keys of each section of the file, without the sections' own names."""
    found: dict[str, list[_Key]] = {TOP: []}
    for key, model, name, usual in resolved.every_key():
        inner = section_in(model.model_fields[name].annotation)
        default = _default(usual, is_section=inner is not None)
        first, _, rest = key.partition(".")
        if rest:
            found.setdefault(first, []).append(_Key(key, default))
        elif inner is not None:
            found.setdefault(first, [])
        else:
            found[TOP].append(_Key(key, default))
    return found


def _default(usual: Any, *, is_section: bool) -> str:
    return "" if is_section and isinstance(usual, dict | list) else f"`{json.dumps(usual)}`"


def _inner(section: str, keys: Iterable[_Key]) -> list[str]:
    """The sections directly within a section, in the order of the schema."""
    if section == TOP:
        return []
    parts = [key.name.split(".") for key in keys]
    return list(dict.fromkeys(".".join(part[:2]) for part in parts if len(part) > 2))


def _table(keys: Iterable[_Key], inner: Iterable[str]) -> list[str]:
    """A table of keys. A key that has its own subsection links to it."""
    sections = set(inner)
    body = [
        (
            f"[`{key.name}`](#{heading_anchor(key.name)})"
            if key.name in sections
            else f'<a id="{key.name}"></a>`{key.name}`',
            MEANINGS[key.name],
            key.default,
        )
        for key in keys
    ]
    return rows(("key", "meaning", "default"), body) if body else []


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."

"""A sequence diagram in Mermaid's language. Every text is inert: special characters are written as their codes."""

import re
from typing import Final

from icnsim.trace.diagram import Arrow, Diagram, Fate, Step, Tone, words

ARROWS: Final = {Fate.ARRIVED: "->>", Fate.LOST: "-x", Fate.UNDER_WAY: "--)"}


def mermaid(diagram: Diagram) -> str:
    """The diagram as the text of a `.mmd` file."""
    lines = ["sequenceDiagram", f"    title {_inert(diagram.title)}"]
    lines += [
        f"    participant e{number} as {_inert(name)}"
        for number, name in zip(diagram.executors, diagram.names, strict=True)
    ]
    ends = [f"e{number}" for number in dict.fromkeys((min(diagram.executors), max(diagram.executors)))]
    lines += [f"    {_line(step, ','.join(ends))}" for step in diagram.steps]
    return "\n".join(lines) + "\n"


def _line(step: Step, everybody: str) -> str:
    text = _inert(words(step))
    if isinstance(step, Arrow):
        return f"e{step.sender}{ARROWS[step.fate]}e{step.receiver}: {text}"
    if step.tone is Tone.WHOLE:
        return f"Note over {everybody}: {text}"
    side = "over" if step.tone is Tone.RUN else "right of"
    return f"Note {side} e{step.executor}: {text}"


def _inert(text: str) -> str:
    """The text without anything that Mermaid would interpret: the word `end` would end a block."""
    plain = re.sub(r"[^A-Za-z0-9 .,:+()/_-]", lambda found: f"#{ord(found[0])};", text)
    return re.sub(r"\b(e)(nd)\b", r"#101;\2", plain, flags=re.IGNORECASE)

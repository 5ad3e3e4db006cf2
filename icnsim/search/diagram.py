"""A violation as a sequence diagram (Mermaid): what its actor has been through, until it happened.

Drawn from the trail alone. A message is an arrow where it arrives, with the time at which it was
sent; one that is lost ends in a cross; one that is under way when the trail ends is drawn open.
Every text is inert: what is not plain is written by its number.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from icnsim.recording.violations import Moment, Violation

Letter = tuple[str, int, int, int]
"""Kind, sender, receiver and attempt of a message."""
RUNS: Final = ("run", "pause", "drop", "crash", "restart")


def sequence_diagram(violation: Violation, names: Sequence[str], unavoidable_after: int | None = None) -> str:
    """The diagram of a violation.

    Parameters
    ----------
    names : of the executors, by their numbers.
    unavoidable_after : the place in the trail after which it could not be avoided, if that is known.
    """
    moments = violation.trail
    present = sorted({e for m in moments for e in (m.executor, m.peer) if e >= 0} | {max(0, violation.executor)})
    lines = ["sequenceDiagram", f"    title {_inert(f'{violation.invariant}, actor-{violation.actor}')}"]
    lines += [f"    participant e{executor} as {_inert(names[executor])}" for executor in present]
    sent = _under_way(moments)
    for place, moment in enumerate(moments):
        lines += [f"    {line}" for line in _drawn(place, moment, sent)]
        if place == unavoidable_after:
            lines.append(f"    Note over {_all(present)}: from here on it could not be avoided")
    found = f"{_s(violation.at)}, {violation.invariant} is violated: {violation.evidence}"
    lines.append(f"    Note over {_all(present)}: {_inert(found)}")
    return "\n".join(lines) + "\n"


def _under_way(moments: Sequence[Moment]) -> dict[int, int | None]:
    """For the place of each arrival or loss when it was sent; for that of a message that never arrives None."""
    waiting: dict[Letter, list[int]] = {}
    found: dict[int, int | None] = {}
    for place, (at, what, executor, peer, attempt) in enumerate(moments):
        word, _, kind = what.partition(" ")
        if word == "send":
            waiting.setdefault((kind, executor, peer, attempt), []).append(place)
            found[place] = None
        elif word in ("receive", "lose"):
            places = waiting.get((kind, peer, executor, attempt))
            if places:
                first = places.pop(0)
                del found[first]
                found[place] = moments[first].at
            else:
                found[place] = at
    return found


def _drawn(place: int, moment: Moment, sent: dict[int, int | None]) -> Iterator[str]:
    at, what, executor, peer, attempt = moment
    word, _, rest = what.partition(" ")
    of = f", attempt {attempt}" if attempt >= 0 else ""
    if word in ("send", "receive", "lose") and peer >= 0:
        if word == "send":
            if place in sent:
                yield f"e{executor}--)e{peer}: {_inert(f'{_s(at)} {rest}{of}, under way')}"
            return
        when = sent[place]
        since = "" if when is None or when == at else f", sent {_s(when)}"
        if word == "lose":
            yield f"e{peer}-xe{executor}: {_inert(f'{_s(at)} {rest}{of}{since}, lost')}"
        else:
            yield f"e{peer}->>e{executor}: {_inert(f'{_s(at)} {rest}{of}{since}')}"
    elif what in RUNS:
        yield f"Note over e{executor}: {_inert(f'{_s(at)} {what}')}"
    else:
        yield f"Note right of e{executor}: {_inert(f'{_s(at)} {what}{of}')}"


def _all(present: Sequence[int]) -> str:
    return f"e{present[0]}" if len(present) == 1 else f"e{present[0]},e{present[-1]}"


def _s(at: int) -> str:
    """An instant, µs, to the ms."""
    return f"{at / 1e6:.3f}".rstrip("0").rstrip(".") + " s"


def _inert(text: str) -> str:
    """The text with nothing in it that Mermaid would read: `end` as a word of its own would end a block."""
    plain = re.sub(r"[^A-Za-z0-9 .,:+()/_-]", lambda found: f"#{ord(found[0])};", text)
    return re.sub(r"\b(e)(nd)\b", r"#101;\2", plain, flags=re.IGNORECASE)

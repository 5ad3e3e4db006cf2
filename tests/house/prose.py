"""Finds phrases that are not plain English in docstrings, comments, messages and documents.

`PHRASES` is the list, with the wording that replaces each phrase. A phrase may cross the end of a line, of a
comment's line, or of one part of a long text.
"""

import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

READ = ("icnsim", "tests", "benchmarks", "docs", "examples", "scenarios", "notebooks")
PAGES = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
SUFFIXES = frozenset({".py", ".md", ".yaml", ".ipynb", ".js", ".html"})
APART = ("tests/house/prose.py", "tests/house/test_prose.py")
"""The list itself and its tests, which quote the phrases."""

GAP = r'(?:[\s#"]|\\n",|f")+'
"""Between two words: white space, the `#` of the next comment line, or the quotes between two parts of a text."""
NO_QUESTION = r'(?!(?:[^.!?|"\n]|\n(?!\s*\n))*\?)'
"""The sentence does not end with a question mark."""
PERSON = "".join(
    f"(?<!{word} who)" for word in ("reader", "readers", "user", "users", "engineer", "people", "newcomer")
)
OTHERS = "".join(f"(?<!{word} of)" for word in ("because", "instead", "out", "ahead", "part", "half", "aware"))
"""Words before `who` and before `of it` with which both are plain."""
HAZARDS = "| runs|'s signature"
"""The words after `nobody` in the names of two hazards, which PROTOCOL.md defines."""

PARTS = re.compile(r"(\(\?<![^)]*\))")
"""Splits a regular expression at its look-behinds."""
FIELD = re.compile(r"\{[^{}]*\}")
"""A field of an f-string, which is code."""


class Phrase(NamedTuple):
    """A phrase that prose does not contain.

    Attributes
    ----------
    words : in lower case; the pattern matches only a text that contains one of them. This is fast.
    pattern : a regular expression; a space matches any `GAP`.
    instead : what to write instead.
    example : a text in which the pattern is found.
    """

    words: tuple[str, ...]
    pattern: str
    instead: str
    example: str


PHRASES = (
    Phrase(
        ("what", "who"),
        rf"\b(?:What|Who|Whom)\b{NO_QUESTION}",
        "a noun as the subject: 'The figures that …', 'Computes …', 'Returns …'",
        "What waits is detected.",
    ),
    Phrase(("so",), r"\bSo (?:many|much)\b", "a noun as the subject: 'The number of …'", "So many seconds."),
    Phrase(
        ("so",),
        r"\bso (?:many|much)\b(?! (?:that|as)\b)",
        "the number: 'this many', 'n', 'the number of …'",
        "so many pages",
    ),
    Phrase(
        ("who",),
        rf"\bwho\b{PERSON}{NO_QUESTION}",
        "'that', or the noun: 'an executor that is down'",
        "says who is down",
    ),
    Phrase(("whom",), r"\b[Ww]hom\b", "the noun: 'the executor that is asked'", "the one of whom it knows"),
    Phrase(
        ("body", "whoever"),
        rf"\b(?:[Nn]o|[Ss]ome|[Aa]ny)body\b(?!-{HAZARDS})|\b[Ww]hoever\b",
        "'no executor', 'no part', 'the caller', 'a user'",
        "that nobody asks",
    ),
    Phrase(
        ("stand",),
        r"\b[Ss]tands\b|\bstand (?:in|for|at|by|as|there|still|behind)\b",
        "'is', 'is shown', 'represents'",
        "it stands in a table",
    ),
    Phrase(
        ("told",), r"\b[Tt]old\b", "'is reported', 'is printed', 'is informed', 'distinguished'", "the user is told"
    ),
    Phrase(
        ("tell",),
        r"\b[Tt]ells? (?:whether|of|what|how|which)\b",
        "'reports', 'says if', 'True if …'",
        "tells whether it ended",
    ),
    Phrase(("beside",), r"\bbeside\b", "'next to', 'in addition to', 'with', 'except'", "beside its formula"),
    Phrase(("otherwise",), r"\b[Oo]therwise than\b", "'by another …', 'not by …'", "otherwise than from one item"),
    Phrase(("likewise",), r"\b[Ll]ikewise\b", "'also', or repeat the noun", "the other side, likewise"),
    Phrase(("minds",), r"\bof two minds\b", "'undecided', 'divergent'", "a quorum of two minds"),
    Phrase(
        ("none",),
        r"\b[Tt]here (?:is|are|was|were) none\b",
        "'if it does not exist', 'without a …'",
        "NaN where there is none",
    ),
    Phrase(
        ("there",),
        r"\b(?:if|where) there is one(?=[.,;:)\"])",
        "'if it exists', 'if the scenario has a …'",
        "if there is one.",
    ),
    Phrase(("none",), r"\b(?:has|have|had) none\b", "'has no …' with the noun", "the run has none"),
    Phrase(
        ("one",),
        r"\bis one(?=[.,;:)\"])",
        "repeat the noun: 'is significant', 'is a …'",
        "whether a difference is one.",
    ),
    Phrase(
        ("of",),
        rf"\bof{OTHERS} it\b",
        "'its …' or the noun",
        "no bound of it there is",
    ),
    Phrase(("far",), r"\b[Aa]s far as\b", "'up to', 'if', 'the part that …'", "as far as it is one"),
    Phrase(("much",), r"\b(?:that much|by so much)\b", "'by this amount', or name the quantity", "grows by that much"),
    Phrase(
        ("of",),
        r"\b(?:knows?|knew|speaks?) of\b",
        "'has a record of', 'has received', 'is about'",
        "knows of no migration",
    ),
    Phrase(("after",), r"\basks? after\b", "'requests', 'reads'", "asks after its state"),
    Phrase(("of",), r"\b(?:becomes?|became) of\b", "'happens to'", "what becomes of an Ack"),
    Phrase(
        ("looked", "asked", "tried"),
        r"\b[Ii]t is (?:looked|asked|tried)\b",
        "the active voice: 'the manager checks'",
        "it is looked whether",
    ),
    Phrase(("said",), r"\bcan be said\b|\bbe said of\b", "'is known', 'applies to'", "which anything can be said of"),
    Phrase(("breath",), r"\b(?:holds?|holding) (?:its|their) breath\b", "'waits', 'pauses'", "holds its breath"),
    Phrase(("glimpse",), r"\b[Gg]limpses?\b", "'snapshot'", "a glimpse of the federation"),
    Phrase(("onlooker",), r"\b[Oo]nlookers?\b", "'observer', 'listener'", "onlookers hear it"),
    Phrase(("letter",), r"\bletters? (?:to|from)\b", "'envelope', 'message'", "a letter from the source"),
    Phrase(("heart",), r"\bby heart\b", "'cached', 'kept'", "known by heart"),
    Phrase(
        ("closed form",),
        r"\b[Ee]very (?:simulated )?figure (?:\w+ )*?(?:next to|with) its closed form\b",
        "the figures that have a closed form",
        "every figure is next to its closed form",
    ),
)


class Found(NamedTuple):
    """A phrase in a file: the line where it begins, the words, and what to write instead."""

    line: int
    words: str
    instead: str


@cache
def _compiled() -> tuple[tuple[re.Pattern[str], str], ...]:
    def spaced(pattern: str) -> str:
        # A look-behind has a fixed width: its spaces stay.
        return "".join(part if part.startswith("(?<!") else part.replace(" ", GAP) for part in PARTS.split(pattern))

    return tuple((re.compile(spaced(phrase.pattern)), phrase.instead) for phrase in PHRASES)


def matches(text: str) -> Iterator[Found]:
    """Yields the phrases of a text."""
    low = text.lower()
    for phrase, (pattern, instead) in zip(PHRASES, _compiled(), strict=True):
        if not any(word in low for word in phrase.words):
            continue
        for match in pattern.finditer(text):
            yield Found(text.count("\n", 0, match.start()) + 1, " ".join(match[0].split()), instead)


def _prose(source: str) -> str:
    """The source with everything but comments and texts of several words replaced by `|`, line for line."""
    lines = source.splitlines(keepends=True)
    kept = [re.sub(r"\S", "|", line) for line in lines]
    for token in tokenize.generate_tokens(iter(lines).__next__):
        if token.type == tokenize.COMMENT:
            text = token.string
        elif token.type == tokenize.STRING and " " in token.string:
            text = FIELD.sub(lambda field: re.sub(r"\S", "|", field[0]), token.string)
        else:
            continue
        (first, begin), (last, end) = token.start, token.end
        before, after = kept[first - 1][:begin], kept[last - 1][end:]
        kept[first - 1 : last] = (before + text + after).splitlines(keepends=True)
    return "".join(kept)


def found(path: Path) -> list[Found]:
    """Returns the phrases in the prose of a file."""
    text = path.read_text("utf-8")
    raw = list(matches(text))
    # Most files have none, and the tokenizer is slow.
    return list(matches(_prose(text))) if raw and path.suffix == ".py" else raw


def files(root: Path) -> list[Path]:
    """The files whose prose is checked, in order."""
    inside = [path for folder in READ for path in (root / folder).rglob("*") if path.suffix in SUFFIXES]
    return sorted(path for path in [*inside, *map(root.joinpath, PAGES)] if str(path.relative_to(root)) not in APART)

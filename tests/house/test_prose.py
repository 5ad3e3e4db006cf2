"""Prose is plain English: no phrase of the list in `prose.py` occurs in the repository."""

from pathlib import Path

import pytest

from tests.house import prose

ROOT = Path(__file__).parents[2]


def test_documents_docstrings_comments_and_messages_are_plain_english() -> None:
    mistakes = [
        f"{path.relative_to(ROOT)}:{each.line}: {each.words!r}: write {each.instead}"
        for path in prose.files(ROOT)
        for each in prose.found(path)
    ]
    assert not mistakes, "\n".join(mistakes)


@pytest.mark.parametrize("phrase", prose.PHRASES, ids=lambda phrase: phrase.example)
def test_a_phrase_is_found_in_its_example(phrase: prose.Phrase) -> None:
    assert any(each.instead == phrase.instead for each in prose.matches(phrase.example))


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        ("code.py", 'told = "told"\n# it is told\n"""A\n\nuser is\ntold."""\nprint(f"a {told} b")\n', [2, 6]),
        ("wrapped.py", "# a quorum of two\n# minds\n", [1]),
        ("parts.py", 'print(\n    "a quorum of "\n    "two minds"\n)\n', [2]),
        ("hazards.md", "6, nobody runs, and nobody\nanswers\n", [1]),
        ("page.md", "What is\nthis?\n\nWhat this is.\n\n## What it is\n", [4, 6]),
        ("cells.ipynb", '"a quorum of\\n",\n    "two minds\\n"\n', [1]),
    ],
)
def test_only_prose_is_checked_and_a_phrase_may_be_wrapped(
    tmp_path: Path, name: str, text: str, lines: list[int]
) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert sorted(each.line for each in prose.found(path)) == lines

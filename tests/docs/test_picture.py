"""The README's picture is what the command prints."""

from pathlib import Path

from docs.programs.picture import picture

ROOT = Path(__file__).parents[2]


def test_the_kept_picture_is_what_the_command_prints_and_loads_nothing() -> None:
    made = picture(ROOT / "scenarios" / "week4.yaml")
    assert (ROOT / "docs" / "week4.svg").read_text("utf-8") == made, "run: python -m docs.programs.picture"
    assert made.count("http") == 1, "the SVG name space alone"

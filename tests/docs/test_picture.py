"""The README's picture shows the output of the command."""

from pathlib import Path

from docs.programs.picture import picture

ROOT = Path(__file__).parents[2]


def test_the_picture_shows_the_output_of_the_command_and_loads_no_file() -> None:
    made = picture(ROOT / "scenarios" / "week4.yaml")
    assert (ROOT / "docs" / "week4.svg").read_text("utf-8") == made, "run: python -m docs.programs.picture"
    assert made.count("http") == 1, "only the SVG name space"

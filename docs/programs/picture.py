"""Writes `docs/week4.svg`, the picture of the README: `python -m docs.programs.picture`.

It shows the output of `icnsim run scenarios/week4.yaml` with a warm-up, so that averages are those of the steady
state. Rich's own SVG would load its font from the network. This SVG uses the reader's font.
"""

import io
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import MONOKAI

from icnsim.cli.table import print_run
from icnsim.experiment import run

FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: {char_height}px;
  line-height: {line_height}px; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
  <rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


SETTINGS: Final = {"warmup": "7min"}
"""The keys that the pictured command sets."""


def picture(scenario: Path) -> str:
    """The SVG of the output of `icnsim run` for this scenario with `SETTINGS`."""
    console = Console(record=True, width=100, file=io.StringIO(), highlight=False, force_terminal=True)
    print_run(console, run(scenario, SETTINGS), Path("scenarios", scenario.name))
    settings = "".join(f" --set {key}={value}" for key, value in SETTINGS.items())
    title = f"icnsim run scenarios/{scenario.name}{settings}"
    return console.export_svg(title=title, theme=MONOKAI, code_format=FORMAT, unique_id="icnsim")


if __name__ == "__main__":
    Path("docs/week4.svg").write_text(picture(Path("scenarios/week4.yaml")), "utf-8")

"""Texts of a scenario on a terminal: no text of a stranger is markup, and none can move the cursor."""

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from icnsim.cli import options
from icnsim.cli.document import print_document
from tests.command import environment, icnsim

SCENARIO = """
name: small
drain: 3min
executors: [{group: a, count: 4, region: x}, {group: silent, count: 2, behavior: unresponsive, region: x}]
record: {timeline: null, manager: false}
workload: {migrations: 60, arrivals: {rate: 5/s}}
"""
NAMES = ("[/b].csv", "[conceal]:smile:[link=https:x]a[/link].csv")
GOAL = ("--minimize", "manager.ticks", "--subject-to", "detection_total.max<200s")


def written(place: Path, names: tuple[str, ...], vary: object) -> Path:
    """Writes a scenario with these variations, and matrices of these names next to it."""
    for name in names:
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(",x\nx,100\n", "utf-8")
    sections = {"network": {"matrix": names[-1]}, "sweep": {"replications": 6, "vary": vary}}
    text = "\n".join(f"{key}: {json.dumps(value)}" for key, value in sections.items())
    (place / "small.yaml").write_text(f"{SCENARIO}{text}\n", "utf-8")
    return place


@pytest.mark.parametrize(
    "command",
    [("sweep", "--replications", "2"), ("recommend", *GOAL), ("compare", "small.yaml", "--replications", "2")],
)
def test_texts_that_vary_are_printed_as_they_are_and_are_no_markup(tmp_path: Path, command: tuple[str, ...]) -> None:
    written(tmp_path, NAMES, {"network": [{"matrix": name} for name in NAMES]})
    done = icnsim(command[0], "small.yaml", *command[1:], "--jobs", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert all(name in done.stdout for name in NAMES)


def test_no_json_document_holds_a_character_that_moves_a_terminal(tmp_path: Path) -> None:
    networks = [{"latency": "200ms", "matrix": name} for name in ("a\x9b2J.csv", "b.csv")]
    written(tmp_path, ("a\x9b2J.csv", "b.csv"), {"network": networks})
    for command in (("sweep", "--dry-run"), ("sweep", "--replications", "1")):
        done = icnsim(command[0], "small.yaml", *command[1:], "--jobs", "1", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert "a\\u009b2J.csv" in done.stdout and done.stdout.replace("\n", "").isprintable()
        assert "a\x9b2J.csv" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


def test_half_of_a_character_is_escaped_too(capsys: pytest.CaptureFixture[str]) -> None:
    print_document({"a": "\ud800 \U000e0001 µ"})
    out = capsys.readouterr().out
    assert out == '{\n  "a": "\\ud800 \\udb40\\udc01 µ"\n}\n'
    assert json.loads(out) == {"a": "\ud800 \U000e0001 µ"}


def test_streams_that_are_closed_are_no_defect(tmp_path: Path) -> None:
    written(tmp_path, ("b.csv",), {"network.matrix": ["b.csv"]})
    command = f'"{sys.executable}" -m icnsim sweep small.yaml --replications 1 --jobs 1 <&- >&- 2>&-'
    assert subprocess.run(["sh", "-c", command], cwd=tmp_path, env=environment(), check=False).returncode == 0
    assert list(tmp_path.glob("results/small/sweep-*/summary.json"))


@pytest.mark.parametrize(
    ("detector", "heartbeat", "text"),
    [
        ("{kind: wheel, tick: 2s}", "null", "6 executors, detector wheel tick=2s, check interval"),
        ("{kind: chen}", "{every: 1s}", "detector chen alpha=1s window=1000 by=target with heartbeats, check interval"),
    ],
)
def test_the_table_of_a_run_names_its_detector(tmp_path: Path, detector: str, heartbeat: str, text: str) -> None:
    (tmp_path / "small.yaml").write_text(SCENARIO.replace(", region: x", ""), "utf-8")
    settings = (f"--set=manager.detector={detector}", f"--set=manager.heartbeat={heartbeat}")
    done = icnsim("run", "small.yaml", "--set=workload.migrations=3", *settings, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert text in done.stdout


@pytest.mark.parametrize("values", [["x" * 100_000], ["=" + "x" * 100_000], ["a=" + "x" * 100_000, "a=1"]])
def test_a_message_about_an_option_shows_the_beginning_of_a_long_text(values: list[str]) -> None:
    with pytest.raises(click.BadParameter) as refused:
        options.pairs(click.Context(click.Command("run")), click.Option(["--set"]), values)
    assert len(refused.value.message) < 300

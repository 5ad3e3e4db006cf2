"""The parts that a new user meets first: the shipped files, the figures, completion."""

import json
import subprocess
import sys
from pathlib import Path

import click

from icnsim.cli import completion
from icnsim.scenario import load
from icnsim.sweeps.described import described
from icnsim.sweeps.figures import names, unit_of
from tests.command import ROOT, icnsim

COMMAND = click.Command("any")
CONTEXT = click.Context(COMMAND)
PARAMETER = click.Option(["--any"])


def test_init_copies_every_scenario_and_notebook_and_keeps_what_is_there(tmp_path: Path) -> None:
    mine = tmp_path / "here" / "scenarios" / "week4.yaml"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", "utf-8")
    done = icnsim("init", "here", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.endswith(" files copied to here, 1 existing files kept\n")
    assert mine.read_text("utf-8") == "mine"
    for kind, pattern in (("scenarios", "**/*.yaml"), ("notebooks", "*.ipynb")):
        ours = {path.relative_to(ROOT) for path in (ROOT / kind).glob(pattern) if "results" not in path.parts}
        assert ours == {path.relative_to(tmp_path / "here") for path in (tmp_path / "here" / kind).glob(pattern)}
    load(tmp_path / "here" / "scenarios" / "wide-area.yaml")  # with its data files
    file = tmp_path / "file"
    file.touch()
    refused = icnsim("init", "file/below", cwd=tmp_path)
    assert refused.returncode == 2 and "cannot be written: not a directory" in refused.stderr


def test_every_figure_has_its_unit_and_meaning_in_icnsim_figures(tmp_path: Path) -> None:
    assert [(each.name, each.unit) for each in described()] == [(name, unit_of(name)) for name in names()]
    assert all(each.meaning for each in described())
    meaning = {each.name: each.meaning for each in described()}
    assert meaning["detection_total.p99"].startswith("99 % quantile: from the entry into the state")
    assert meaning["migrations.rejected"] == "migrations of the total, by their outcome"
    done = icnsim("figures", "detection_total", "quantile", cwd=tmp_path)
    assert done.stdout.split()[:2] == ["detection_total.p95", "s"]
    assert json.loads(icnsim("figures", "--json", cwd=tmp_path).stdout)[0].keys() == {"name", "unit", "meaning"}
    none = icnsim("figures", "nothing-like-it", cwd=tmp_path)
    assert none.returncode == 2 and "no figure contains 'nothing-like-it'" in none.stderr


def test_keys_figures_and_plots_are_completed() -> None:
    assert completion.settings(CONTEXT, PARAMETER, "manager.check") == ["manager.check_interval="]
    assert {"manager.timeout=", "manager.timeout.requesting="} <= {
        *completion.settings(CONTEXT, PARAMETER, "manager.ti")
    }
    assert completion.keys(CONTEXT, PARAMETER, "manager") and "manager" not in completion.keys(CONTEXT, PARAMETER, "")
    assert "executors.0.count" in completion.keys(CONTEXT, PARAMETER, "executors.")
    assert "detection_total.p99" in completion.figures(CONTEXT, PARAMETER, "detection_total.")
    assert completion.plots(CONTEXT, PARAMETER, "heat") == ["heatmap"]
    for key in completion.keys(CONTEXT, PARAMETER, ""):
        assert not key.startswith(("expect", "sweep", "faults", "name"))


def test_the_shell_asks_the_command_itself(tmp_path: Path) -> None:
    asked = {"_ICNSIM_COMPLETE": "bash_complete", "COMP_WORDS": "icnsim run --set manager.check", "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", "from icnsim.cli import icnsim; icnsim(prog_name='icnsim')"], cwd=ROOT,
        capture_output=True, text=True, check=False, env={**asked, "PATH": "", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "plain,manager.check_interval=" in done.stdout.splitlines(), done.stderr

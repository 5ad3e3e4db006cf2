"""The parts that a new user meets first: the shipped files, the figures, completion."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import click
import pytest

from icnsim.cli import completion, init
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


@pytest.mark.slow
def test_a_wheel_holds_what_init_copies(tmp_path: Path) -> None:
    """The wheel is unpacked as pip does; its record leads `icnsim init` to the files."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    tree = tmp_path / "tree"
    for name in filter(None, listed.split("\0")):
        if name.startswith(("icnsim/", "scenarios/", "notebooks/", "pyproject", "README", "LICENSE")):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_bytes((ROOT / name).read_bytes())
    build = "import setuptools.build_meta as b, sys; print(b.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", build, str(tmp_path)], cwd=tree, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    wheel = next(tmp_path.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        inside = {name.partition("data/share/icnsim/")[2] for name in archive.namelist()}
    assert {str(name) for name, _ in init.shipped()} == inside - {""}


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

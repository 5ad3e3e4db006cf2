"""Plug-ins are found by the entry points of installed packages, and a wrong one is an error that says what to do."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from icnsim.errors import PluginError, ScenarioError
from icnsim.scenario import loads
from icnsim.scenario.plugins import registry
from tests.plugins.packages import environment, place

Known = Callable[[Path], None]
GROUP = "icnsim.distributions"
SCENARIO = "name: a\nduration: 10s\nnetwork: {latency: {distribution: %s}}\n"


def test_the_example_package_has_its_name_and_version(example: Path) -> None:
    plugin = registry.installed("distribution")["triangular"]
    assert (plugin.package, plugin.version) == ("icnsim-example", "0.1.0")


def test_a_run_without_plug_ins_reads_no_entry_points(tmp_path: Path) -> None:
    code = (
        "import importlib.metadata as m, icnsim\n"
        "read = m.entry_points\n"
        "def refuse(**given):\n"
        "    assert not given['group'].startswith('icnsim'), 'entry points were read'\n"
        "    return read(**given)\n"
        "m.entry_points = refuse\n"
        "icnsim.run(__import__('icnsim.scenario').scenario.loads('name: a\\nworkload: {migrations: 5}\\n'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_built_in_is_refused(tmp_path: Path, known: Known) -> None:
    known(place(tmp_path / "a", GROUP, {"uniform": "X"}, "X = 1"))
    with pytest.raises(PluginError, match=r"broken 1.0 has the name of a built-in distribution: uninstall it"):
        registry.installed("distribution")


def test_a_name_of_two_packages_is_refused_whatever_their_order(tmp_path: Path, known: Known) -> None:
    known(place(tmp_path / "b", GROUP, {"mine": "X"}, "X = 1", "other"))
    known(place(tmp_path / "a", GROUP, {"mine": "X"}, "X = 1"))
    with pytest.raises(PluginError, match=r"the packages broken 1.0 and other 1.0 both have a distribution 'mine'"):
        registry.installed("distribution")


def test_an_invalid_name_is_refused(tmp_path: Path, known: Known) -> None:
    known(place(tmp_path / "a", GROUP, {"My_Name": "X"}, "X = 1"))
    with pytest.raises(PluginError, match=r"invalid name: use small letters"):
        registry.installed("distribution")


def test_a_module_that_cannot_be_imported_is_an_error_with_its_line(tmp_path: Path, known: Known) -> None:
    known(place(tmp_path / "a", GROUP, {"mine": "X"}, "raise RuntimeError('no licence')"))
    with pytest.raises(ScenarioError, match=r":3: network.latency: .*cannot be imported \(RuntimeError: no licence\)"):
        loads(SCENARIO % "mine")


def test_an_object_of_another_class_is_an_error(tmp_path: Path, known: Known) -> None:
    known(place(tmp_path / "a", GROUP, {"mine": "X"}, "X = 1"))
    with pytest.raises(ScenarioError, match=r"no subclass of icnsim.plugins.Distribution"):
        loads(SCENARIO % "mine")


def test_a_missing_plug_in_is_an_error_that_lists_the_known_ones_and_suggests_one(example: Path) -> None:
    with pytest.raises(ScenarioError, match=r"mixture, triangular; or install its plug-in.*did you mean 'triangular'"):
        loads(SCENARIO % "trianglar")


def test_a_package_that_is_not_installed_is_an_error_with_the_command_that_installs_it() -> None:
    with pytest.raises(ScenarioError, match=r"plugins: .*pip install icnsim-absent==2.0"):
        loads("name: a\nduration: 10s\nplugins: {icnsim-absent: 2.0.0}\n")


def test_another_version_of_a_package_is_an_error(example: Path) -> None:
    with pytest.raises(ScenarioError, match=r"installed, 0.1.0: install icnsim-example==9.0.0, or remove"):
        loads("name: a\nduration: 10s\nplugins: {icnsim-example: 9.0.0}\n")

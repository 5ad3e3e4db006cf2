"""`icnsim check-plugin` finds plug-ins that break a rule, and nothing in the example."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from icnsim.cli import FAILED
from icnsim.cli.check_plugin import command
from icnsim.errors import PluginError
from icnsim.plugins.check import check
from icnsim.plugins.probe import probe
from icnsim.scenario.plugins import registry
from tests.plugins.packages import place

Known = Callable[[Path], None]
CODE = """
import random, time
import numpy as np
from icnsim.plugins import Distribution, Parameter
LETTERS = {{"a", "b", "c", "d", "e", "f", "g", "h"}}
MEMORY = []

class X(Distribution):
    parameters = {{"high": Parameter("the largest value", "quantity")}}
    examples = ({{"high": "1s"}},)
    def __init__(self, high): self.high = high
    def ppf(self, u): {ppf}
    def cdf(self, x): return np.clip(x / self.high, 0.0, 1.0)
    def mean(self): return {mean}
    def variance(self): return self.high ** 2 / 12
    def support(self): return (0.0, {high})
"""


def package(
    folder: Path, ppf: str = "return u * self.high", mean: str = "self.high / 2", high: str = "self.high"
) -> Path:
    code = CODE.format(ppf=ppf, mean=mean, high=high)
    return place(folder / "plugins", "icnsim.distributions", {"mine": "X"}, code)


def test_the_example_breaks_no_rule(example: Path) -> None:
    assert check(registry.installed("distribution")["triangular"]) == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, None),
        ({"ppf": "return np.random.random(u.shape) * self.high"}, "it uses a global random generator"),
        ({"ppf": "return u * (self.high + 0 * random.random())"}, "it uses a global random generator"),
        ({"ppf": "return u * (self.high + 0 * time.time())"}, "it reads a clock"),
        ({"ppf": "MEMORY.append(1); return u / len(MEMORY)"}, "a second call with the same arguments"),
        ({"ppf": "return np.sort(u) * self.high"}, "uniform numbers are given in reverse"),
        ({"ppf": "u *= self.high; return u"}, "ppf changes its argument"),
        ({"ppf": "return u * self.high - 1e3"}, "ppf returns negative values"),
        ({"ppf": "return np.where(u > 0.9, np.nan, u)"}, "ppf returns values that are not finite"),
        ({"ppf": "return (u * self.high).astype('f4')"}, "an array of float32 instead of an array of float64"),
        ({"ppf": "return u[1:]"}, "ppf returns the shape"),
        ({"ppf": "return u ** 2 * self.high"}, "cdf differs from the shares"),
        ({"mean": "self.high"}, "differ from those of the values of ppf"),
        ({"high": "self.high / 2"}, "are outside of the support"),
        ({"ppf": "raise KeyError('x')"}, "it raises KeyError: 'x'"),
    ],
)
def test_a_process_of_the_trial_notes_each_broken_rule(
    tmp_path: Path, known: Known, changes: dict[str, str], message: str | None
) -> None:
    known(package(tmp_path, **changes))
    found = probe("distribution", "mine", 0)["violations"]
    assert (found == []) if message is None else any(message in each for each in found), found


def test_results_that_depend_on_the_hash_seed_are_found_by_the_command(tmp_path: Path, known: Known) -> None:
    ppf = "return u * self.high * (1 + 1e-9 * ord(min(enumerate(LETTERS))[1]))"
    known(package(tmp_path, ppf))
    done = CliRunner().invoke(command, ["mine", "--json"], standalone_mode=False)
    assert done.return_value == FAILED, done.output
    (found,) = json.loads(done.stdout)
    assert (found["name"], found["package"]) == ("mine", "broken")
    assert "ppf, example 1: the result differs from process to process" in found["violations"]


def test_a_plug_in_without_examples_cannot_be_tried(tmp_path: Path, known: Known) -> None:
    code = CODE.format(ppf="return u", mean="0.5", high="1.0").replace("examples =", "others =")
    known(place(tmp_path / "a", "icnsim.distributions", {"mine": "X"}, code))
    assert "has no examples: add a set of parameters" in probe("distribution", "mine", 0)["violations"][0]


def test_the_command_lists_plug_ins_and_refuses_unknown_names(example: Path) -> None:
    listed = CliRunner().invoke(command, [], standalone_mode=False)
    assert "distribution triangular (icnsim-example 0.1.0)" in listed.stdout and listed.return_value == 0
    unknown = CliRunner().invoke(command, ["triangle"], standalone_mode=False).exception
    assert isinstance(unknown, PluginError) and "no installed plug-in has the name 'triangle'" in str(unknown)

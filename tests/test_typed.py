"""A command that is printed does what it says when it is pasted."""

import math
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from icnsim import typed
from icnsim.cli import options
from icnsim.recommendation.wording import shown
from icnsim.scenario import load, yamlfile

SHORT = "name: short\nexecutors: [{group: a, count: 3}]\nworkload: {migrations: 10}\n"


@pytest.mark.parametrize(
    "value",
    ["30s", "5", "1.0", "true", "", "null", "a: b", "[x", "a # b", "*x", "it's", "\x9b \U000e0001 µ", 5, [1, "2"],
     {"distribution": "uniform", "low": "1s"}, None, 1e-06, 0.1, 60.0, "1e-06", "1e3", -2.5e-9],
)  # fmt: skip
def test_a_value_is_read_again_as_what_it_is(value: object) -> None:
    option, setting = typed.settings({"key": value})
    assert option == "--set" and setting.isprintable()
    found = yamlfile.read(setting.removeprefix("key="), "").data
    assert (list(found) if isinstance(found, tuple) else found) == value


def test_a_number_is_printed_without_an_exponent_and_one_with_an_exponent_is_read(tmp_path: Path) -> None:
    assert typed.settings({"network.loss": 1e-06}) == ["--set", "network.loss=0.000001"]
    assert shown(1e-06) == "0.000001"
    (tmp_path / "short.yaml").write_text(SHORT, "utf-8")
    for written, loss in (("1e-06", 1e-6), ("1E-6", 1e-6), ("2.5e-3", 0.0025), ("1e0", 1)):
        scenario = load(tmp_path / "short.yaml", {"network.loss": written, "workload.migrations": "1e2"})
        assert (scenario.network.loss, scenario.workload.migrations) == (loss, 100)


def test_a_shell_gives_every_argument_back() -> None:
    arguments = ["a b", "$x", "it's", "", "new\nline \\ '", "\x1b[2J", "\x9b", "µ"]
    line = typed.command(arguments)
    assert line.isprintable()
    done = subprocess.run(["bash", "-c", f"printf '%s\\0' {line}"], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == arguments
    assert shlex.split(typed.command(["icnsim", "run", "a b.yaml"])) == ["icnsim", "run", "a b.yaml"]


NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**30), 10**30)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)


def _lists(value: object) -> object:
    """The value with lists in place of the tuples of the reader."""
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


@given(VALUES)
def test_the_printed_value_of_any_kind_is_read_back_as_the_same_value(value: object) -> None:
    assert _lists(yamlfile.read(typed.value(value), "").data) == value


@given(st.floats(1e-9, 1e9) | st.floats(-1e9, -1e-9))
def test_no_number_of_a_usual_size_is_printed_with_an_exponent(number: float) -> None:
    text = typed.value({"share": [number]})
    assert "e" not in text.replace("share", "")
    assert math.isclose(float(text.strip('{}[]"share: ')), number, rel_tol=0)


@given(st.lists(NUMBERS | st.booleans(), min_size=1, max_size=5, unique_by=repr))
def test_printed_numbers_are_read_back_by_vary(values: list[object]) -> None:
    text = f"key={','.join(map(typed.value, values))}"
    context = click.Context(click.Command("sweep"))
    assert list(options._varied(context, click.Option(["--vary"]), [text])["key"]) == values

"""Every command and snippet of the README and of docs/ runs as it is printed, page by page, in its order.

A page is a session in a folder of its own, which contains the shipped scenarios. Options are added that make long
commands short. A list has the commands that are not run, with the reasons. A comment at the end
of a command gives its exit code if it is not 0: ``# exit 2``.
"""

import contextlib
import io
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from shutil import copytree
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from click.testing import CliRunner
from matplotlib import pyplot

import icnsim
from icnsim.cli import icnsim as command_line
from icnsim.scenario import loads
from icnsim.sweeps import plan as planning
from icnsim.sweeps.designs import Point
from icnsim.sweeps.plan import Plan, with_points

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh", "console", "python", "yaml", "text"}
NOT_RUN = {
    "make": "it runs these tests",
    ". .venv/bin/activate": "the tests have their environment",
    "promtool": "tests/cli/test_metrics.py runs it if it is installed",
    "--scheduler": "it needs a cluster; tests/sweeps/test_dask.py has one",
    "python -m benchmarks": "tests do not depend on timings",
    "icnsim live": "it takes real time; tests/live has it",
    "python -m tests.machines": "it needs other environments; tests/plants compares worlds",
    **dict.fromkeys(
        ("python3 -m venv", "pip install", "pip wheel", "pipx install", "uv venv", "uv pip", "uv tool", "conda "),
        "it installs packages from a network",
    ),
    **dict.fromkeys(("podman ", "docker "), "it needs an image from a registry"),
}
"""The words of lines that are not run, with the reasons."""
SETTINGS = {"workload.migrations": "30", "warmup": "0s", "expect": "{}"}
SMALL = {
    "run": (),
    "sweep": ("--replications", "1", "--jobs", "1"),
    "compare": ("--replications", "2", "--jobs", "1"),
    "recommend": ("--replications", "6", "--jobs", "1", "--scale"),
    "check": ("--seeds", "5", "--tries", "2", "--jobs", "1"),
}
"""Options that make a command short. The last one of a kind is used. A setting is added unless the page sets it."""
LONG = {
    "hotspot.yaml": {"duration": "15min"},
    "checkpoint-interval.yaml": {"drain": "2h"},
    "choose-parameters.yaml": {"executors.0.count": "10", "actors.count": "1000"},
    "whole-federation.yaml": {"duration": "1h"},
    "rolling-restart.yaml": {"duration": "3h"},  # its drain begins after 2 h
    "detectors.yaml": {"duration": "10min"},
    **{
        name: {"actors.count": "1000"}
        for name in ("first.yaml", "mine.yaml", "scenario.yaml", "wide-area.yaml", "timeout-attack.yaml")
    },
    "week4.yaml": {"actors.count": "25000"},  # docs/trace.md looks at actor-24114
    "random: {": {"actors.count": "1000"},
    "crash-recovery.yaml": {"actors.count": "40"},
}
"""Words of commands that are long even with few migrations, each with the settings that make it short."""
GRID = [
    part
    for values in ("manager.check_interval=15s", "manager.timeout=1min", "manager.retention=5min")
    for part in ("--vary", values)
]
"""They replace the 105 points of the scenario choose-parameters, next to which a recommendation has its settings."""
MAY_FAIL = {"check": {0, 1}, "recommend": {0, 1}}
"""Five runs of a search do not reach what it claims to check; few replications may not be enough to recommend by."""
FEW = {"workload.migrations": 30, "actors.count": 1000, "warmup": "0s", "expect": {}}


def blocks(page: Path) -> list[tuple[str, str]]:
    """The language and the text of each fenced block."""
    return BLOCK.findall(page.read_text("utf-8"))


def lines(text: str, language: str) -> Iterator[tuple[str, int]]:
    """The commands of a block, each with its expected exit code."""
    for line in text.replace("\\\n", " ").splitlines():
        told = line.removeprefix("$ ") if language == "console" else line
        command, _, comment = told.partition("  #")
        code = re.match(r" *exit ([0-9]+)", comment)
        if command.strip() and (language == "sh" or line.startswith("$ ")):
            yield command.strip(), int(code[1]) if code else 0


IDS = [str(page.relative_to(ROOT)) for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_block_has_a_known_language(page: Path) -> None:
    assert {language for language, _ in blocks(page)} <= LANGUAGES
    indented = re.findall(r"^    (?:icnsim|python|make) .*$", page.read_text("utf-8"), re.MULTILINE)
    assert indented == [], "commands are in fenced blocks, from which they are run"


WITH_SNIPPETS = [
    page for page in PAGES if {"sh", "console", "python", "yaml"} & {language for language, _ in blocks(page)}
]


@pytest.fixture(scope="module")
def new_scenarios(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scenarios that `icnsim new` writes and that pages begin with."""
    folder = tmp_path_factory.mktemp("new")
    with contextlib.chdir(folder):
        for name in ("my", "mine", "scenario"):
            run(f"icnsim new {name}", 0)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("page", WITH_SNIPPETS, ids=[str(page.relative_to(ROOT)) for page in WITH_SNIPPETS])
def test_a_page_s_snippets_run(
    page: Path, new_scenarios: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    monkeypatch.chdir(tmp_path)
    copytree(new_scenarios, tmp_path, dirs_exist_ok=True)
    for name in ("run", "sweep", "compare", "recommend", "compare_detectors"):
        monkeypatch.setattr(icnsim, name, small(getattr(icnsim, name)))
    names: dict[str, Any] = {}
    for language, text in blocks(page):
        if language in ("sh", "console"):
            for command, code in lines(text, language):
                run(command, code)
        elif language == "python" and "icnsim.run_live(" not in text:  # it takes real time; tests/live has it
            exec(compile(text, str(page), "exec"), names)
        elif language == "yaml":
            loaded_with(text)
    pyplot.close("all")


def few_points(name: str) -> AbstractContextManager[object]:
    """While a sweep begins, its plan has few points."""
    return patch.object(planning, "with_points", corners) if name == "sweep" else contextlib.nullcontext()


def corners(base: Plan, points: Iterable[Point]) -> Plan:
    """A plan whose points have been checked, without those that have neither the first nor the last value of a key."""
    whole = with_points(base, points)
    if base.scenario.sweep.design != "grid":
        return whole
    first, last = whole.points[0], whole.points[-1]
    kept = [point for point in whole.points if all(value in ends for value, *ends in zip(point, first, last))]
    return with_points(base, kept)


def small(function: Any) -> Any:
    """The same function with few replications, and with few migrations unless its caller sets their number."""

    def smaller(*arguments: Any, **named: Any) -> Any:
        if function.__name__ != "run":
            named["replications"] = {"recommend": 6, "compare": 2}.get(function.__name__, 1)
            if function.__name__ == "recommend":
                scenario, keys = arguments
                arguments = scenario, {key: values[:1] for key, values in keys.items()}
                named["scale"] = True
            named["jobs"] = 1
        if function.__name__ == "compare_detectors":
            named["points"] = 1
        with few_points(function.__name__):
            return function(*arguments, **{**named, "overrides": {**FEW, **(named.get("overrides") or {})}})

    return smaller


def run(command: str, code: int) -> None:
    """Run a line of a page. It must have this exit code."""
    if any(words in command for words in NOT_RUN):
        return
    words = shlex.split(command)
    target = None
    if ">" in words:
        words, target = words[: words.index(">")], words[-1]
    if words[0] == "python":
        done = python(words)
    else:
        assert words[0] == "icnsim", command
        arguments = [part for word in words[1:] for part in expanded(word)]
        if words[1] == "recommend":
            arguments = [*one_point(arguments)]
        if words[1] == "new":
            Path(f"{words[2]}.yaml").unlink(missing_ok=True)
        if "--help" not in arguments:
            arguments += quick(words[1], command)
        with few_points(words[1]):
            result = CliRunner().invoke(command_line, arguments, standalone_mode=False, catch_exceptions=True)
        found = result.return_value if result.exception is None else failed(result.exception)
        allowed = MAY_FAIL.get(words[1], {code}) if code == 0 else {code}
        assert (found or 0) in allowed, f"{command}\n{result.output}\n{result.exception}"
        done = result.stdout
    if target is not None:
        Path(target).write_text(done, "utf-8")


def quick(name: str, command: str) -> list[str]:
    """The options that are added to a command."""
    if name not in SMALL:
        return []
    added = [*SMALL[name], *(("--samples", "4") if ".." in command or "--samples" in command else ())]
    if name in ("sweep", "recommend") and "choose-parameters.yaml" in command and "--vary" not in command:
        added += GRID
    if "--detectors" in command:
        added += ["--points", "1", "--replications", "1", "--conditions", "slow"]
    settings = dict(SETTINGS) if name != "check" else {}
    for scenario, shorter in LONG.items():
        if scenario in command:
            settings |= shorter
    for key, value in settings.items():
        if f"{key}=" not in command:
            added += ["--set", f"{key}={value}"]
    return added


def one_point(arguments: Sequence[str]) -> Iterator[str]:
    """The arguments with the first value of each key. A range is unchanged.

    The scenario's own settings are a second point, with which the recommendation compares this one.
    """
    for option, part in zip(["", *arguments], arguments):
        key, _, told = part.partition("=")
        yield f"{key}={told.split(',')[0]}" if option == "--vary" and ".." not in told else part


def expanded(word: str) -> list[str]:
    """A word after the shell's expansion: a pattern of files becomes their names."""
    return sorted(map(str, Path().glob(word))) or [word] if "*" in word and "/" in word and "=" not in word else [word]


def failed(error: BaseException) -> int:
    """The exit code of an error on the command line. A defect is raised."""
    from icnsim.errors import IcnsimError

    if isinstance(error, IcnsimError):
        return 2
    code = getattr(error, "exit_code", None)
    if code is None:
        raise error
    return int(code)


def python(words: list[str]) -> str:
    """Run `python -c CODE` and return its output."""
    assert words[1] == "-c", words
    with contextlib.redirect_stdout(io.StringIO()) as told:
        exec(words[2], {})
    return told.getvalue()


def loaded_with(text: str) -> None:
    """Loads a fragment of a scenario, with a name and migrations added."""
    fragment = yaml.safe_load(text)
    whole = {"name": "snippet", "workload": {"migrations": 10}, "duration": "1h", **fragment}
    if "sweep" in fragment:
        whole["network"] = {"latency": {"distribution": "lognormal", "mean": "1s", "std": "1s"}}
    assert loads(yaml.safe_dump(whole), Path.cwd()).name == "snippet"

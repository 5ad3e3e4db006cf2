"""Every number in the prose of the tutorial and of the README agrees with the results of its commands.

The tutorial's runs have their full size. `CLAIMS` has a check for each sentence with numbers. The test fails if a
number has no check, so that a new sentence needs one.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner

import icnsim
from icnsim import cli
from icnsim.scenario import Scenario, load

ROOT = Path(__file__).parents[2]
SLOW_LINK = "{distribution: mixture, parts: [{weight: 99, value: 200ms}, {weight: 1, value: 30s}]}"
WORDS: Final = {"ten": 10}


class Session:
    """The runs of the tutorial: of its scenario, with its shorter timeout, and with its slow network."""

    def __init__(self, path: Path) -> None:
        shorter = {"manager.timeout": "20s"}
        self.first = icnsim.run(path)
        self.shorter = icnsim.run(path, shorter)
        self.slow = icnsim.run(path, {**shorter, "network.latency": SLOW_LINK})

    @property
    def scenario(self) -> Scenario:
        return self.first.scenario


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    folder = tmp_path_factory.mktemp("tutorial")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert CliRunner().invoke(cli.icnsim, ["new", "first"]).exit_code == 0
    return Session(folder / "first.yaml")


def prose(page: Path) -> str:
    """The text of a page without its commands, the targets of its links, and inline code."""
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"\]\([^)]*\)", "]", text)
    return " ".join(re.sub(r"`[^`\n]*`", "CODE", text).split())


def number(text: str) -> int:
    return WORDS[text] if text in WORDS else int(text.replace(" ", ""))


def executors(session: Session, count: int, silent: int) -> bool:
    dead = sum(group.count for group in session.scenario.executors if group.behavior == "unresponsive")
    return (session.scenario.executor_count, dead) == (count, silent)


def migrations(session: Session, count: int, minutes: int) -> bool:
    """The number of arrivals is Poisson: with probability 0.999 it is within 3.3 standard deviations of its mean."""
    mean = 5 * 60 * minutes
    return session.scenario.duration == minutes * 60e6 and abs(count - mean) < 3.3 * mean**0.5


def described(session: Session, count: int) -> bool:
    return round(session.first.summary["migrations"]["total"], -2) == count


def latency(session: Session, low: int, high: int, mean: int) -> bool:
    """The numbers of the design and of the run. The mean of 346 uniform delays has a standard deviation of 0.47 s."""
    found = session.first["detection_latency.mean"], session.first["detection_latency.max"]
    low_found = session.first["detection_latency.min"]
    return low <= low_found <= found[1] <= high and abs(found[0] - mean) < 3 * 0.47


def decreased(session: Session, seconds: int) -> bool:
    difference = session.first["detection_total.mean"] - session.shorter["detection_total.mean"]
    return abs(difference - seconds) < 3 * 2**0.5 * 0.47 and session.shorter["false_positives.count"] == 0


def slow_messages(session: Session, seconds: int) -> bool:
    return f"weight: 1, value: {seconds}s" in SLOW_LINK and session.slow["false_positives.count"] > 0


def own_settings(session: Session, timeout: int, interval: int) -> bool:
    manager = session.scenario.manager
    return (manager.limits.timeouts and manager.check_interval == interval * 1_000_000) and (
        session.first["predicted.detection_total.mean.value"] == timeout + interval / 2
    )


CLAIMS: Final[Mapping[str, Callable[..., Any]]] = {
    r"(\d+) executors, (ten) of which never answer": executors,
    r"about ([\d ]+) migrations in (\d+) minutes": migrations,
    r"first (\d+) minutes are the \*warm-up\*": lambda session, minutes: session.scenario.warmup == minutes * 60e6,
    r"describe the other ([\d ]+) migrations": described,
    r"(\d+) to (\d+) s after its deadline, (\d+) s on average": latency,
    r"\*Detection total\* has decreased by about (\d+) s": decreased,
    r"one message in a hundred take (\d+) s": slow_messages,
    r"your own settings, (\d+) s and (\d+) s": own_settings,
}
LEVELS: Final = (r"95 % intervals?", r"99 % of the dead migrations", r"less than 1 % of the willing executors")
"""Levels of confidence, and the question in the tutorial's own command."""


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_statements_of_the_tutorial_agree_with_its_commands(claim: str, session: Session) -> None:
    found = re.search(claim, prose(ROOT / "docs" / "tutorial.md"))
    assert found is not None, "the sentence is gone: remove its claim"
    assert CLAIMS[claim](session, *map(number, found.groups()))


def test_every_number_of_the_tutorial_has_a_claim() -> None:
    text = prose(ROOT / "docs" / "tutorial.md")
    for covered in (*CLAIMS, *LEVELS):
        text = re.sub(covered, "", text)
    assert re.findall(r"[^.]*\d[^.]*", text) == []


def test_the_question_of_the_tutorial_agrees_with_its_command() -> None:
    text = (ROOT / "docs" / "tutorial.md").read_text("utf-8")
    assert "--minimize detection_total.p99 --subject-to 'false_positives.rate<1%'" in text
    assert text.count(SLOW_LINK) == 3


def test_every_number_of_the_readme_is_true() -> None:
    text = prose(ROOT / "README.md")
    makefile, project = (ROOT / "Makefile").read_text("utf-8"), (ROOT / "pyproject.toml").read_text("utf-8")
    exits = (cli.FAILED, cli.BAD_INPUT, cli.INTERRUPTED, cli.DEFECT)
    codes = (
        r"exits with (\d+) if .{1,80} fails, with (\d+) for bad input, "
        r"with (\d+) after Ctrl-C, SIGTERM or SIGHUP, and with (\d+) for"
    )
    claims: dict[str, Callable[..., bool]] = {
        r"Python (3\.\d+) or newer": lambda version: f'requires-python = ">={version}"' in project,
        r"averages exclude the first (\d+) minutes": lambda minutes: f"--set warmup={minutes}min" in makefile,
        codes: lambda *found: tuple(map(int, found)) == exits,
    }
    for claim, holds in claims.items():
        found = re.search(claim, text)
        assert found is not None, claim
        assert holds(*found.groups()), claim
        text = text.replace(found[0], "")
    # `make bench` measures the table with the speed.
    assert "20 to 80 times faster" in text
    text = text.replace("20 to 80 times faster", "")
    assert re.findall(r"[^.]*\d[^.]*", text) == []


def test_the_claims_of_the_tutorial_about_the_code_hold() -> None:
    """As implemented, actors run twice and nowhere; hardened, no invariant is violated."""
    found = {name: icnsim.run(ROOT / "scenarios" / f"{name}.yaml").summary["invariants"] for name in
             ("as-implemented", "hardened")}  # fmt: skip
    assert found["as-implemented"]["I1"] > 0 and found["as-implemented"]["I2"] > 0
    assert not any(found["hardened"].values())
    assert load(ROOT / "scenarios" / "hardened.yaml").faults == load(ROOT / "scenarios" / "as-implemented.yaml").faults

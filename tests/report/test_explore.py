"""The explorer: its script against the closed forms of `icnsim.analysis`, its command against simulations, its page."""

import random
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import icnsim
from icnsim.cli import icnsim as icnsim_command
from icnsim.errors import ScenarioError
from icnsim.recording.expectations import flatten
from icnsim.report.explore import html
from icnsim.report.explorekeys import LEFT_OUT, left_out, reduced
from icnsim.scenario.loading import read
from icnsim.theory.predictions import predict

WITHIN = 1e-6
"""Relative. A probability below 10⁻⁹ is lost in the rounding of the transforms, in Python as well."""
SHIPPED = sorted(path.stem for path in Path("scenarios").glob("*.yaml"))
ALONE = {"stateful-service"}
"""Scenarios in which nothing migrates."""
HOSTILE = "</script><script>document.title='run'</script> & \"quoted\" {{ 7 * 7 }}"
Opened = tuple[Any, list[str]]


def page_of(scenario: str | Path, overrides: dict[str, str] | None = None) -> str:
    return html(read(scenario), str(scenario), overrides or {})[1]


@pytest.fixture(scope="module")
def explore(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Opens the page of a scenario from disk, in a browser without a network; nothing is asked for, nothing fails.

    All tests use one tab: Chromium starts a process for each tab.
    """
    said: list[str] = []
    asked: list[str] = []
    context = chromium.new_context(offline=True)
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))

    def show(text: str, *, width: int = 1280, theme: str = "light") -> Any:
        file = tmp_path_factory.mktemp("page") / "page.html"
        file.write_text(text, "utf-8")
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        page.goto(file.as_uri())
        page.wait_for_selector(":root[data-ready]")
        return page

    yield show
    context.close()
    assert said == []
    assert [url for url in asked if not url.startswith("file:")] == []


def settings_of(command: str, scenario: str) -> dict[str, str]:
    """The overrides of a command of the page, as a shell and icnsim read them."""
    program, run, path, *options = shlex.split(command)
    assert (program, run, path) == ("icnsim", "run", scenario)
    assert options[::2] == ["--set"] * (len(options) // 2)
    pairs = [option.partition("=") for option in options[1::2]]
    assert len({key for key, _, _ in pairs}) == len(pairs)
    return {key: value for key, _, value in pairs}


def corners(levels: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
    """The scenario's own settings, the ends of each slider, all ends at once, and random places of all sliders."""
    drawn = random.Random(16)
    found: list[dict[str, Any]] = [{}]
    found += [{name: values[place]} for name, values in levels.items() for place in (0, -1)]
    found += [{name: values[place] for name, values in levels.items()} for place in (0, -1)]
    while len(found) < count:
        found.append({name: drawn.choice(values) for name, values in levels.items()})
    return found[:count]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count", "known"),
    [("week4", 18, 0.85), ("timeout-attack", 5, 0.85), ("false-positives", 2, 0.7), ("wide-area", 2, 0.5),
     ("timeout-attack-retries", 9, 0.85), ("shared-links", 9, 0.3)],
)  # fmt: skip
def test_the_page_agrees_with_the_closed_forms_in_every_corner(
    explore: Any, name: str, count: int, known: float
) -> None:
    scenario = f"scenarios/{name}.yaml"
    page, source = explore(page_of(scenario)), read(scenario)
    points = corners(page.evaluate("explorer.levels"), count)
    answers = page.evaluate("points => points.map(point => explorer.at(point))", points)
    values = 0
    for point, answer in zip(points, answers, strict=True):
        forms = predict(reduced(source.scenario(settings_of(answer["command"], scenario), allow_large=True)))
        for figure, found in answer["figures"].items():
            expected = forms[figure].value
            assert (found["value"] is None) == (expected is None), (point, figure, found, forms[figure].reason)
            if expected is None:
                assert found["reason"], (point, figure)
                continue
            values += 1
            assert found["value"] == pytest.approx(expected, rel=WITHIN, abs=1e-14), (point, figure)
    assert values >= known * len(points) * len(answers[0]["figures"])


@pytest.mark.slow
def test_a_simulation_by_the_command_of_the_page_confirms_its_figures(explore: Any, tmp_path: Path) -> None:
    scenario = "scenarios/week4.yaml"
    page = explore(page_of(scenario))
    point = {"interval": 10, "timeout": 5, "retention": 40, "dead": 25, "loss": 0.015, "tail": None}
    answer = page.evaluate("point => explorer.at(point)", point)
    overrides = settings_of(answer["command"], scenario)
    found = [dict(flatten(icnsim.run(scenario, overrides, seed=seed, out=tmp_path).summary)) for seed in range(1, 5)]
    # At least 6 standard errors of each mean, from runs of 10 000 migrations.
    for figure, share in (
        ("detection_total.p50", 0.03), ("detection_total.p99", 0.01), ("false_positives.rate", 0.15),
        ("records.mean", 0.04), ("manager.cpu_share", 0.12), ("success_rate", 0.03),
    ):  # fmt: skip
        mean = sum(run[figure] for run in found) / len(found)
        assert mean == pytest.approx(answer["figures"][figure]["value"], rel=share), figure


@pytest.mark.slow
def test_a_slider_moves_with_the_keyboard_and_the_page_follows_at_once(explore: Any) -> None:
    page = explore(page_of("scenarios/week4.yaml"))
    assert page.locator("#command").inner_text() == "icnsim run scenarios/week4.yaml"
    before = page.locator("[data-figure='detection_total.p99'] td").first.inner_text()
    page.locator("#slider-interval").focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    assert page.locator("#slider-interval").get_attribute("aria-valuetext") == "25 s"
    assert page.locator("[data-figure='detection_total.p99'] td").first.inner_text() != before
    assert "manager.check_interval=25s" in page.locator("#command").inner_text()
    assert page.locator("[data-figure='detection_total.p99'] td").nth(1).inner_text() == before  # the design's
    page.locator("#copy").focus()
    page.keyboard.press("Enter")
    assert page.locator("#copied").inner_text() in ("copied", "selected: press Ctrl+C")
    assert page.evaluate("String(getSelection())").strip() == page.locator("#command").inner_text()
    page.locator("#to-design").click()
    assert page.locator("#command").inner_text() == "icnsim run scenarios/week4.yaml"


@pytest.mark.slow
def test_the_curves_have_the_points_of_the_design_and_of_the_settings(explore: Any) -> None:
    page = explore(page_of("scenarios/week4.yaml"))
    for axis in ("interval", "loss"):
        page.locator("#axis").select_option(axis)
        page.wait_for_selector(":root[data-ready=yes]")
        plots = page.locator("#plots figure")
        assert plots.count() == 6
        for k in range(6):
            assert plots.nth(k).locator("svg path.line").count() >= 1
            assert plots.nth(k).locator("svg .now").count() == plots.nth(k).locator("svg .design").count() >= 1
            texts = plots.nth(k).locator("svg text").all_text_contents()
            # The ticks of an axis have the unit of the largest one, but 0 can be without a unit.
            units = {text.partition(" ")[2] for text in texts[:-6] if text != "0"}
            assert len(units) == 1, texts
            assert axis == "loss" or {text.partition(" ")[2] for text in texts[-6:-1]} == {"s"}, texts
            assert "these settings" in plots.nth(k).locator("svg title").text_content()


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_is_wider_than_a_phone(explore: Any, theme: str) -> None:
    page = explore(page_of("scenarios/whole-federation.yaml"), width=360, theme=theme)
    page.wait_for_selector(":root[data-ready=yes]")
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.evaluate(
        "[...document.querySelectorAll('table')].every(each => each.getBoundingClientRect().right <= 360)"
    )
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    assert dark == (theme == "dark")


@pytest.mark.slow
def test_text_of_a_scenario_is_inert(explore: Any, tmp_path: Path) -> None:
    file = tmp_path / "a 'quoted' name.yaml"
    quoted = HOSTILE.replace("'", "''")
    file.write_text(f"name: hostile\ndescription: '{quoted}'\nworkload: {{migrations: 500}}\n", "utf-8")
    page = explore(page_of(file))
    assert page.title() == "Explore hostile"
    assert HOSTILE in page.locator("header").inner_text()
    answer = page.evaluate("explorer.at({dead: 3, loss: 0.01, tail: 2})")
    assert read(file).scenario(settings_of(answer["command"], str(file))).network.loss == 0.01


@pytest.mark.parametrize("name", [name for name in SHIPPED if name not in ALONE])
def test_every_key_without_a_closed_form_is_named(name: str) -> None:
    source = read(f"scenarios/{name}.yaml")
    own, page = source.scenario(allow_large=True), page_of(f"scenarios/{name}.yaml")
    assert reduced(own).plain
    assert left_out(reduced(own)) == ()
    for each in LEFT_OUT:
        assert (f"<code>{each.key}</code>" in page) == each.applies(own)


def test_a_scenario_without_migrations_is_refused_with_what_to_do() -> None:
    with pytest.raises(ScenarioError, match=r"nothing migrates.*icnsim predict"):
        page_of("scenarios/stateful-service.yaml")


def test_the_keys_of_set_are_in_the_command_unless_a_slider_replaces_them() -> None:
    page = page_of("scenarios/week4.yaml", {"manager.timeout": "45s"})
    assert '"overrides":[["manager.timeout","manager.timeout=45s"]]' in page
    assert page == page_of("scenarios/week4.yaml", {"manager.timeout": "45s"})


def test_the_command_writes_the_page_or_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    week4 = str(Path("scenarios/week4.yaml").resolve())
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(icnsim_command, ["explore", week4])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "week4-explore.html" in done.stderr
    page = Path("week4-explore.html").read_text("utf-8")
    assert CliRunner().invoke(icnsim_command, ["explore", week4, "--out", "-"]).stdout == page
    refused = CliRunner().invoke(icnsim_command, ["explore", week4, "--set", "manager.timeot=1s"])
    assert refused.exit_code != 0
    assert "did you mean" in str(refused.exception)

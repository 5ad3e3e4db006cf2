"""Reports of results that are made once, and a real browser for them."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import icnsim
from icnsim.report import comparison, rendering, run, sweep
from icnsim.scenario import loads
from icnsim.search.check import Orders, check
from icnsim.sweeps.comparison import compare
from icnsim.sweeps.engines import Serial

HOSTILE = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\"> & \"quoted\" {{ 7 * 7 }}"
BROKEN = "name: broken\nprotocol: {profile: as-implemented}\nworkload: {migrations: 10}\n"
FEW = {"workload.migrations": 60, "actors.count": 500, "expect": {}}
BROWSER = shutil.which("chromium")
SILENT = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-extensions", "--in-process-gpu", "--no-zygote",
]  # fmt: skip


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind: `run` with a hostile description and group, `violated`, `sweep`, `comparison`."""
    place = tmp_path_factory.mktemp("reports")
    scenario = place / "hostile.yaml"
    week4 = Path("scenarios/week4.yaml").read_text("utf-8").partition("\nexpect:")[0]
    kept = [line for line in week4.splitlines() if not line.startswith("description:")]
    quoted = HOSTILE.replace("'", "''")
    scenario.write_text(
        "\n".join([*kept, f"description: '{quoted}'", "expect: {migrations.total: {equals: 300}}", ""]), "utf-8"
    )
    few = {"workload.migrations": 300}
    plain = icnsim.run(scenario, few, out=place / "results")
    broken = icnsim.run("scenarios/as-implemented.yaml", {"expect": {}}, out=place / "results")
    keys = {"manager.check_interval": ["5s", "30s"], "manager.timeout": ["30s", "1min"]}
    fewer = few | {"actors.count": 1000}
    swept = icnsim.sweep(scenario, keys, fewer, replications=2, jobs=1, out=place / "results")
    compared = compare(
        scenario, scenario, overrides=fewer, overrides_b={"manager.timeout": "30s"}, replications=3, jobs=1
    )
    pages = {
        "run": run.page(plain), "violated": run.page(broken), "sweep": sweep.page(swept),
        "comparison": comparison.page(compared),
    }  # fmt: skip
    made = {}
    for name, page in pages.items():
        made[name] = place / f"{name}.html"
        made[name].write_text(rendering.html(page), "utf-8")
    return made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser; without one the test is skipped."""
    if BROWSER is None:
        pytest.skip("no chromium on this machine")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=SILENT)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a search that found violations."""
    orders = Orders(("loss", "crash"), runs=8, tries=10)
    return check(loads(BROKEN), orders, tmp_path_factory.mktemp("search"), Serial()).folder


@pytest.fixture(scope="session")
def advised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recommendation of four points."""
    found = icnsim.recommend(
        "scenarios/week4.yaml", {"manager.timeout": ["30s", "60s"], "manager.check_interval": ["10s", "30s"]},
        minimize="detection_total.mean", subject_to=["records.mean<500"], overrides=FEW, replications=6, jobs=1,
        out=tmp_path_factory.mktemp("advice"),
    )  # fmt: skip
    assert found.folder is not None
    return found.folder

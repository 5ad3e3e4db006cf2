"""Results and their reports, each made once."""

from pathlib import Path

import pytest

import icnsim
from icnsim.report import comparison, rendering, run, sweep
from icnsim.scenario import loads
from icnsim.search.check import Orders, check
from icnsim.sweeps.comparison import compare
from icnsim.sweeps.engines import Serial
from tests.once import once

HOSTILE = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\"> & \"quoted\" {{ 7 * 7 }}"
BROKEN = "name: broken\nprotocol: {profile: as-implemented}\nworkload: {migrations: 10}\n"
FEW = {"workload.migrations": 60, "actors.count": 500, "expect": {}}


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page of each kind: `run` with a hostile description and group, `violated`, `sweep`, `comparison`."""
    place = once(tmp_path_factory, "reports", write_reports)
    return {path.stem: path for path in sorted(place.glob("*.html"))}


def write_reports(place: Path) -> None:
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
    for name, page in pages.items():
        (place / f"{name}.html").write_text(rendering.html(page), "utf-8")


@pytest.fixture(scope="session")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a search that found violations."""
    (folder,) = once(tmp_path_factory, "search", search).glob("*/check-*")
    return folder


def search(place: Path) -> None:
    check(loads(BROKEN), Orders(("loss", "crash"), runs=8, tries=10), place, Serial())


@pytest.fixture(scope="session")
def advised(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a recommendation of four points."""
    (folder,) = once(tmp_path_factory, "advice", advise).glob("*/recommend-*")
    return folder


def advise(place: Path) -> None:
    icnsim.recommend(
        "scenarios/week4.yaml", {"manager.timeout": ["30s", "60s"], "manager.check_interval": ["10s", "30s"]},
        minimize="detection_total.mean", subject_to=["records.mean<500"], overrides=FEW, replications=6, jobs=1,
        out=place,
    )  # fmt: skip

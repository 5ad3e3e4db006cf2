"""Results of another version: what lacks an entry or has another form is an error with both versions, never a crash."""

import copy
import json
import pickle
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

import icnsim
from icnsim import experiment
from icnsim.cli import main
from icnsim.errors import BudgetError, DefectError, ResultsError
from icnsim.rare_events.rare import Rare
from icnsim.recommendation.recommend import Recommendation
from icnsim.recording import folder, stored
from icnsim.search.check import Check
from icnsim.sweeps.detectors.comparison import DetectorComparison
from icnsim.sweeps.sweep import Sweep
from icnsim.version import VERSION

TINY = "name: tiny\nduration: 20s\ndrain: 2min\nexecutors: [{group: a, count: 3}]\nworkload: {arrivals: {rate: 1/s}}\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run's results."""
    place = tmp_path_factory.mktemp("run")
    (place / "tiny.yaml").write_text(TINY, "utf-8")
    found = icnsim.run(place / "tiny.yaml", out=place / "results").folder
    assert found is not None
    return found


def other(run: Path, place: Path, **entries: Any) -> Path:
    """A copy of results with other entries of the summary, written by another version; `...` removes an entry."""
    place.mkdir()
    for path in run.iterdir():
        (place / path.name).write_bytes(path.read_bytes())
    summary = {**json.loads((run / "summary.json").read_text("utf-8")), "version": "0.0.1", **entries}
    content = folder.dumps({key: value for key, value in summary.items() if value is not ...}).encode()
    (place / "summary.json").write_bytes(content)
    manifest = json.loads((run / "manifest.json").read_text("utf-8"))
    manifest["files"]["summary.json"] = sha256(content).hexdigest()
    manifest["sizes"]["summary.json"] = len(content)
    (place / "manifest.json").write_text(folder.dumps(manifest), "utf-8")
    return place


@pytest.mark.parametrize("entry", ["records", "simulated_s"])
@pytest.mark.parametrize("value", [..., None])
def test_no_command_crashes_on_results_that_lack_a_section(
    entry: str, value: object, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    place = other(run, tmp_path / "other", **{entry: value})
    for arguments in (
        ["report", str(place), "--output", "page.html"],
        ["plot", str(place), "--kind", "records", "--output", "records.svg"],
        ["report", str(place), str(run), "--output", "page.html"],
        ["compare", str(place), str(run)],
        ["trace", str(place)],
        ["metrics", str(place)],
        ["list", "--out", "."],
    ):
        monkeypatch.setattr("sys.argv", ["icnsim", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        said = capsys.readouterr().err
        assert left.value.code in (0, 2) and "defect" not in said and "Traceback" not in said, (arguments, said)
        if arguments[0] == "report" and len(arguments) == 4:
            assert left.value.code == 2 and "--force" in said
    assert not (tmp_path / "records.svg").exists()


def test_in_python_a_missing_section_is_an_error_that_names_it(run: Path, tmp_path: Path) -> None:
    found = experiment.load(other(run, tmp_path / "other", records=...))
    for use in (found._repr_html_, lambda: found.report(tmp_path / "page.html"), lambda: found.summary["records"]):
        with pytest.raises(ResultsError, match=r"summary\.json: the results have no 'records'.*--force"):
            use()
    with pytest.raises(KeyError):
        found.summary["records"]
    assert found.summary.get("records") is None


SECTIONS = (
    "migrations", "attempts", "success_rate", "success_by", "detection_latency", "false_positives", "records",
    "manager", "invariants", "expectations", "predicted", "qos", "work", "tasks", "actors", "simulated_s", "seed",
    "scenario",
)  # fmt: skip


@pytest.mark.parametrize("value", [..., 3])
@pytest.mark.parametrize("entry", SECTIONS)
def test_a_notebook_shows_no_bare_error_of_a_run_that_lacks_a_section(
    entry: str, value: object, run: Path, tmp_path: Path
) -> None:
    found = icnsim.load(other(run, tmp_path / "other", **{entry: value}))
    assert isinstance(found, experiment.Run)
    uses = (found._repr_html_, lambda: found.held, lambda: found.broken, lambda: found.attempts)
    for use in uses:
        with suppress(ResultsError):
            use()


def test_a_notebook_names_both_versions_of_a_run_that_lacks_the_migrations(run: Path, tmp_path: Path) -> None:
    found = icnsim.load(other(run, tmp_path / "other", migrations=...))
    assert isinstance(found, experiment.Run)
    with pytest.raises(ResultsError, match=rf"icnsim 0\.0\.1 wrote the results, and this is {VERSION}.*--force"):
        found._repr_html_()


def test_a_defect_of_a_new_run_is_no_error_of_files(run: Path) -> None:
    new = experiment.Run(experiment.load(run).scenario, {}, None, None)
    with pytest.raises(KeyError, match="expectations"):
        assert new.held


@pytest.mark.parametrize(
    ("result", "uses"),
    [
        (Rare({"probability": None, "ci95": None}, Path("gone"), reused=True), ("probability", "ci95")),
        (
            Recommendation({}, Path("gone"), reused=True),
            ("outcome", "settings", "sentence", "front", "screened", "units"),
        ),
        (Check({}, Path("gone"), reused=True), ("held", "interrupted")),
        (DetectorComparison({}, Path("gone"), reused=True), ("_repr_html_", "document", "points", "costs", "plot")),
        (Sweep({"vary": {}}, Path("gone"), reused=True), ("_repr_html_", "points", "aggregate", "plugged")),
    ],
)
def test_every_kind_of_stored_result_says_what_to_do(result: object, uses: tuple[str, ...]) -> None:
    for use in uses:
        with pytest.raises(ResultsError, match=r"^gone: not results as icnsim writes them .*--force"):
            getattr(result, use)()


def test_a_stored_document_is_a_mapping_that_can_be_copied_and_sent() -> None:
    document = stored.loads(b'{"a": [{"b": 1}], "c": {}}', Path("x.json"))
    for again in (document, copy.deepcopy(document), pickle.loads(pickle.dumps(document))):
        assert again == {"a": [{"b": 1}], "c": {}}
        with pytest.raises(ResultsError, match="no 'd'"):
            again["c"]["d"]


def test_an_error_in_reading_names_the_folder_and_the_versions() -> None:
    changed = pytest.raises(
        ResultsError, match=r"x: not results as icnsim writes them \(TypeError: no\); run .*--force"
    )
    with changed, stored.readable(Path("x")):
        raise TypeError("no")
    wrote = pytest.raises(ResultsError, match=r"icnsim 0\.0\.1 wrote the results")
    with wrote, stored.readable(Path("x"), "0.0.1"):
        raise TypeError


def test_an_error_of_the_simulation_and_a_lack_of_memory_are_not_errors_of_files() -> None:
    for error in (DefectError("records are not conserved"), MemoryError(), BudgetError("too large")):
        with pytest.raises(type(error)), stored.readable(Path("x")):
            raise error


@pytest.mark.parametrize(
    ("entry", "value", "words"),
    [
        ("events", None, "events: found null, expected a number"),
        ("simulated_s", "20", "simulated_s: found '20', expected a number"),
        ("migrations", {"total": 3}, "migrations.skipped: found nothing, expected a number"),
        ("records", 3, "records: found 3, expected a mapping"),
        ("invariants", {"I1": True}, "invariants.I1: found true, expected a number"),
        ("expectations", None, "expectations: found null, expected a list"),
        ("predicted", {"downtime.mean": 1}, "not results as icnsim writes them"),
        ("seed", ..., "seed: found nothing, expected a number"),
    ],
)
def test_a_value_of_this_version_that_icnsim_does_not_write_is_named(
    entry: str, value: object, words: str, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    place = other(run, tmp_path / "changed", **{"version": VERSION, entry: value})
    monkeypatch.setattr("sys.argv", ["icnsim", "report", str(place), "--output", "page.html"])
    with pytest.raises(SystemExit) as left:
        main()
    said = capsys.readouterr().err
    assert left.value.code == 2 and words in said and "--force" in said, said
    assert not (tmp_path / "page.html").exists()


def test_a_stored_run_with_a_changed_value_is_run_again(run: Path, tmp_path: Path) -> None:
    place = tmp_path / "out" / "tiny" / run.name
    place.parent.mkdir(parents=True)
    other(run, place, version=VERSION, events=None)
    (tmp_path / "tiny.yaml").write_text(TINY, "utf-8")
    again = icnsim.run(tmp_path / "tiny.yaml", out=tmp_path / "out")
    assert not again.reused and again.summary["events"] > 0
    assert icnsim.run(tmp_path / "tiny.yaml", out=tmp_path / "out").reused


def test_a_document_with_nan_is_no_json() -> None:
    with pytest.raises(ValueError, match="NaN"):
        stored.loads(b'{"a": NaN}', Path("x.json"))

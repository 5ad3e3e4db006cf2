"""A small part of ``python -m tests.plants``: two worlds give the same bytes, and one plant is caught.

The others can still be planted.
"""

import shutil

import pytest

from tests.plants import __main__ as suite
from tests.plants import worlds
from tests.plants.child import SCENARIOS
from tests.plants.plants import HOUSE, PLANTS, Plant, apply

LOTTERY = next(plant for plant in PLANTS if plant.name == "hash() of a text in lotteries")


FEATURES = ("columns", "faults", "heartbeats", "policy", "tasks", "trust", "wasm")
"""The quick scenarios without sweeps."""


def test_two_worlds_give_the_same_bytes():
    assert worlds.differences(worlds.ROOT, FEATURES) == []


def test_a_plant_is_caught_by_bytes_and_by_the_house_rules():
    held, told = suite.caught(LOTTERY)
    assert held, told
    assert "hash()" in told


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.name)
def test_a_plant_can_be_planted(plant: Plant, tmp_path):
    file = tmp_path / "icnsim" / plant.file
    file.parent.mkdir(parents=True)
    shutil.copy(suite.ROOT / "icnsim" / plant.file, file)
    before = file.read_text("utf-8")
    apply(plant, tmp_path)
    compile(file.read_text("utf-8"), plant.file, "exec")
    assert file.read_text("utf-8") != before
    assert all((SCENARIOS / f"{name}.yaml").is_file() for name in plant.scenarios)
    assert plant.scenarios or plant.rule


def test_a_plant_that_no_check_finds_survives(monkeypatch, tmp_path):
    monkeypatch.setattr(suite, "copied", lambda place: place)
    monkeypatch.setattr(suite, "apply", lambda plant, package: None)
    monkeypatch.setattr(suite, "differences", lambda package, names: [])
    monkeypatch.setattr(suite, "found_in", lambda path, root: {})
    assert suite.caught(LOTTERY) == (False, f"bytes: {suite.SURVIVES}; {HOUSE}: {suite.SURVIVES}")


def test_a_plant_whose_process_fails_is_not_caught(monkeypatch, tmp_path):
    def fails(package, names):
        raise suite.FailedError("no reason")

    monkeypatch.setattr(suite, "differences", fails)
    assert suite.SURVIVES in suite.shown(tmp_path, ["quorum"])


def test_a_text_that_is_not_in_its_file_is_refused(tmp_path):
    (tmp_path / "icnsim").mkdir()
    (tmp_path / "icnsim" / "a.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match="expected once"):
        apply(Plant("a", "a.py", (("y", "z"),), ()), tmp_path)

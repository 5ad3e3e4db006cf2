"""Bandwidths in bits per second mean an eighth as many bytes per second."""

import re

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import loads
from icnsim.scenario.schema import Scenario

BASE = "name: t\nworkload: {migrations: 1}\n"


@pytest.mark.parametrize(
    ("written", "bytes_per_s"),
    [
        ("100Mbit/s", 12_500_000),
        ("1 kbit/s", 125),
        ("0.008kbit/s", 1),
        ("10Gbit/s", 1_250_000_000),
        ("1.5Mbit/s", 187_500),
        ("12.5MB/s", 12_500_000),
    ],
)
def test_a_bandwidth_in_bits_is_read_as_bytes_per_second(written: str, bytes_per_s: int) -> None:
    scenario = loads(BASE, overrides={"network.bandwidth": written})
    assert scenario.network.bandwidth == bytes_per_s
    resolved = scenario.network.model_dump(mode="json")["bandwidth"]
    assert loads(BASE, overrides={"network.bandwidth": resolved}).network.bandwidth == bytes_per_s


@pytest.mark.parametrize("written", ["100Mbit", "100mbit/s", "100Mbps", "0Mbit/s", "0.001kbit/s", "100Mibit/s"])
def test_other_spellings_are_errors_that_show_how_to_write_one(written: str) -> None:
    with pytest.raises(ScenarioError, match="a bandwidth such as 100MiB/s or 100Mbit/s"):
        loads(BASE, overrides={"network.bandwidth": written})


def test_an_editor_accepts_what_icnsim_reads() -> None:
    found = Scenario.model_json_schema()["$defs"]["NetworkOf"]["properties"]["bandwidth"]["anyOf"][0]["pattern"]
    assert all(re.match(found, text) for text in ("100Mbit/s", "1.5 kbit/s", "10Gbit/s", "100MiB/s", "5B/s"))
    assert not any(re.match(found, text) for text in ("100Mibit/s", "100bit/s", "100Mbit"))

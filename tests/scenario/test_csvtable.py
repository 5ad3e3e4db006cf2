"""Bad CSV files of every kind of reader: a cell never moves to another column, and a message has the right line."""

from pathlib import Path

import pytest

from icnsim.errors import ScenarioError
from icnsim.scenario import Scenario, csvtable, load

BASE = "name: x\nduration: 100s\nexecutors: [{group: a, count: 2, region: eu}, {group: b, count: 2, region: ap}]\n"
PLAIN = BASE.replace(", region: eu", "").replace(", region: ap", "")
USES = {
    "trace": (PLAIN + "workload: {trigger: {trace: {file: data.csv}}}\n", "at_s,actor\n1.5,actor-3\n2,\n"),
    "trust": (
        PLAIN + "trust: {initial: {file: data.csv}}\n",
        "executor,trust\na-0,0.5\na-1,0.5\nb-0,1\nb-1,0.25\n",
    ),
    "empirical": (
        PLAIN + "network: {latency: {distribution: empirical, file: data.csv, column: took_s}}\n",
        "took_s,note\n0.5,\n1.5,x\n",
    ),
    "matrix": (BASE + "network: {matrix: data.csv}\n", "region,eu,ap\neu,10,220.5\nap,220.5,8\n"),
    "profile": (
        PLAIN + "workload: {arrivals: {rate: 1/s, profile: {file: data.csv, period: 100s}}}\n",
        "at_s,factor\n0,0.5\n50,2\n",
    ),
}
"""For each kind of reader: a scenario that names data.csv, and a good file."""


def scenario(folder: Path, kind: str, content: str) -> Scenario:
    text, _ = USES[kind]
    (folder / "data.csv").write_text(content, "utf-8")
    (folder / "x.yaml").write_text(text, "utf-8")
    return load(folder / "x.yaml")


def refusal(folder: Path, kind: str, content: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        scenario(folder, kind, content)
    return str(caught.value)


@pytest.mark.parametrize("kind", USES)
def test_spaces_blank_lines_quotes_and_a_byte_order_mark_change_nothing(tmp_path: Path, kind: str) -> None:
    _, good = USES[kind]
    plain = scenario(tmp_path, kind, good)
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in good.splitlines())
    for other in ("\ufeff" + good, good.replace("\n", "\r\n\r\n"), good.replace(",", " , "), quoted):
        again = scenario(tmp_path, kind, other)
        assert (again.trace, again.trust_file, again.matrix, again.profile) == (
            plain.trace, plain.trust_file, plain.matrix, plain.profile,
        )  # fmt: skip
        assert again.network.latency == plain.network.latency


@pytest.mark.parametrize("kind", USES)
def test_a_stray_or_missing_comma_is_refused_with_its_line(tmp_path: Path, kind: str) -> None:
    header, first, *rest = USES[kind][1].splitlines()
    width = header.count(",") + 1
    for row, found in ((first + ",", width + 1), (first.rpartition(",")[0], width - 1)):
        said = refusal(tmp_path, kind, "\n".join([header, "", row, *rest]))
        assert f"a row of {width} cells, one for each column, not {found}, line 3 of data.csv" in said


@pytest.mark.parametrize("kind", ["trust", "empirical", "matrix", "profile"])
def test_a_decimal_comma_is_never_read_as_a_number(tmp_path: Path, kind: str) -> None:
    _, good = USES[kind]
    decimal = next(cell for cell in good.replace("\n", ",").split(",") if "." in cell)
    comma = decimal.replace(".", ",")
    assert "cells, one for each column" in refusal(tmp_path, kind, good.replace(decimal, comma, 1))
    assert "write a decimal point" in refusal(tmp_path, kind, good.replace(decimal, f'"{comma}"', 1))


def test_a_decimal_comma_in_a_file_of_one_column_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "empirical", "took_s\n1.5\n0,5\n")
    assert "a row of 1 cell, one for each column, not 2, line 3 of data.csv; a decimal comma" in said
    text = USES["trace"][0]
    (tmp_path / "data.csv").write_text("at_s\n0,5\n", "utf-8")
    (tmp_path / "x.yaml").write_text(text, "utf-8")
    with pytest.raises(ScenarioError, match="a row of 1 cell"):
        load(tmp_path / "x.yaml")


@pytest.mark.parametrize("kind", USES)
def test_a_header_that_names_a_column_twice_or_not_at_all_is_refused(tmp_path: Path, kind: str) -> None:
    header, *rows = USES[kind][1].splitlines()
    first = header.partition(",")[0]
    wider = [row + ",1" for row in rows]
    twice = refusal(tmp_path, kind, "\n".join([f"{header},{first}", *wider]))
    assert f"a header that names each column once: {first!r} is twice, line 1 of data.csv" in twice
    unnamed = refusal(tmp_path, kind, "\n".join([f"{header},", *wider]))
    assert "a name for each column: column" in unnamed


@pytest.mark.parametrize("kind", USES)
def test_a_bad_number_has_the_line_of_the_file(tmp_path: Path, kind: str) -> None:
    header, *rows = USES[kind][1].splitlines()
    last = rows[-1].split(",")
    place = {"trace": 0, "empirical": 0}.get(kind, 1)
    for bad in ("1_0", "nan", "x", "٣", "0x1", ""):
        last[place] = bad
        said = refusal(tmp_path, kind, "\n".join(["", header, *rows[:-1], "", "", ",".join(last)]))
        assert f"not {bad!r}" in said and f"line {len(rows) + 4} of data.csv" in said


def test_arrivals_out_of_order_have_their_line(tmp_path: Path) -> None:
    assert "not 1 after a later one, line 4 of data.csv" in refusal(tmp_path, "trace", "at_s\n2\n\n1\n")


def test_a_row_with_line_breaks_has_the_line_in_which_it_begins() -> None:
    table = csvtable.read("data.csv", b'a,b\n1,"x\ny"\n\n2,z\n')
    assert list(table.rows) == [(2, ["1", "x\ny"]), (5, ["2", "z"])]


def test_other_separators_are_named(tmp_path: Path) -> None:
    said = refusal(tmp_path, "trust", "executor;trust\na-0;0,5\n")
    assert "separate columns by commas" in said


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(ValueError, match=r"UTF-8 .*data\.csv"):
        csvtable.read("data.csv", b"a,b\n1,\xff\n")

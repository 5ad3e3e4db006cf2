"""The representation of runs and sweeps in a notebook."""

from html.parser import HTMLParser
from pathlib import Path

import icnsim
from icnsim.analysis import html

HOSTILE = "<script>alert(1)</script>"
TABLE = {"table", "caption", "thead", "tbody", "tr", "th", "td", "div", "small"}
SMALL = {"workload.migrations": 60, "actors.count": 1000}
WEEK4 = "scenarios/week4.yaml"


class Page(HTMLParser):
    """The tags of a page, its rows of cells, and the texts outside of cells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, _: object) -> None:
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.lasttag in {"td", "th"}:
            self.rows[-1][-1] += data
        else:
            self.texts.append(data)


def test_every_text_is_inert() -> None:
    page = Page(html.table(HOSTILE, ["a", HOSTILE], [(HOSTILE, "2 < 3")], [HOSTILE]))
    assert page.tags <= TABLE
    assert page.rows == [["a", HOSTILE], [HOSTILE, "2 < 3"]]
    assert page.texts == [HOSTILE, HOSTILE]


def test_a_run_shows_its_figures_their_predictions_and_failed_expectations(tmp_path: Path) -> None:
    path = tmp_path / "week4.yaml"
    path.write_text(
        Path(WEEK4).read_text("utf-8").partition("\nexpect:")[0] + "\nexpect: {migrations.total: {at_most: 1}}\n"
    )
    run = icnsim.run(path, SMALL)
    page = Page(run._repr_html_())
    assert page.tags <= TABLE
    heads, *rows = page.rows
    assert heads == ["figure", "simulated", "± 95 %", "predicted", "the design says"]
    shown = {row[0].strip(): row for row in rows}
    assert shown["migrations"][1] == f"{run.summary['migrations']['total']:,}"
    assert shown["detection latency, mean"][3] == "15.000 s"
    assert page.texts[0].startswith("week4, seed ")
    assert any(text.startswith("expected migrations.total") and text.endswith(", found 60") for text in page.texts)


def test_a_run_shows_the_invariants_that_it_violates() -> None:
    run = icnsim.run("scenarios/hazards/02-resurrection.yaml")
    broken = {name: count for name, count in run.summary["invariants"].items() if count}
    texts = Page(run._repr_html_()).texts
    assert broken
    expected = [f"{name} was violated {count:,} times" for name, count in broken.items()]
    assert [text for text in texts if " was violated " in text] == expected


def test_a_sweep_shows_its_points_and_how_many_more_there_are() -> None:
    vary = {"manager.check_interval": [f"{seconds}s" for seconds in range(10, 52)]}
    sweep = icnsim.sweep(WEEK4, vary, {**SMALL, "workload.migrations": 5}, replications=1, jobs=1)
    page = Page(sweep._repr_html_())
    heads, *rows = page.rows
    assert heads[:2] == ["manager.check_interval, s", "runs"]
    assert len(rows) == 40 and {len(row) for row in rows} == {len(heads)}
    assert [row[0] for row in rows[:2]] == ["10", "11"]
    assert page.texts[0].startswith("week4: 42 points")
    assert page.texts[-1] == "and 2 points more, see sweep.aggregate"

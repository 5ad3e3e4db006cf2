"""The page of a comparison: A and B have the names of what differs, and every verdict is marked."""

import pytest

from icnsim.plots.chart import Points
from icnsim.report import comparison
from icnsim.report.page import Page, Plot, Table
from icnsim.statistics.verdicts import Verdict
from icnsim.sweeps.comparison import Comparison, compare
from icnsim.sweeps.figures import names

WEEK4 = "scenarios/week4.yaml"
FEW = {"workload.migrations": 60, "actors.count": 500, "expect": {}}


@pytest.fixture(scope="module")
def compared() -> Comparison:
    return compare(WEEK4, WEEK4, overrides=FEW, overrides_b={"manager.timeout": "30s"}, replications=12, jobs=1)


@pytest.fixture(scope="module")
def page(compared: Comparison) -> Page:
    return comparison.page(compared)


def tables(page: Page) -> dict[str, Table]:
    (figures,) = (section for section in page.sections if section.name == "figures")
    return {part.title.partition(":")[0]: part for part in figures.parts if isinstance(part, Table)}


def test_a_and_b_have_the_names_of_what_differs(page: Page) -> None:
    assert page.title == "week4: manager.timeout=1min and manager.timeout=30s"
    assert {"#A, manager.timeout=1min", "#B, manager.timeout=30s"} <= set(tables(page)["Usual figures"].columns)


def test_the_first_sentence_says_in_what_b_is_better(page: Page) -> None:
    assert page.description.startswith("B (manager.timeout=30s) is better than A in ")
    assert "detection_total.mean -" in page.description and page.description.endswith("A has manager.timeout=1min.")


def test_each_figure_has_its_unit_and_its_verdict_is_marked(page: Page) -> None:
    rows = {row[0].text: row for row in tables(page)["Usual figures"].rows}
    total = [cell.text for cell in rows["detection_total.mean"]]
    assert total[1] == "✓ better" and total[4] == "-30.000 s"
    assert all(text.endswith(" s") for text in total[2:5])
    assert [cell.text for cell in rows["success_rate"]][1] == "= same"
    assert rows["success_rate"][4].note == "" and rows["success_rate"][4].text.endswith(" pp")


def test_the_usual_figures_are_a_family_of_their_own(compared: Comparison) -> None:
    rows = {row["metric"]: row for row in comparison._rows(compared)}
    usual = compared.judged([metric for metric in comparison.SHOWN if metric in rows])
    place = names().index("detection_total.mean")
    assert rows["detection_total.mean"]["p_adjusted"] == usual[0].p_adjusted[place]
    assert rows["detection_total.mean"]["p_adjusted"] < compared.judged()[0].p_adjusted[place]
    assert not any(metric.startswith("predicted.") for metric in rows)


def test_the_plot_tells_better_from_worse_and_its_title_counts_them(page: Page) -> None:
    (plot,) = (part for section in page.sections for part in section.parts if isinstance(part, Plot))
    points = {layer.name: layer for layer in plot.chart.layers if isinstance(layer, Points)}
    better = points["B is better"]
    assert plot.chart.title.startswith(f"B, manager.timeout=30s, is better in {len(better.x)} and worse in 0 of ")
    assert (better.x < 0).all() and (better.role, better.marker) == ("good", "disc")
    lanes = sorted(lane for layer in points.values() for lane in layer.y)
    assert lanes == list(range(len(plot.chart.y.categories)))


def test_worse_figures_are_named_and_marked() -> None:
    back = compare(
        WEEK4, WEEK4, overrides={**FEW, "manager.timeout": "30s"}, overrides_b={"manager.timeout": "60s"},
        replications=12, jobs=1,
    )  # fmt: skip
    found = comparison.page(back)
    assert "is worse than A in" in found.description
    row = next(row for row in tables(found)["Usual figures"].rows if row[0].text == "detection_total.mean")
    assert row[1].text == "✗ worse" and row[0].mark


def test_without_a_difference_the_sentence_says_so_and_every_verdict_has_a_mark() -> None:
    same = compare(WEEK4, WEEK4, overrides=FEW, replications=1, jobs=1)
    found = comparison.page(same)
    assert "is not shown to be better or worse than A" in found.description
    assert "one pair of runs shows no difference" in found.description
    assert set(comparison.MARKS) == set(Verdict)


@pytest.mark.parametrize(("keys", "end"), [(2, "=2"), (3, "=2 and 1 more key"), (4, "=2 and 2 more keys")])
def test_keys_beyond_two_are_counted(
    compared: Comparison, keys: int, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    differences = tuple(compared.differences[0]._replace(key=f"key.{at}", a=1, b=2) for at in range(keys))
    monkeypatch.setattr(compared, "differences", differences)
    assert comparison.labels(compared)[1].endswith(end)


def test_the_first_sentence_has_differences_of_shares_in_percentage_points() -> None:
    row = {"metric": "success_rate", "mean_a": 0.5, "difference": 0.25}
    assert comparison._change(row) == "success_rate +25.000 pp"
    assert comparison._change({**row, "difference": -0.25}) == "success_rate -25.000 pp"

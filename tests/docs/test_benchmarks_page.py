"""The page of benchmarks is made from the kept tables."""

from benchmarks.page import PAGE, page


def test_the_page_of_benchmarks_has_the_kept_tables() -> None:
    assert PAGE.read_text("utf-8") == page()

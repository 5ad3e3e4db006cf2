"""Makes pages and pictures of docs/ from declarations: `python -m docs.programs.reference`.

The pictures and the page of states come from the transition table, the reference of results from the tables'
declarations, and the reference of keys from the scenario's schema. A test compares the files with the results of this
module.
"""

from pathlib import Path

from docs.programs import keys_page, results_page, states_page


def pages() -> dict[str, str]:
    """The text of each file, by its name in docs/."""
    return {
        "states.md": states_page.page(),
        **states_page.pictures(),
        "results.md": results_page.page(),
        "scenario.md": keys_page.page(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        Path("docs", name).write_text(text, "utf-8")

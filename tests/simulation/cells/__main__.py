"""`python -m tests.simulation.cells` writes the table into docs/model.md."""

from tests.simulation.cells.page import PAGE, with_table

PAGE.write_text(with_table(PAGE.read_text("utf-8")), "utf-8")

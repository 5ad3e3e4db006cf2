"""Measures the coverage of the intervals that icnsim reports, and writes docs/statistics.md.

`cases` has small scenarios, each with another dependence between the values of a run. `measuring` runs them with many
seeds and counts the intervals that contain the expectation. `replicated` does the same for the intervals over the
replications of a sweep. `page` writes docs/statistics.md: `python -m docs.programs.coverage`.
"""

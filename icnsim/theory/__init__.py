"""Closed forms of the figures of a run, each with its formula, assumptions and source.

`predictions` assembles them for a scenario. `design` has the formulas of the design document.
"""

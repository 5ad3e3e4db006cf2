"""The best settings under constraints, and how sure that is.

`constraints` says what is asked, `screening` runs every point that could be the answer,
those of a design or of the `optimiser`, `verdict` holds them against what is asked,
`confirmation` runs the best again with fresh seeds, `wording` says it and `files` writes it.
"""

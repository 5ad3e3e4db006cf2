"""Finds the best settings under limits, with their certainty.

`constraints` reads the question, `measurable` checks that runs of this size can answer it, `screening` runs every
point of a design or of the `optimiser`, `verdict` judges them, `confirmation` runs the best again with fresh
seeds, `selection` compares that one with all others, `tradeoff` compares the points of a front,
`sentence` puts the answer into words, and `files` writes it.
"""

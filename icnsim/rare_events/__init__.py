"""Probabilities of rare events, by importance splitting: `icnsim rare`.

`point` holds a run's draws as a point that moves, `scores` says how near a run came to an event, `splitting` is the
algorithm, `estimate` gives the probability and its interval, and `rare` puts them together.
"""

"""Estimates probabilities of rare events for `icnsim rare`, by importance splitting or importance sampling.

`point` represents the draws of a run as a point that moves. `scores` measures how near a run came to an event.
`splitting` and `tilting` are the algorithms. `estimate` computes the probability and its interval. `rare` combines
these parts.
"""

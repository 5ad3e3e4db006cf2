"""Findings of runs for readers: claims, invariants, warnings, the meaning of each figure."""

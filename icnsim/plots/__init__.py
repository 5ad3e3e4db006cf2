"""Plots: what a result looks like, as matplotlib Axes, as files, and for a browser."""

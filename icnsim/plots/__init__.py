"""Plots of results: as matplotlib Axes, as files, and for a browser."""

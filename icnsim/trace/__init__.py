"""Drawings of a run: sequence diagrams, and traces for a trace viewer."""

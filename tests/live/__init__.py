"""Tests of live runs: the parts alone, and small runs with real processes."""

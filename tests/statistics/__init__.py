"""Tests of `icnsim.statistics`."""

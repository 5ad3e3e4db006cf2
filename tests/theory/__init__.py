"""Tests of `icnsim.theory`."""

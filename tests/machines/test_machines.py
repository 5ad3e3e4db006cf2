"""A small part of ``python -m tests.machines``: two scenarios with wide SIMD off and another hash seed."""

import sys

from tests.machines.__main__ import Machine, differences, documents, results, wide_simd


def test_results_have_the_same_bytes_without_wide_simd_and_with_another_hash_seed():
    chosen = documents(2, shipped=False)
    _, here = results(Machine("here", sys.executable, {"PYTHONHASHSEED": "1"}), chosen)
    other = {"NPY_DISABLE_CPU_FEATURES": wide_simd(), "PYTHONHASHSEED": "2", "TZ": "Asia/Tokyo"}
    _, there = results(Machine("there", sys.executable, other), chosen)
    assert sum(map(len, here.values())) > 8
    assert differences(here, there, contents=False) == []


def test_a_file_that_differs_or_is_missing_is_reported():
    one = {"a": {"x": ["1", "1"], "y": ["2", "2"]}}
    other = {"a": {"x": ["3", "1"]}}
    assert differences(one, other, contents=False) == ["a/x", "a/y"]
    assert differences(one, other, contents=True) == ["a/y"]

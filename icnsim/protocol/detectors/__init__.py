"""How a manager decides that an answer is overdue: the detectors and the estimators that they learn with.

Pure, like all of `protocol`. The only floating-point operations that decide a deadline are those that IEEE 754 rounds
correctly (+, -, ×, ÷, √), so a deadline is the same on every machine.
"""

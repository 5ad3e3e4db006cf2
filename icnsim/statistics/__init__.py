"""Confidence intervals over replications, paired differences, verdicts, Pareto fronts and Sobol' indices."""

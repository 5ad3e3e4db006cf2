"""Failure detectors side by side: one curve of detection time against query accuracy for each kind of detector.

`settings` chooses the parameters of each curve, `conditions` changes the scenario, `curves` interpolates, and
`comparison` runs everything and makes the tables.
"""

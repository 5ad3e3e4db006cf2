"""The results of a run: they are computed from the columns that the kernel has written.

`assembly` makes the `Recording`, with one file for each part that needs arithmetic of its own, and `snapshot` makes
the state that an observer sees during the run.
"""

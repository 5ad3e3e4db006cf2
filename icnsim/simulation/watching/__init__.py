"""Observation of a run: the records' intervals and times, the invariants, the timeline, snapshots."""

"""The heartbeats of the executors, which are computed when a detector asks for them and are never events."""

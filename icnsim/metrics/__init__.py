"""A run as its executors' Prometheus exporter would have told it."""

"""The metrics of a run, as a Prometheus exporter of its executors would have reported them."""

"""Virtual time: SimPy's environment, the executors' clocks, and the ticks of the background loops."""

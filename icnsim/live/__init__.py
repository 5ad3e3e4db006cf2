"""Runs a scenario for real: processes, TCP sockets on loopback, timers, files and signals drive the protocol core.

Theory of operation. A *supervisor* starts *workers*, which host the executors. A worker runs the same driver of an
executor as the simulation, on an environment that follows the machine's monotonic clock. The network of the simulation
draws the delay, the loss and the copies of a message, and the worker writes the message to a socket when its delay has
passed. The supervisor runs the workload and the faults. Workers report what happens to it, and it passes the reports to
the observers of the simulation. Therefore the results have the form of a run, and differences come from real timers,
sockets, processes and signals.
"""

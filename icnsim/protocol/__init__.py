"""What an executor does when actors migrate: pure, and the first thing to read.

No SimPy, no NumPy, no input or output, no wall clock, no randomness. Handlers are plain
calls with the present time in whole milliseconds; they change a record and ask a narrow
port to send or to start something. `states` holds the transition table, `messages` what
travels, `manager` the handlers, `port` what the world must provide.
"""

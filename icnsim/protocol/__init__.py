"""The behaviour of an executor when actors migrate. It is pure; read this package first.

No SimPy, no NumPy, no input or output, no wall clock, no randomness. Handlers are plain
calls with the present time in whole milliseconds; they change a record and ask a narrow
port to send or to start something. `states` holds the transition table, `messages` the
messages, `manager` the handlers, `port` the calls that a driver must provide.
"""

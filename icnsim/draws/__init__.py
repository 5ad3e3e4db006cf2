"""Random draws: all inputs of a run that are known before it starts.

`streams` holds the named streams of random numbers and their columns, `arrivals` the arrival times and
the period that is simulated, `population` the actors' homes and state sizes. Both engines read them.
"""

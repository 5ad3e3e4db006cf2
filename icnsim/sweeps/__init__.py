"""Sweeps: many runs of one scenario with other values, on any number of processes.

`plan` says which runs there are, `work` does one of them, `engines` give the processes,
`execution` keeps them busy, `store` keeps each run that has ended, `tables` sums up. The
package is called sweeps so that `icnsim.sweep` can be the function.
"""

"""Sweeps: many runs of one scenario with other values, on any number of processes.

`plan` lists the runs, `work` does one of them, `engines` provide the processes, `execution`
keeps them busy, `store` keeps each finished run, and `tables` summarises them. The package
is called sweeps so that `icnsim.sweep` can be the function.
"""

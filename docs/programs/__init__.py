"""Programs that write pages and pictures of the documentation. `python -m docs.programs.NAME` runs one.

`reference`, `commands` and `picture` take seconds. The others simulate, and take minutes.
"""

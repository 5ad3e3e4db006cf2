"""The programs that write pages and pictures of the documentation. Each one is run by `python -m docs.programs.NAME`.

`reference`, `commands` and `picture` take seconds. The others simulate, and take minutes.
"""

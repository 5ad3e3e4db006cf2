"""The output of a run: columns during the run, and tables, a summary and a results folder after it."""

"""The proof that results have the same bytes on every machine, see `__main__`."""

"""The proof that the same-bytes check finds nondeterminism, see `__main__`."""

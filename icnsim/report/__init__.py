"""A result as one page that opens from disk, with no network."""

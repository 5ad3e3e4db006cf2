"""The table of docs/model.md: the effect of each kind of fault on every activity, message and count."""

"""The table of docs/model.md: what each kind of fault does to everything that happens, travels or is counted."""

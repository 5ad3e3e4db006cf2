"""What a run leaves behind: columns while it runs, tables and a summary after it."""

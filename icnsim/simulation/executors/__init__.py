"""The executors with their actors, copies, work, messages and recoveries."""

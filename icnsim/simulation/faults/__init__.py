"""What changes a run from outside: faults, and a supervisor that changes the managers' settings."""

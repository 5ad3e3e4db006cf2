"""Faults, and the supervisor that changes the managers' settings."""

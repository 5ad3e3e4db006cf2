"""Submitted tasks and votes: executions, deadlines, gateways and quorums."""

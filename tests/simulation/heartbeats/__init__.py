"""Heartbeats: when they are sent, which draws they have, and which of them have arrived."""

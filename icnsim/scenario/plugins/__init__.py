"""Plug-ins: what other installed packages add to a scenario's vocabulary. Users import `icnsim.plugins`."""

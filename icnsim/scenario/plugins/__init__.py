"""Plug-ins: the kinds that installed packages add to scenarios. Users import `icnsim.plugins`."""

"""Plug-ins for icnsim, one of each kind. Copy this package to begin your own."""

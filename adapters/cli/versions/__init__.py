"""Manage versions of mappings and judiciary profiles."""

"""Sections about other systems of the city."""

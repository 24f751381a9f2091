"""Data sharing with other bodies, of an installation."""

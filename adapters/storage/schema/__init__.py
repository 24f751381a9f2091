"""The tables, and rows as values."""

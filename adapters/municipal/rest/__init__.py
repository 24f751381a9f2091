"""Rows that are pushed by REST."""

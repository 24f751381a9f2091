"""Manage archive, evidence files, keys and retention."""

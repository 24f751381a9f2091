"""Versions of mappings and profiles in words: their lives, their rules and what a service can do."""

"""Shared parts of the pages of mappings and profiles."""

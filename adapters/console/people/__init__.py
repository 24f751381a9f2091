"""Shared parts of the pages of people."""

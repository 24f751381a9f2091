"""Shared parts of the audit room: its lists, and the verification of a record."""

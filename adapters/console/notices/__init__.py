"""Shared parts of the pages of notices: filters, recognition of a typed text, names, and texts of messages."""

"""Connections, transactions, dialects, migrations and advisory locks."""

"""Chaos: `python -m tests.chaos`. Several gateway processes on a real PostgreSQL work against a sandbox that goes
wrong, while processes are killed and the database is restarted; then everything settles, and three ledgers are
compared."""

"""A real PostgreSQL in a folder."""

"""Check an installation before it runs."""

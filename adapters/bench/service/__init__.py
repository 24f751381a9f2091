"""Runs of the whole service against a sandbox behind a network with latency."""

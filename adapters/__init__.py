"""Every edge of the gateway: what reads and writes the world outside. `wiring.py` puts them together."""

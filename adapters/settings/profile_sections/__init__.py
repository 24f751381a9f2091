"""Sections of a judiciary profile: its codes, the names in its JWS, the trust in its answers."""

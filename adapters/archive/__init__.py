"""The archive on disk as the gateway writes it; `adapters.verifier` reads it."""

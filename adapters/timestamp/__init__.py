"""The edge to time-stamping authorities (RFC 3161): the client that asks them, and the verifier of their tokens."""

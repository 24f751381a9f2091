"""XML signatures: parse strictly, sign, verify, seal."""

"""XML signatures: signing, and one strict verifier. Lies under all other adapters."""

"""Keys, certificates, revocation lists and the names of algorithms."""

"""Octets by digest, in segment files or rows."""

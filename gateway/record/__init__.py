"""Every fact that is evidence has one form, with the digest of its octets.

May import: `runtime`, `notice`, `merkle`.
"""

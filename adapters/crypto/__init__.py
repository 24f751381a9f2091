"""Sign and verify XML and JSON; hold keys, certificates and revocation lists.

May import: nothing.
"""

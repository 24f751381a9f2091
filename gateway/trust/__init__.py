"""Every signer is believed, or not, by policy and at the time of signing.

May import: `runtime`, `notice`.
"""

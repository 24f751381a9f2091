"""Fetch and import revocation lists.

May import: `crypto`, `http`.
"""

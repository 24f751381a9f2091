"""Implement the store on SQL; keep octets in segment files.

May import: nothing.
"""

"""Make bounded HTTP calls.

May import: nothing.
"""

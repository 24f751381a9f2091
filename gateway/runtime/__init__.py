"""Time, errors, locks and limits have one form everywhere.

May import: nothing.
"""

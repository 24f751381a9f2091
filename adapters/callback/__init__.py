"""Accept receipts that the judiciary pushes.

May import: `http`, `soap`.
"""

"""A notice's values are valid, and its state changes by one table only.

May import: `runtime`.
"""

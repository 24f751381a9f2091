"""A record's place in the log can be proven, and another history is recognised.

May import: `runtime`.
"""

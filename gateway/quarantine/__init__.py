"""Rejected input is kept as it came, and stops nothing else.

May import: `runtime`, `notice`, `record`, `store`, `judiciary`.
"""

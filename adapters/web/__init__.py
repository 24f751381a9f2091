"""Serve health and metrics; bound every listener's connections.

May import: `http`.
"""

"""Read case databases, dropped files and pushed rows; write results back.

May import: `crypto`, `http`, `shipped`, `soap`.
"""

"""Print for people and for programs: tables, JSON, errors.

May import: nothing.
"""

"""Find the schemas and examples that ship with the program.

May import: nothing.
"""

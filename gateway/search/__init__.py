"""A page of notices is found by any of their properties, among the bodies that the person may see.

May import: `runtime`, `notice`, `store`.
"""

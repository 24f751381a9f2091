"""A person's action is done and recorded, or neither.

May import: `runtime`, `notice`, `merkle`, `record`, `store`.
"""

"""A person's action is done and recorded, or neither.

May import: `runtime`, `notice`, `people`, `merkle`, `record`, `store`, `search`.
"""

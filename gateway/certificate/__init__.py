"""A certificate of service is a record, and proves itself on paper: its fields, its place in the tree, its checkpoint.

May import: `runtime`, `notice`, `merkle`, `legal`, `record`, `store`, `operations`, `evidence`.
"""

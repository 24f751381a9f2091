"""Every step of a notice has a record, and one file shows them all.

May import: `runtime`, `notice`, `merkle`, `record`, `store`, `trust`, `operations`.
"""

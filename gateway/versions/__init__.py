"""One approved version of each mapping and profile is in force.

May import: `runtime`, `notice`, `record`, `store`, `operations`, `mapping`.
"""

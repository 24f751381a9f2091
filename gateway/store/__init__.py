"""Everything that belongs together is kept in one transaction, or nothing of it.

May import: `runtime`, `notice`, `people`, `merkle`, `record`.
"""

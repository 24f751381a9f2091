"""Every person is known, and each permission comes from one table of roles.

May import: `runtime`, `notice`.
"""

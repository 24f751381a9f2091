"""Every call of the judiciary has a permit, and every answer has a known meaning.

May import: `runtime`, `notice`, `store`.
"""

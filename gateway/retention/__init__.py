"""Records leave the database only when the archive holds them; deletion is recorded first.

May import: `runtime`, `notice`, `record`, `store`, `operations`.
"""

"""Judge archives and evidence files offline: the auditor's own program.

May import: `console`, `crypto`, `pages`, `shipped`, `timestamp`.
"""

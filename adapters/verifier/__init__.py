"""Judge archives and evidence files offline: the auditor's own program.

May import: `terminal`, `crypto`, `pages`, `shipped`, `timestamp`.
"""

"""Show secretaries, operators, administrators and auditors their work, in a browser.

May import: `http`, `pages`, `storage`, `settings`, `composition`.
"""

"""Show secretaries, operators, administrators and auditors their work, in a browser.

May import: `http`, `people`, `pages`, `storage`, `settings`, `composition`, `acts`.
"""

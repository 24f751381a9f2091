"""Show secretaries, operators, administrators and auditors their work, in a browser.

May import: `contracts`, `http`, `people`, `pages`, `storage`, `settings`, `composition`, `acts`.
"""

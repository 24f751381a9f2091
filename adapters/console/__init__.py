"""Show secretaries, operators, administrators and auditors their work, in a browser.

May import: `contracts`, `crypto`, `http`, `people`, `pages`, `storage`, `settings`, `municipal`, `composition`, `acts`.
"""

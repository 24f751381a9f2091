"""Show secretaries, operators, administrators and auditors their work, in a browser.

May import: `acts`, `composition`, `crypto`, `http`, `pages`, `people`, `settings`, `shipped`, `web`.
"""

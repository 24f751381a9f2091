"""Show secretaries, operators, administrators and auditors their work, in a browser.

May import: `contracts`, `crypto`, `http`, `people`, `pages`, `storage`, `settings`, `timestamp`, `municipal`,
`verifier`, `archive`, `composition`, `acts`.
"""

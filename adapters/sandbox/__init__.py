"""Stand in for the judiciary; make sample cases, development keys and demonstrations. No product.

May import: `console`, `crypto`, `http`, `schedule`, `shipped`, `storage`, `settings`, `soap`, `timestamp`,
`composition`, `cli`.
"""

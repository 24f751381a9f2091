"""Stand in for the judiciary; make sample cases, development keys and demonstrations. No product.

May import: `terminal`, `crypto`, `http`, `people`, `schedule`, `shipped`, `storage`, `settings`, `soap`,
`timestamp`, `certificate`, `composition`, `cli`.
"""

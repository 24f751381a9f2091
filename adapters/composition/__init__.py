"""Construct an installation from its configuration; make tasks of its passes.

May import: `contracts`, `crypto`, `http`, `people`, `schedule`, `shipped`, `storage`, `revocation`, `settings`, `soap`,
`timestamp`, `mail`, `witness`, `callback`, `certificate`, `courtesy`, `evidence`, `judiciary`, `municipal`,
`verifier`, `archive`.
"""

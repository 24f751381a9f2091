"""Offer every function as a command.

May import: `terminal`, `contracts`, `crypto`, `http`, `schedule`, `shipped`, `storage`, `web`, `revocation`,
`settings`, `evidence`, `judiciary`, `municipal`, `verifier`, `composition`, `acts`,
`console`.
"""

"""Offer every function as a command.

May import: `terminal`, `contracts`, `crypto`, `http`, `schedule`, `shipped`, `storage`, `web`, `revocation`,
`settings`, `judiciary`, `municipal`, `verifier`, `composition`, `acts`, `console`.
"""

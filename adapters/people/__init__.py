"""Sign people in: passwords, second factors, invitations and sessions.

May import: `crypto`.
"""

"""Sign people in: passwords, second factors, invitations, an OpenID provider, sessions.

May import: `crypto`, `http`.
"""

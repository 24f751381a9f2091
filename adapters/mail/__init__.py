"""Give mails to a mail server, over TLS.

May import: `http`.
"""

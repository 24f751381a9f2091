"""Give checkpoints to witnesses: a folder, an https service, a mailbox.

May import: `http`, `mail`.
"""

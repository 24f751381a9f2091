"""Names of all passes. The command line shows them without the passes themselves."""

from __future__ import annotations

PASSES = (
    "revocation",
    "collect",
    "acts",
    "dispatch",
    "rescue",
    "receipts",
    "writeback",
    "courtesy",
    "archive",
    "witness",
)
"""Passes in the order in which a notice meets them.

Revocation is first, since it decides which signatures are trusted. Persons' bulk acts come before sending.
"""

LOOKS = ("overdue", "reconcile", "mail")
"""Passes that change no notice: they look for late notices, compare the ledgers, and tell people by mail."""

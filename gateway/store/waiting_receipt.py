"""Receipts in quarantine that wait for their notice: they were believed, and it is not known yet what they are about.

The judiciary signed that it has the notice that such a receipt names. So the notice is not sent while its item is open:
it is in doubt, and asked about. Other items name no notice: anybody could stop one by naming it.
"""

from __future__ import annotations

from typing import Final

from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.stored import Quarantined

UNKNOWN_NOTICE: Final = "receipt.unknown-notice"
"""Code of a receipt whose notice is not known. It is judged again once the notice is."""

EARLY: Final = "receipt.early"
"""Code of a receipt whose notice has no tracking number yet. It is judged again once the notice has one."""

WAITING: Final = (UNKNOWN_NOTICE, EARLY)
"""Codes of receipts that were believed, and wait for their notice."""


def waiting_receipts(store: QuarantineStore, reference: str) -> list[Quarantined]:
    """Return the open items of believed receipts that name a notice."""
    return [each for each in store.about([reference]) if each.ended_at is None and each.code in WAITING]

"""Receipts in quarantine that were believed: those that wait for notice or archive, and those that contradict.

The judiciary signed that it has the notice that such a receipt names. That notice is not sent, nor sent again, while
the item is open: it is in doubt, and asked about. If it has ended, its paper is not served otherwise. An item of any
other code stops nothing: anybody could stop a notice by naming it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.stored import Quarantined

UNKNOWN_NOTICE: Final = "receipt.unknown-notice"
"""Code of a receipt whose notice is not known. It is judged again once the notice is."""

EARLY: Final = "receipt.early"
"""Code of a receipt whose notice has no tracking number yet. It is judged again once the notice has one."""

ARCHIVE_AWAY: Final = "receipt.archive-away"
"""Code of a receipt that needs what the archive alone holds, while that cannot be read. Each pass judges it again."""

WAITING: Final = (UNKNOWN_NOTICE, EARLY, ARCHIVE_AWAY)
"""Codes of receipts that were believed, and are judged again without a person."""

CONTRADICTION: Final = "receipt.contradiction"
"""Code of a receipt that contradicts what is known of its notice."""

IMPLAUSIBLE: Final = "receipt.implausible-time"
"""Code of a receipt with an implausible time."""

SIGNED: Final = (*WAITING, CONTRADICTION, IMPLAUSIBLE)
"""Codes of receipts that were believed: all but what they tell of the event was verified."""


def disputed(store: QuarantineStore, references: Sequence[str]) -> frozenset[str]:
    """Return those of these notices that an open item of a believed receipt names."""
    return frozenset(item.notice for item in signed_receipts(store, references) if item.notice is not None)


def signed_receipts(store: QuarantineStore, references: Sequence[str]) -> list[Quarantined]:
    """Return the open items of believed receipts that name any of these notices, also those that contradict it."""
    return [each for each in store.about(references) if each.ended_at is None and each.code in SIGNED]

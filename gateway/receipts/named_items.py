"""Notices that items of the quarantine name, and those of items that an earlier version set aside without a name."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from gateway.evidence.reference_scan import mentioned
from gateway.runtime.errors import GatewayError
from gateway.store.ports.notice_store import NoticeStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Quarantined, QuarantineKind
from gateway.store.waiting_receipt import SIGNED

_PAGE: Final = 200
_PLACE: Final = re.compile(r"(EB-[A-Z2-7]{32}): ")
"""Beginning of the text of an error about a notice (`gateway.runtime.errors.GatewayError.where`)."""


def only_notice(store: NoticeStore, octets: bytes) -> str | None:
    """Return the only known notice whose reference occurs in the octets, if there is one."""
    known = store.known(sorted(mentioned(octets) or ()))
    return next(iter(known)) if len(known) == 1 else None


def name_notices(store: Store) -> int:
    """Write the notices of open items of receipts that name none, and return their number. May be ended and repeated.

    An item whose octets cannot be read stays without one, unless its receipt was believed.
    """
    named, after = 0, None
    while page := store.quarantine.page(code=None, limit=_PAGE, after=after):
        found = [replace(item, notice=notice) for item in page if (notice := _notice(store, item)) is not None]
        if found:
            store.commit(Changes(quarantine=found))
        named += len(found)
        after = page[-1].payload_digest, page[-1].code
    return named


def _notice(store: Store, item: Quarantined) -> str | None:
    """Return the notice of an item of a receipt that names none yet.

    A believed receipt was refused with the reference that its signature covers; octets may hold others beside it.
    """
    if item.kind is not QuarantineKind.RECEIPT or item.notice is not None:
        return None
    if item.code in SIGNED:
        place = _PLACE.match(item.detail)
        return next(iter(store.notices.known([place[1]])), None) if place else None
    try:
        octets = store.evidence.payload(item.payload_digest)
    except GatewayError:
        return None
    return only_notice(store.notices, octets)

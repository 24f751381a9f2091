"""Rows that may have been notices before a loss of the store: their notices begin in doubt, and are asked about.

While a recovery is on, everything is asked about. After its end these rows are:

- all rows of a source that is not settled (`gateway.store.source_listing`): it was not read to its end since the
  recovery began, or not whole, or others bring its rows and may bring them again;
- refused rows, if they stood refused when the recovery ended, or when their source was settled;
- a row that shows the notice that is made of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.notice.source_row import CaseSource, Shown
from gateway.operations.recovery import ended_since
from gateway.runtime.clock import CLOCKS_DIFFER
from gateway.store.ports.refusal_store import RefusalStore
from gateway.store.source_listing import (
    LISTED_AGAIN_AFTER,
    Closing,
    SourceListing,
    closing_of,
    cursor_of,
    last_listing,
)
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingAnew:
    """Listing of a whole source for its newest recovery, which is to begin now."""

    source: str
    recovery: Recovery
    closing: Closing | None

    def ended(self, now: datetime, unlisted: int, unread: int) -> dict[str, str]:
        """Return the cursor of a source that was listed to its end, except these numbers of rows."""
        listing = SourceListing(
            epoch=self.recovery.epoch, ended_at=now, unlisted=unlisted, unread=unread, closing=self.closing
        )
        return {cursor_of(self.source): listing.told}


def listing_anew(source: CaseSource, store: Store, now: datetime) -> ListingAnew | None:
    """Return the listing that a source needs for the newest recovery; None if it needs none now.

    Whatever brings rows into the source's reach must run after this: a statement counts for rows that were there before
    the listing began.
    """
    recoveries = store.recovery.all()
    if not recoveries:
        return None
    newest = recoveries[-1]
    closing = closing_of(store.rows, newest, now)
    last = last_listing(store.rows, source.name, newest)
    if last is not None and _suffices(last, source, newest, closing, now):
        return None
    return ListingAnew(source=source.name, recovery=newest, closing=closing)


def recoveries_of(
    source: CaseSource, store: Store, references: Mapping[str, str], now: datetime
) -> dict[str, Recovery]:
    """Return the ended recovery of each row whose notice may have been sent before it.

    ``references`` are those of new notices, by row key. Raises `GatewayError` ``source.*`` and those of the store.
    """
    if not references or not (recoveries := store.recovery.all()):
        return {}
    newest = recoveries[-1]
    listing = last_listing(store.rows, source.name, newest)
    found = _refused(source.name, store.refusals, list(references), recoveries, listing, now)
    if newest.ended_at is None:
        return found
    if listing is None or not listing.is_settled(is_brought=source.is_brought):
        return dict.fromkeys(references, newest)
    shown = source.shown([key for key in references if key not in found])
    return {key: newest for key, row in shown.items() if _is_shown(row, references[key])} | found


def _suffices(
    last: SourceListing, source: CaseSource, newest: Recovery, closing: Closing | None, now: datetime
) -> bool:
    """Return True unless a source is to be listed anew after its ``last`` listing."""
    if last.ended_at is None:
        # Its time is needed for refused rows, and for others to know what it left.
        return False
    if newest.ended_at is None:
        return last.is_whole
    if last.is_settled(is_brought=source.is_brought):
        return True
    if closing is Closing.STATED and last.closing is not Closing.STATED:
        return False
    if closing is not None and last.closing is None and source.is_brought:
        return False
    # With rows left out. A source that others bring is whole, and waits for a statement or for the end of its time.
    return last.is_whole or last.ended_at > now - LISTED_AGAIN_AFTER


def _refused(
    source: str,
    refusals: RefusalStore,
    keys: Sequence[str],
    recoveries: Sequence[Recovery],
    listing: SourceListing | None,
    now: datetime,
) -> dict[str, Recovery]:
    """Return the ended recovery of each row that stood refused when it ended, or when its source was settled."""
    found: dict[str, Recovery] = {}
    for key, standing in refusals.of_rows(source, keys).items():
        # A clock that was ahead refused it: it may be as old as the store.
        since = None if standing.since > now + CLOCKS_DIFFER else standing.since
        recovery = ended_since(recoveries, since or recoveries[0].since)
        if recovery is None and _was_asked_about(since, listing):
            recovery = recoveries[-1]
        if recovery is not None and recovery.ended_at is not None:
            found[key] = recovery
    return found


def _was_asked_about(since: datetime | None, listing: SourceListing | None) -> bool:
    """Return True unless a row was certainly refused first after its source was settled."""
    if since is None or listing is None or listing.ended_at is None:
        return True
    return since <= listing.ended_at + CLOCKS_DIFFER


def _is_shown(row: Shown | None, reference: str) -> bool:
    """Return True if a row shows this notice; a row without a reference may show its steps alone."""
    if row is None:
        return False
    return row.reference == reference or (row.reference is None and row.seq is not None)

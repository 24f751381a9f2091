"""Listings of sources after a restore: until when rows of a source may be ones whose notices the store has forgotten.

A source is settled once its rows are new. That takes a listing of it to its end, since the recovery began, that read
every row. Rows of a source that others bring (`CaseSource.is_brought`) are kept in the store alone, so they may be
missing there. Of such a source the listing must also have begun after a person stated that everything was brought
again, or after `BROUGHT_AGAIN`: rows may wait to be taken in at that moment. With that statement a listing suffices
that could not read every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.store.ports.row_store import RowStore
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery

BROUGHT_AGAIN: Final = timedelta(days=30)
"""Time after the end of a recovery in which others may bring rows again that the store has forgotten."""

LISTED_AGAIN_AFTER: Final = timedelta(hours=1)
"""Time after which a source that could not be read whole is listed anew, once the recovery has ended."""

STATED = "brought-again"
"""Name of the cursor that holds the epoch of the last recovery after which a person said that all rows were brought
again."""


class Closing(StrEnum):
    """Reason for which a listing is the last one whose rows may be forgotten ones."""

    STATED = "stated"
    """It began after a person stated that everything was brought again."""
    TIME = "time"
    """It began after `BROUGHT_AGAIN` was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceListing:
    """Last listing of a source to its end, for the recovery with this ``epoch``.

    ``unlisted`` rows have no usable key or version, ``unread`` ones could not be read. ``ended_at`` is None if an
    earlier version of the gateway wrote it, after it had read every row.
    """

    epoch: str
    ended_at: datetime | None
    unlisted: int = 0
    unread: int = 0
    closing: Closing | None = None

    @property
    def is_whole(self) -> bool:
        return not (self.unlisted or self.unread)

    def is_settled(self, *, is_brought: bool) -> bool:
        """Return True if rows that the source shows later are new."""
        if self.closing is Closing.STATED:
            return True
        return self.is_whole and (self.closing is not None or not is_brought)

    @property
    def told(self) -> str:
        """Text for the source's cursor."""
        if self.ended_at is None:
            return self.epoch
        counts = f"unlisted={self.unlisted} unread={self.unread}"
        return f"{self.epoch} {timestamp(self.ended_at)} {counts} {self.closing or 'open'}"

    @classmethod
    def of(cls, told: str) -> SourceListing:
        epoch, *words = told.split(" ")
        if not words:
            return cls(epoch=epoch, ended_at=None)
        if len(words) == 1:  # an earlier version wrote it: some rows were left out
            return cls(epoch=epoch, ended_at=parse_timestamp(words[0]), unread=1)
        at, unlisted, unread, closing = words
        return cls(
            epoch=epoch,
            ended_at=parse_timestamp(at),
            unlisted=int(unlisted.partition("=")[2]),
            unread=int(unread.partition("=")[2]),
            closing=Closing(closing) if closing in set(Closing) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsettledSource:
    """A source whose rows are asked about after a recovery. ``listing`` is its last one; None: there is none yet."""

    name: str
    listing: SourceListing | None

    @property
    def why(self) -> str:
        """The code of the rows that were left out; or ``unread``, or ``not read since``: it waits for a pass."""
        if self.listing is None:
            return "unread"
        if self.listing.unlisted:
            return "source.no-version"
        return "source.row-unreadable" if self.listing.unread else "not read since"

    @property
    def rows(self) -> int:
        """Number of rows that were left out."""
        return 0 if self.listing is None else self.listing.unlisted + self.listing.unread


def cursor_of(source: str) -> str:
    """Return the name of the cursor that holds a source's last `SourceListing`."""
    return f"recovered:{source}"


def last_listing(rows: RowStore, source: str, recovery: Recovery) -> SourceListing | None:
    """Return the last listing of a source for this recovery; None if there is none yet."""
    told = rows.cursor(cursor_of(source))
    if told is None:
        return None
    listing = SourceListing.of(told)
    return listing if listing.epoch == recovery.epoch else None


def asked_until(store: Store, now: datetime) -> datetime | None:
    """Return the time until which rows that others bring may be forgotten ones, so that their notices begin in doubt.

    None: the last recovery has not ended, that time is over, or a person said that everything was brought again. In
    the last two cases the rows that wait are asked about still (`SourceListing.is_settled`).
    """
    recoveries = store.recovery.all()
    if not recoveries or recoveries[-1].ended_at is None or store.rows.cursor(STATED) == recoveries[-1].epoch:
        return None
    until = recoveries[-1].ended_at + BROUGHT_AGAIN
    return until if now <= until else None


def is_stated(rows: RowStore, recovery: Recovery) -> bool:
    """Return True if a person stated that everything was brought again after this recovery."""
    return rows.cursor(STATED) == recovery.epoch


def closing_of(rows: RowStore, recovery: Recovery, now: datetime) -> Closing | None:
    """Return the reason for which a listing that begins now is the last one; None: it is not."""
    if recovery.ended_at is None:
        return None
    if is_stated(rows, recovery):
        return Closing.STATED
    return Closing.TIME if now > recovery.ended_at + BROUGHT_AGAIN else None


def unsettled(store: Store, sources: Mapping[str, bool], now: datetime) -> list[UnsettledSource]:
    """Return the sources whose rows are asked about after an ended recovery, for another reason than `asked_until`.

    ``sources`` is name -> True if others bring rows to it: it is whole until a statement, or the end of its time.
    """
    recoveries = store.recovery.all()
    if not recoveries or recoveries[-1].ended_at is None:
        return []
    is_over = asked_until(store, now) is None
    found = []
    for name, is_brought in sources.items():
        listing = last_listing(store.rows, name, recoveries[-1])
        if listing is None or not listing.is_settled(is_brought=is_over and is_brought):
            found.append(UnsettledSource(name=name, listing=listing))
    return found

"""Offload: records in a verified segment leave the database with their payloads, but remain accessible.

A record's id, kind, notice, payload digest, time, leaf hash and place stay, so that a repeat is recognized. The rest is
read from the segment (`gateway.archive.offloaded`).
Data in use stays whole. This covers notices that may still be sent or inquired about, receipts waiting to be applied,
open quarantine items, and the last use of the switch. It also covers any history that is not yet completely in
segments.

Immediately before any of its data leaves, a segment is audited, or has the same digest as after its audit. Each batch
is a transaction that may be repeated; an interrupted process continues at its last position.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Protocol

from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport

LOOK_AGAIN = timedelta(hours=20)
"""Interval for a segment with remaining records: it is processed again once a day, whenever the pass runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSegment:
    """Database entry of a segment: records ``first`` to ``end`` (exclusive), and the file's digest.

    ``next_digest`` is the file's digest during or after rewriting without expired payloads. ``looked_at`` is None until
    records left; ``emptied`` is True once all have.
    """

    first: int
    end: int
    digest: str
    next_digest: str | None = None
    looked_at: datetime | None = None
    emptied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offloaded:
    """Result of one transaction: records and payloads that left, and records that stay because they are in use."""

    records: int
    payloads: int
    in_use: int


class OpenSegment(Protocol):
    """Open segment that was just verified."""

    def known(self, first: int, end: int) -> VerifiedSegment:
        """Return its database entry, with the ``sha256:…`` of the file."""
        ...

    def records(self) -> Generator[bytes]: ...

    def digests(self) -> Collection[str]:
        """Return the ``sha256:…`` of every payload and frame in it."""
        ...


class VerifiedFolder(Protocol):
    """Folder of the archive. Raises `GatewayError` ``archive.*``."""

    def ranges(self) -> Sequence[tuple[int, int]]:
        """Return the ranges of the segments, without a gap."""
        ...

    def verified(self, first: int, end: int, known: VerifiedSegment | None) -> AbstractContextManager[OpenSegment]:
        """Open a segment if it has a known digest, or else passes its audit."""
        ...


class OffloadStore(Protocol):
    """Database that records leave. Raises `GatewayError` ``store.*``, ``archive.*``."""

    def segments(self) -> Sequence[VerifiedSegment]:
        """Return the entries of verified segments in order."""
        ...

    def last_time(self, end: int) -> datetime | None:
        """Return the time of recording of the record before this place."""
        ...

    def adopt(self, segment: VerifiedSegment) -> None:
        """Add the entry of a segment; an existing one does not change."""
        ...

    def looked(self, first: int, at: datetime, *, emptied: bool) -> None: ...

    def rewrote(self, first: int, digest: str) -> None:
        """Record that a segment is now a file of this digest."""
        ...

    def free(self, now: datetime) -> int:
        """Release storage of payloads that no row names any more, in whole files; return their number."""
        ...

    def offload(self, first: int, headers: Sequence[bytes], held: Collection[str], end: int) -> Offloaded:
        """Remove records from ``first`` on that are not in use, in one transaction.

        ``headers`` are theirs in the segment, ``held`` the payloads there, ``end`` is the end of the last segment.
        Raises ``archive.differs`` if the database has another header or lacks a record.
        Raises ``archive.segment-changed`` for a payload that is missing in the segment without a recorded deletion.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OffloadPolicy:
    """Policy of offloading: records leave ``after`` their recording, by segment, ``batch`` records a transaction."""

    after: timedelta
    batch: int = 500


def offload_records(
    store: OffloadStore,
    folder: VerifiedFolder,
    now: datetime,
    policy: OffloadPolicy,
    may_continue: MayContinue = always,
    *,
    look_again: timedelta = LOOK_AGAIN,
    anew: bool = False,
) -> PassReport:
    """Offload old records.

    A segment that is lost or changed ends the pass with an error: no record of any segment leaves until a person has
    acted.
    With ``anew`` every segment is audited, whatever its known digest. An example is a database restored to a time
    before a segment was rewritten.
    """
    report = PassReport("leave")
    try:
        known = {segment.first: segment for segment in store.segments()}
        ranges = folder.ranges()
        _assert_all_there(known, ranges)
        if anew:
            _audit_anew(store, folder, ranges, may_continue)
            known = {segment.first: segment for segment in store.segments()}
        for first, end in ranges:
            if not may_continue():
                break
            segment = known.get(first)
            if _is_due(store, segment, end, now, policy, look_again):
                _leave_segment(store, folder, (first, end), segment, now, policy, may_continue, report)
        if report.counts and (freed := store.free(now)):
            report.counts["files_freed"] += freed
    except GatewayError as error:
        report.errors.append(error)
    return report


def _assert_all_there(known: dict[int, VerifiedSegment], ranges: Sequence[tuple[int, int]]) -> None:
    here = dict(ranges)
    for first, segment in known.items():
        if here.get(first) != segment.end:
            raise GatewayError("archive.segment-lost", where=f"records {first} to {segment.end}")


def _audit_anew(
    store: OffloadStore, folder: VerifiedFolder, ranges: Sequence[tuple[int, int]], may_continue: MayContinue
) -> None:
    for first, end in ranges:
        if not may_continue():
            return
        with folder.verified(first, end, None) as segment:
            store.adopt(segment.known(first, end))
            store.rewrote(first, segment.known(first, end).digest)


def _is_due(
    store: OffloadStore,
    segment: VerifiedSegment | None,
    end: int,
    now: datetime,
    policy: OffloadPolicy,
    look_again: timedelta,
) -> bool:
    if segment is not None and segment.looked_at is not None:
        return not segment.emptied and now - segment.looked_at >= look_again
    last = store.last_time(end)
    return last is None or now - last >= policy.after


def _leave_segment(
    store: OffloadStore,
    folder: VerifiedFolder,
    at: tuple[int, int],
    known: VerifiedSegment | None,
    now: datetime,
    policy: OffloadPolicy,
    may_continue: MayContinue,
    report: PassReport,
) -> None:
    first, end = at
    all_end = folder.ranges()[-1][1]
    in_use = 0
    with folder.verified(first, end, known) as segment:
        store.adopt(segment.known(first, end))
        held = frozenset(segment.digests())
        with closing(segment.records()) as records:
            place = first
            while headers := list(islice(records, policy.batch)):
                if not may_continue():
                    return
                done = store.offload(place, headers, held, all_end)
                place += len(headers)
                in_use += done.in_use
                report.counts.update(_done(done))
    store.looked(first, now, emptied=not in_use)
    report.counts["segments_looked_at"] += 1
    if in_use:
        report.counts["in_use"] += in_use


def _done(left: Offloaded) -> dict[str, int]:
    told = {"left": left.records, "payloads_left": left.payloads}
    return {name: number for name, number in told.items() if number}

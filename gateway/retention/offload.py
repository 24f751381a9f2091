"""Leave the database: records that stand in a verified segment go, with their payloads; what is asked for is not
forgotten.

Of a record its id, kind, notice, payload digest, time, leaf hash and place stay, so that a repeat is known as one, and
whoever asks for the rest gets it from the segment (`gateway.archive.offloaded`). What is still in use stays whole: of
notices that may yet be sent or asked about, of receipts that wait to be applied, of open quarantine items, and of a
story that is not in segments as far as it has come.

A segment is audited, or has the digest that it had after its audit, in the very moment before anything of it leaves.
Each batch is a transaction that may be repeated; a process that ends in between goes on where it was.
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
"""After which a segment of which something stayed is looked at again: once a day, whenever the pass runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSegment:
    """What the database knows of a segment: records ``first`` to ``end`` (exclusive), and the file's digest.

    ``next_digest`` is what it will be, or is already, where it is written anew without payloads whose life is over.
    ``looked_at`` is None until records left; ``emptied`` is whether all of them have.
    """

    first: int
    end: int
    digest: str
    next_digest: str | None = None
    looked_at: datetime | None = None
    emptied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offloaded:
    """What one transaction did: records and payloads that left, and records that stay because they are in use."""

    records: int
    payloads: int
    in_use: int


class OpenSegment(Protocol):
    """A segment that was just verified, open."""

    def known(self, first: int, end: int) -> VerifiedSegment:
        """What is remembered of it: ``sha256:…`` of the file."""
        ...

    def records(self) -> Generator[bytes]: ...

    def digests(self) -> Collection[str]:
        """``sha256:…`` of every payload and frame in it."""
        ...


class VerifiedFolder(Protocol):
    """The archive's folder. Raises `GatewayError` ``archive.*``."""

    def ranges(self) -> Sequence[tuple[int, int]]:
        """The segments, without a gap."""
        ...

    def verified(self, first: int, end: int, known: VerifiedSegment | None) -> AbstractContextManager[OpenSegment]:
        """Open a segment that has a digest that is known of it, or else passes its audit."""
        ...


class OffloadStore(Protocol):
    """The database that records leave. Raises `GatewayError` ``store.*``, ``archive.*``."""

    def segments(self) -> Sequence[VerifiedSegment]:
        """Those that were verified before, in their order."""
        ...

    def last_time(self, end: int) -> datetime | None:
        """When the record before this place was recorded."""
        ...

    def adopt(self, segment: VerifiedSegment) -> None:
        """Know a segment from now on. What is known of it already stays."""
        ...

    def looked(self, first: int, at: datetime, *, emptied: bool) -> None: ...

    def rewrote(self, first: int, digest: str) -> None:
        """A segment is a file of this digest now."""
        ...

    def free(self, now: datetime) -> int:
        """Give back what a place of payloads holds that no row names any more, in whole files; return how many."""
        ...

    def offload(self, first: int, headers: Sequence[bytes], held: Collection[str], end: int) -> Offloaded:
        """Let records from ``first`` on may_continue that are not in use. ``headers`` are theirs in the segment,
        ``held`` the payloads there, ``end`` is where the segments end. One transaction.

        Raises ``archive.differs`` where the database has another header or misses a record, and
        ``archive.segment-changed`` for a payload that the segment has not got and nobody deleted on record.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OffloadPolicy:
    """Records leave ``after`` they were recorded, a segment at a time, in transactions of ``batch`` records."""

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
    """Let what is old enough leave. A segment that is lost or not as it was written ends the pass with an error:
    nothing of it leaves, nor of any other one, until a person has looked. With ``anew`` every segment is audited,
    whatever digest is known of it, such as by a database that was restored to a time before a segment was written
    anew."""
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

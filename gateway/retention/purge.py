"""Purge: delete expired payloads from segments and database; the evidence of it comes first.

Three steps, each repeatable. Decide: records of deletion name the expired payloads, committed with the database's
entries of them.
Archive: those records get their places, a checkpoint, a time-stamp and a segment. Delete: only payloads of a deletion
that stands in a segment.
Each segment is rewritten beside its place without them, read again and renamed; then the database removes them.
What a person holds by then stays, until just before each file is replaced, and until the database removes it. What
lives on by the rules and the clock of the run that deletes stays, too: the run that decided may have had a wrong clock.
Headers, and so the tree, never change.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Protocol

from gateway.notice.notice import sha256
from gateway.record.deletion import MAX_DIGESTS, Deletion
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.retention_class import Naming, Rule, over
from gateway.retention.offload import VerifiedFolder, VerifiedSegment
from gateway.runtime.clock import Clock
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload

_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Page of distinct digests that records name, and the place of the next page (None: no more)."""

    digests: Sequence[str]
    next: int | None


class RetentionStore(Protocol):
    """Database of payloads and their lives. Raises `GatewayError` ``store.*``."""

    def segments(self) -> Sequence[VerifiedSegment]: ...

    def adopt(self, segment: VerifiedSegment) -> None: ...

    def candidates(self, place: int, end: int, limit: int) -> Page:
        """Return digests that records from ``place`` on name, except those with a later recorded deletion."""
        ...

    def namings(self, digests: Sequence[str], end: int) -> Mapping[str, Sequence[Naming]]:
        """Return every record that names each of these; one that is in no segment yet (from ``end`` on) is in use."""
        ...

    def pending(self, end: int, after: str, limit: int) -> Sequence[str]:
        """Return digests to delete after a given one, including those that came again since.

        Their deletion stands in a segment (before ``end``). A digest named by a record younger than the deletion is
        left out.
        """
        ...

    def forget(self, digests: Sequence[str], end: int, at: datetime) -> int:
        """Remove the database's own octets of these payloads, which are in no segment any more; return their number.

        What is held or in use by now (as in `namings`) stays, and its deletion waits.
        """
        ...

    def waiting(self) -> int:
        """Return the number of recorded deletions that are not done."""
        ...

    def rewriting(self, first: int, digest: str) -> None:
        """Record that a segment will become a file of this digest."""
        ...

    def rewrote(self, first: int, digest: str) -> None:
        """Record that it has become that file."""
        ...


class PurgedFolder(VerifiedFolder, Protocol):
    """Folder of the archive. Raises `GatewayError` ``archive.*``."""

    def digests(self, first: int, end: int) -> Collection[str]:
        """Return the digests of payloads and frames in a segment, unverified."""
        ...

    def write_without(self, first: int, end: int, gone: Collection[str], noting: Callable[[str], bool]) -> str | None:
        """Rewrite a segment without these; return its digest.

        ``noting`` gets the digest before the file is replaced. If it returns False, the file stays as it is: None.
        """
        ...


def decided(store: RetentionStore, rules: Sequence[Rule], now: datetime, end: int) -> Iterator[tuple[Rule, list[str]]]:
    """Yield expired digests by rule, a page at a time; nothing is written."""
    place: int | None = 0
    while place is not None:
        page = store.candidates(place, end, _PAGE)
        by_rule: dict[Rule, list[str]] = defaultdict(list)
        for digest, namings in store.namings(page.digests, end).items():
            if (rule := over(namings, rules, now)) is not None:
                by_rule[rule].append(digest)
        yield from by_rule.items()
        place = page.next


def purge(
    store: Store,
    retention: RetentionStore,
    folder: PurgedFolder,
    archive: Callable[[], PassReport],
    rules: Sequence[Rule],
    clock: Clock,
    origin: str,
    may_continue: MayContinue = always,
) -> PassReport:
    """Run all three steps.

    ``archive`` is that pass, with everything due. If it cannot write a segment (a time authority is unreachable), a
    later run deletes.
    """
    report = PassReport("purge")
    for deletion in _deletions(retention, rules, clock, _end(folder)):
        if not may_continue():
            return report
        record, payload = record_of(deletion, origin)
        store.commit(Changes(evidence=[record], payloads=[payload], deletions=[(record.id, deletion)]))
        report.counts["recorded"] += len(deletion.digests)
    archived = archive()
    report.errors += archived.errors
    if any(error.code == "archive.forked" for error in archived.errors):
        return report  # what stands in those segments is not what the database knows
    _delete(retention, folder, rules, clock(), may_continue, report)
    if waiting := retention.waiting():
        report.counts["waiting"] = waiting
    return report


def _deletions(store: RetentionStore, rules: Sequence[Rule], clock: Clock, end: int) -> Iterator[Deletion]:
    """Yield deletions of expired payloads, some hundred digests each, with the time at which each is recorded."""
    waiting: dict[Rule, list[str]] = defaultdict(list)
    # Each page is queried after the deletions before it were committed, or again in the same form.
    for rule, digests in decided(store, rules, clock(), end):
        known = dict.fromkeys([*waiting[rule], *digests])
        waiting[rule] = list(known)
        while len(waiting[rule]) >= MAX_DIGESTS:
            part, waiting[rule] = waiting[rule][:MAX_DIGESTS], waiting[rule][MAX_DIGESTS:]
            yield _deletion(rule, clock(), part)
    for rule, digests in waiting.items():
        if digests:
            yield _deletion(rule, clock(), digests)


def _deletion(rule: Rule, now: datetime, digests: Sequence[str]) -> Deletion:
    return Deletion(rule=rule.name, payload_days=rule.days, at=now, digests=sorted(digests))


def record_of(deletion: Deletion, origin: str) -> tuple[EvidenceRecord, Payload]:
    octets = deletion.octets
    payload = Payload(digest=sha256(octets), octets=octets)
    record = evidence_record(
        id=f"deletion:{payload.digest}",
        kind=EvidenceKind.PAYLOAD_DELETED,
        notice=None,
        origin=origin,
        destination=origin,
        event_time=deletion.at,
        recorded_at=deletion.at,
        payload_digest=payload.digest,
        context={
            "rule": deletion.rule,
            "payload_days": str(deletion.payload_days),
            "payloads": str(len(deletion.digests)),
        },
    )
    return record, payload


def _delete(
    retention: RetentionStore,
    folder: PurgedFolder,
    rules: Sequence[Rule],
    now: datetime,
    may_continue: MayContinue,
    report: PassReport,
) -> None:
    end = _end(folder)
    going = set(_going(retention, rules, now, end))
    if not going:
        return
    known = {segment.first: segment for segment in retention.segments()}
    for first, last in folder.ranges():
        there = frozenset(folder.digests(first, last))
        while going & there:
            if not may_continue():
                return
            # Segments take long to write: a person may hold something meanwhile. It waits for a later run.
            going -= _kept(retention, going & there, end)
            if _rewrite(retention, folder, (first, last), known.get(first), going & there, end):
                report.counts["segments_rewritten"] += 1
                break
    rest = iter(sorted(going))
    while part := list(islice(rest, _PAGE)):
        report.counts["deleted"] += retention.forget(part, end, now)


def _rewrite(
    retention: RetentionStore,
    folder: PurgedFolder,
    place: tuple[int, int],
    known: VerifiedSegment | None,
    gone: Collection[str],
    end: int,
) -> bool:
    """Rewrite a segment without these; return False, and change nothing, if one of them is held or in use by then."""
    if not gone:
        return False
    first, last = place
    with folder.verified(first, last, known) as segment:
        now_known = segment.known(first, last)
    retention.adopt(now_known)
    # Complete the rewriting that an interrupted run left, before the file changes once more.
    retention.rewrote(first, now_known.digest)

    def noted(digest: str) -> bool:
        if _kept(retention, gone, end):
            return False
        retention.rewriting(first, digest)
        return True

    digest = folder.write_without(first, last, gone, noted)
    if digest is not None:
        retention.rewrote(first, digest)
    return digest is not None


def _going(retention: RetentionStore, rules: Sequence[Rule], now: datetime, end: int) -> Iterator[str]:
    """Yield digests to delete whose life is over now, and that are neither held nor in use."""
    after = ""
    while part := retention.pending(end, after, _PAGE):
        after = part[-1]
        namings = retention.namings(part, end)
        yield from (digest for digest in part if over(namings.get(digest, ()), rules, now) is not None)


def _kept(retention: RetentionStore, digests: Collection[str], end: int) -> set[str]:
    """Return those of these digests that are held or in use."""
    kept: set[str] = set()
    rest = iter(sorted(digests))
    while part := list(islice(rest, _PAGE)):
        namings = retention.namings(part, end)
        kept.update(digest for digest, found in namings.items() if any(naming.kept for naming in found))
    return kept


def _end(folder: VerifiedFolder) -> int:
    found = folder.ranges()
    return found[-1][1] if found else 0

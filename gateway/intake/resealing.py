"""Resealing: replace a seal that was made by a fast clock and never sent.

The judiciary would finally reject the first seal before its signing time comes, so nothing is sent with it. The content
does not change; only the signature is made again.
The first seal stays in evidence, and the record of the new one names it. Signing happens outside any transaction; a
notice that moved on meanwhile keeps its seal.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from gateway.notice.envelope import SealedNotice, Sealer
from gateway.record.evidence_record import INSTEAD_OF, EvidenceKind, Header, NotARecord, evidence_record
from gateway.runtime.advisory_lock import AdvisoryLocks
from gateway.runtime.clock import Clock, parse_timestamp, timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.ports.evidence_store import EvidenceStore
from gateway.store.store import Store
from gateway.store.stored import Admission, Changes, NewSeal, Payload

AT_ONCE = 100
"""Number of notices resealed in a pass; the next pass continues after them."""

_CURSOR, _DUTY = "sealed-anew", "seal-anew"

_DIFFERS = "store.value-differs"


def seal_anew(
    store: Store,
    sealer: Sealer,
    clock: Clock,
    tolerance: timedelta,
    locks: AdvisoryLocks,
    may_continue: MayContinue = always,
) -> PassReport:
    """Reseal up to `AT_ONCE` notices whose signing time is at least ``tolerance`` ahead of ``clock``.

    An outside clock has confirmed ``clock``. A notice that cannot be resealed is reported as ``seal.anew`` and does not
    change. Raises `GatewayError` as the store does, and ``key.*``.
    """
    report = PassReport("collect")
    since = clock() + tolerance
    if not store.outbox.sealed_ahead(since=since, limit=1, after=None):
        return report
    # The collections of all sources call this; the lock lets one of them do the work.
    with locks.attempt(_DUTY) as ours:
        if ours:
            _seal_page(store, sealer, clock, since, report, may_continue)
    return report


def _seal_page(
    store: Store, sealer: Sealer, clock: Clock, since: datetime, report: PassReport, may_continue: MayContinue
) -> None:
    failed: Counter[str] = Counter()
    first: dict[str, str] = {}
    began = store.rows.cursor(_CURSOR) or ""
    page = store.outbox.sealed_ahead(since=since, limit=AT_ONCE, after=_place(began))
    if began and not page:
        page = store.outbox.sealed_ahead(since=since, limit=AT_ONCE, after=None)
    after = began
    for admission in page:
        if not may_continue():
            break
        entry = admission.entry
        after = f"{timestamp(entry.admitted_at)} {entry.reference}"
        try:
            stale = _replace(admission, store, sealer, clock())
        except GatewayError as error:
            if error.scope not in (ErrorScope.ROW, ErrorScope.CALL):
                raise
            cause = f"{error.code} {error.where} {error.detail}".strip()
            failed[cause] += 1
            first.setdefault(cause, entry.reference)
            continue
        report.counts["stale" if stale else "sealed_anew"] += 1
    else:
        if len(page) < AT_ONCE:
            after = ""  # the next pass begins with the first notice
    report.errors += [
        GatewayError("seal.anew", where=first[cause], detail=f"{number} notices: {cause}")
        for cause, number in failed.items()
    ]
    if after != began:
        store.commit(Changes(cursors={_CURSOR: after}))


def _place(cursor: str) -> tuple[datetime, str] | None:
    time, _, reference = cursor.partition(" ")
    return (parse_timestamp(time), reference) if cursor else None


def _replace(admission: Admission, store: Store, sealer: Sealer, now: datetime) -> bool:
    """Reseal one notice and commit it; return True if it had moved on. Raises as sealer and store do."""
    entry, before = admission.entry, _header(store.evidence, admission.evidence_id)
    stored = entry.reference, entry.seal_digest, timestamp(entry.admitted_at)
    if before is None or (before.notice, before.payload_digest, before.recorded_at) != stored:
        detail = "seal_digest or admitted_at not as in the record of its seal"
        raise GatewayError(_DIFFERS, where=entry.reference, detail=detail)
    sealed = sealer.seal_anew(store.evidence.payload(entry.seal_digest), now)
    if sealed.reference != entry.reference:
        raise GatewayError(_DIFFERS, where=entry.reference, detail="reference not as in the sealed notice")
    return bool(store.commit(_changes(admission, before, sealed, now)))


def _header(store: EvidenceStore, id: str) -> Header | None:
    record = store.record(id)
    try:
        return None if record is None else Header.of(record.header)
    except NotARecord:
        return None


def _changes(admission: Admission, before: Header, sealed: SealedNotice, now: datetime) -> Changes:
    entry, certificate = admission.entry, sealed.certificate
    context = {name: told for name, told in before.context.items() if name not in ("certificate", INSTEAD_OF)}
    if certificate is not None:
        context["certificate"] = certificate.thumbprint
    record = evidence_record(
        id=f"seal:{entry.reference}:{timestamp(now)}",
        kind=EvidenceKind.SEALED_NOTICE,
        notice=entry.reference,
        origin=f"{entry.source}/{admission.body}",
        destination=entry.destination,
        event_time=sealed.sealed_at,
        recorded_at=now,
        payload_digest=sealed.digest,
        context=context | {INSTEAD_OF: before.id},
    )
    seal = NewSeal(
        reference=entry.reference,
        instead_of=entry.seal_digest,
        digest=sealed.digest,
        size=len(sealed.octets),
        at=now,
        evidence_id=record.id,
    )
    return Changes(
        new_seals=[seal],
        evidence=[record],
        payloads=[Payload(digest=sealed.digest, octets=sealed.octets)],
        certificates=[] if certificate is None else [certificate],
        all_or_nothing=True,
    )

"""Everything that is read of a store, by name: two stores that were given the same answer the same.

Where the port promises no order, the answer is sorted. Bounds of time are an argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.evidence.evidence_log import EvidenceLog
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.outbox import OutboxEntry
from gateway.record.evidence_record import EvidenceKind
from gateway.record.version_subject import Subject
from gateway.store.among import Among
from gateway.store.stored import QuarantineKind

from .builders import NOW, at, mark, reference

LATE = at(days=99)
MOST = 100
NOTICES = [reference(number) for number in range(9)]
SOURCES = ("cases", "other")
ROWS = [f"row-{number}" for number in range(9)]
MARKS = [mark(number, source=source, version=v) for number in range(9) for source in SOURCES for v in "12"]
AGES = (timedelta(minutes=2), timedelta(minutes=10))


def _all(entries: Iterable[OutboxEntry]) -> list[OutboxEntry]:
    return sorted(entries, key=lambda entry: entry.reference)


def _paged(read: Callable[[Any], Sequence[Any]], place: Callable[[Any], Any]) -> list[Any]:
    """Return everything, two at a time."""
    found: list[Any] = []
    while page := read(place(found[-1]) if found else None):
        found += page
    return found


def _tree(log: EvidenceLog) -> object:
    return log.size(), [log.tile((level, 0)) for level in range(2)], log.leaves(0, MOST), log.last_checkpoint()


def _known(store: Any, _: datetime) -> object:
    notices = store.notices
    return (
        notices.entries(NOTICES),
        notices.known(NOTICES),
        [notices.history(each) for each in NOTICES],
        [notices.admission(each) for each in NOTICES],
        {source: notices.known_rows(source, ROWS) for source in SOURCES},
        (notices.bodies(NOTICES), notices.kinds(NOTICES), notices.first_claims(NOTICES)),
        notices.references("", MOST),
    )


def _listed(store: Any, now: datetime) -> object:
    amongs = [
        Among(),
        Among(undecided=True),
        Among(asked=True),
        Among(sendable=True),
        Among(absent=False, held=False),
        Among(source="cases", before=now),
        Among(since=now, due_after=now),
        Among(doubt_before=now),
        Among(code="doubt.absent", admitted_before=now),
    ]
    return (
        [store.notices.find(state=None, limit=MOST, after=None, among=among) for among in amongs],
        [store.notices.find(state=state, limit=2, after=reference(1)) for state in DeliveryState],
        store.notices.admitted(since=now, until=None, limit=3, after=None, newest_first=True),
        store.notices.admitted(since=None, until=now, limit=3, after=(NOW, reference(1)), source="cases"),
    )


def _waiting(store: Any, now: datetime) -> object:
    outbox = store.outbox
    return (
        _all(outbox.expired(now=now, limit=MOST)),
        _all(outbox.overdue(waiting_before=now, limit=MOST)),
        _all(outbox.doubtful(destination="court", now=now, limit=MOST)),
        _all(outbox.pending(destination="court", now=now, limit=MOST)),
        _all(outbox.pending(destination="court", now=now, limit=MOST, since_before=now)),
        outbox.pollable(destination="court", doubtful=True, since=NOW, after="", limit=MOST),
        outbox.pollable(destination="court", doubtful=False, since=now, after=reference(0), limit=2),
        _paged(
            lambda after: outbox.sealed_ahead(since=now, limit=2, after=after),
            lambda each: (each.entry.admitted_at, each.entry.reference),
        ),
        _all(store.recovery.unasked(MOST)),
    )


def _written(store: Any, _: datetime) -> object:
    def of(source: str) -> object:
        return (
            _paged(lambda after: store.outbox.unwritten(source, 2, after), lambda e: (e.state_since, e.reference)),
            _paged(lambda after: store.refusals.unwritten(source, 2, after), lambda e: (e.refused_at, e.row_key)),
            store.refusals.of_rows(source, ROWS),
            store.refusals.row_keys(source, ["recipient.national-id", "notice.two-rows"], 2, None),
        )

    return [of(source) for source in SOURCES], store.outbox.unwritten_since(NOTICES)


def _refused(store: Any, now: datetime) -> object:
    return (
        store.refusals.page(source=None, code="notice", limit=MOST, after=None),
        store.refusals.page(source=None, code=None, limit=2, after=("cases", "row-1")),
        store.refusals.groups(bodies=None, up_to=MOST),
        sorted(store.refusals.refused_since(now, bodies=None, up_to=MOST)),
        store.rows.unseen(MARKS),
        [store.rows.cursor(name) for name in ("listed:cases", "listed:other", "receipts:court")],
    )


def _quarantined(store: Any, _: datetime) -> object:
    return (
        _paged(
            lambda after: store.quarantine.page(code=None, limit=2, after=after), lambda e: (e.payload_digest, e.code)
        ),
        store.quarantine.about(NOTICES),
        store.quarantine.known_by_now(MOST),
        store.quarantine.named_in_queue(MOST),
        [store.quarantine.size(kind) for kind in QuarantineKind],
    )


def _received(store: Any, _: datetime) -> object:
    return (
        _paged(lambda after: store.receipts.unapplied(2, after), lambda each: (each.event_time, each.receipt_id)),
        store.receipts.digests([f"R{number}" for number in range(20)]),
    )


def _counted(store: Any, now: datetime) -> object:
    tallies = store.tallies
    return (
        tallies.counts(),
        tallies.oldest(),
        tallies.backlog(now=now, ages=AGES),
        tallies.queued_by_code(),
        tallies.unwritten_by_source(),
        tallies.doubted_by_code(),
    )


def _recorded(store: Any, now: datetime) -> object:
    evidence = store.evidence
    return (
        [evidence.of_notice(each) for each in NOTICES],
        evidence.proven_steps(NOTICES),
        evidence.heard(NOTICES, now),
        evidence.is_recorded(EvidenceKind.RECEIPT, "sha256:0"),
        evidence.configurations(),
    )


def _proven(store: Any, _: datetime) -> object:
    log = store.log
    return (
        _tree(log),
        store.evidence.proof(),
        log.checkpoints(1, MOST),
        log.witnesses(),
        log.forks(),
        log.sizes([leaf.payload_digest for leaf in log.leaves(0, MOST)]),
        log.carried([f"sent:{n}" for n in range(9)]),
    )


def _retained(store: Any, _: datetime) -> object:
    retention, end = store.retention, store.log.size()
    page = retention.candidates(0, end, 3)
    namings = {digest: sorted(map(repr, found)) for digest, found in retention.namings(page.digests, end).items()}
    return (
        page,
        namings,
        retention.pending(end, "", MOST),
        retention.waiting(),
        retention.holds(),
        retention.segments(),
        retention.last_time(end),
    )


def _shared(store: Any, now: datetime) -> object:
    return (
        store.endpoints.states(),
        store.endpoints.breaker("court"),
        store.outages.endpoints("court", now, LATE),
        store.outages.endpoints("court", NOW, now),
        store.recovery.all(),
        store.recovery.epoch,
        store.switch(),
        [store.versions.activations(source, Subject.ROWS) for source in SOURCES],
    )


def _pushed(store: Any, _: datetime) -> object:
    inbox = store.inbox
    return [
        (
            inbox.marks(source, 0, MOST),
            sorted(inbox.rows(source, ROWS), key=lambda row: row.key),
            inbox.standings(source, ROWS),
            inbox.told(source, 1, MOST),
            inbox.verdicts(source, ROWS),
            inbox.published(source),
            [inbox.knows(f"sha256:{number}") for number in range(3)],
        )
        for source in SOURCES
    ]


READS: Final[dict[str, Callable[[Any, datetime], object]]] = {
    "notices": _known,
    "lists": _listed,
    "outbox": _waiting,
    "written": _written,
    "refusals": _refused,
    "quarantine": _quarantined,
    "receipts": _received,
    "tallies": _counted,
    "evidence": _recorded,
    "log": _proven,
    "retention": _retained,
    "endpoints": _shared,
    "inbox": _pushed,
}

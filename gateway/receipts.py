"""Receive and advance: a receipt is verified, stored, and only then confirmed; then its event moves the notice on.

A repeated receipt changes nothing; one that overtook another is applied as it came, the overtaken one is recorded. What
is not believed, or contradicts what is known, goes to quarantine and stops nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.clock import Clock, parse_timestamp
from gateway.courier import Courier, RawReceipt
from gateway.delivery import TRANSITIONS, DeliveryEvent, DeliveryState, IllegalTransition
from gateway.errors import GatewayError
from gateway.evidence import EvidenceKind, EvidenceRecord, evidence_record
from gateway.notice import sha256
from gateway.outbox import OutboxEntry, Step, advance
from gateway.report import PassReport
from gateway.store import Changes, Payload, Quarantined, QuarantineKind, Store, StoredReceipt
from gateway.trust import About, Facts

RECEIPT_EVENTS = frozenset(
    {
        DeliveryEvent.CONTENT_CONSIGNMENT,
        DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE,
        DeliveryEvent.CONTENT_HANDOVER,
    }
)


class ReceiptJudge(Protocol):
    """Verifies a receipt as a document: issuer, coverage, signing time."""

    def judge(self, receipt: RawReceipt, now: datetime) -> Facts:
        """Return what the signature covers. Raises `gateway.trust.Rejection`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPolicy:
    """``origin`` names the gateway in evidence; a page holds up to ``page`` receipts."""

    origin: str
    page: int = 200


def fetch_receipts(
    store: Store, courier: Courier, judge: ReceiptJudge, clock: Clock, policy: ReceiptPolicy
) -> PassReport:
    """Take every receipt that waits at the judiciary, then apply what can be applied."""
    report = PassReport("receipts")
    # What an earlier pass stored is applied even if the judiciary is away now.
    _apply(store, clock, policy, report)
    cursor_name = f"receipts:{courier.destination}"
    cursor, more = store.cursor(cursor_name) or "", True
    while more:
        page = courier.fetch_receipts(cursor, policy.page)
        tray = _Tray(store, courier.destination, policy.origin)
        tray.take(page.receipts, judge, clock())
        store.commit(tray.changes)
        _apply(store, clock, policy, report)
        if tray.confirmable:
            courier.confirm_receipts(tray.confirmable)
        # Only now, so that a page that was stored and not confirmed is fetched, and confirmed, once more.
        store.commit(Changes(cursors={cursor_name: page.cursor}))
        report.counts += {"received": len(tray.receipts), "quarantined": len(tray.quarantine)}
        # A page that leads nowhere is not asked for again now, whatever it promises.
        cursor, more = page.cursor, page.more and page.cursor != cursor
    return report


@dataclass(slots=True)
class _Tray:
    """One page of receipts, sorted into believed and not believed."""

    store: Store
    destination: str
    origin: str
    receipts: list[StoredReceipt] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    evidence: list[EvidenceRecord] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    """The payload digests of believed receipts, by id: those of this page, and those that were stored before."""
    confirmable: list[str] = field(default_factory=list)

    @property
    def changes(self) -> Changes:
        return Changes(
            receipts=self.receipts, quarantine=self.quarantine, evidence=self.evidence, payloads=self.payloads
        )

    def take(self, raw_receipts: Sequence[RawReceipt], judge: ReceiptJudge, now: datetime) -> None:
        judged: list[tuple[RawReceipt, Facts]] = []
        for raw in raw_receipts:
            try:
                judged.append((raw, judge.judge(raw, now)))
            except GatewayError as rejection:
                self._set_aside(raw, rejection, now)
        entries = self.store.entries([facts.claims["Reference"] for _, facts in judged])
        self.digests = self.store.receipt_digests([facts.claims["ReceiptId"] for _, facts in judged])
        for raw, facts in judged:
            try:
                self._accept(raw, facts, entries, now)
            except GatewayError as rejection:
                self._set_aside(raw, rejection, now)

    def _accept(self, raw: RawReceipt, facts: Facts, entries: dict[str, OutboxEntry], now: datetime) -> None:
        reference = facts.claims["Reference"]
        if reference not in entries:
            raise GatewayError("receipt.unknown-notice", where=reference)
        About(reference, entries[reference].seal_digest).check(facts)
        if facts.claims["Event"] not in RECEIPT_EVENTS:
            raise GatewayError("receipt.unknown-event", where=reference, detail=facts.claims["Event"])
        try:
            event_time = parse_timestamp(facts.claims["EventTime"])
        except ValueError as error:
            raise GatewayError("verify.schema", where="EventTime", detail=str(error)) from error
        receipt_id, digest = facts.claims["ReceiptId"], sha256(raw.octets)
        if self.digests.setdefault(receipt_id, digest) != digest:
            raise GatewayError("receipt.contradiction", where=reference, detail=f"another receipt is {receipt_id}")
        self.confirmable.append(receipt_id)
        record = evidence_record(
            id=f"receipt:{receipt_id}",
            kind=EvidenceKind.RECEIPT,
            notice=reference,
            origin=self.destination,
            destination=self.origin,
            event_time=event_time,
            recorded_at=now,
            payload_digest=digest,
            context={"event": facts.claims["Event"]},
        )
        self.evidence.append(record)
        self.payloads.append(Payload(digest=digest, octets=raw.octets))
        self.receipts.append(
            StoredReceipt(
                receipt_id=receipt_id,
                reference=reference,
                tracking_number=facts.claims["TrackingNumber"],
                event=DeliveryEvent(facts.claims["Event"]),
                event_time=event_time,
                received_at=now,
                payload_digest=digest,
                evidence_id=record.id,
            )
        )

    def _set_aside(self, raw: RawReceipt, rejection: GatewayError, now: datetime) -> None:
        digest = sha256(raw.octets)
        self.payloads.append(Payload(digest=digest, octets=raw.octets))
        self.quarantine.append(_quarantined(digest, self.destination, rejection, now))


def _apply(store: Store, clock: Clock, policy: ReceiptPolicy, report: PassReport) -> None:
    """Apply stored receipts whose notice can take them; those of a notice that is being sent wait for its outcome."""
    waiting: set[str] = set()
    while True:
        receipts = [r for r in store.unapplied_receipts(policy.page + len(waiting)) if r.receipt_id not in waiting]
        if not receipts:
            return
        entries = store.entries([receipt.reference for receipt in receipts])
        steps: list[Step] = []
        applied: list[str] = []
        quarantine: list[Quarantined] = []
        now = clock()
        for receipt in receipts:
            entry = entries[receipt.reference]
            if entry.state is DeliveryState.SENDING:
                waiting.add(receipt.receipt_id)
                continue
            try:
                taken = _steps(entry, receipt, now)
            except IllegalTransition as illegal:
                error = GatewayError("receipt.contradiction", where=receipt.reference, detail=str(illegal))
                quarantine.append(_quarantined(receipt.payload_digest, entry.destination, error, now))
                taken = []
            steps += taken
            entries[receipt.reference] = taken[-1].after if taken else entry
            applied.append(receipt.receipt_id)
        stale = store.commit(Changes(steps=steps, applied=applied, quarantine=quarantine))
        report.counts += {"applied": len(applied), "stale": len(stale), "contradictions": len(quarantine)}


def _steps(entry: OutboxEntry, receipt: StoredReceipt, now: datetime) -> list[Step]:
    """The steps that a receipt is: none if it repeats what is known. Raises `IllegalTransition`."""
    proof, steps = receipt.evidence_id, []
    if (entry.state, DeliveryEvent.SUBMISSION_ACCEPTANCE) in TRANSITIONS:
        accepted = advance(
            entry,
            DeliveryEvent.SUBMISSION_ACCEPTANCE,
            now=now,
            evidence_id=proof,
            tracking_number=receipt.tracking_number,
            code=None,
            reason=None,
        )
        steps, entry = [accepted], accepted.after
    field = _TIME_OF.get(receipt.event)
    known: datetime | None = getattr(entry, field) if field else None
    if entry.tracking_number not in (None, receipt.tracking_number) or known not in (None, receipt.event_time):
        raise IllegalTransition(entry.state, receipt.event)
    failed_before = (
        entry.state is DeliveryState.UNDELIVERABLE and receipt.event is DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE
    )
    if known is None and not failed_before:
        facts = {field: receipt.event_time} if field else {}
        steps.append(advance(entry, receipt.event, now=now, occurred_at=receipt.event_time, evidence_id=proof, **facts))
    return steps


_TIME_OF = {DeliveryEvent.CONTENT_CONSIGNMENT: "delivered_at", DeliveryEvent.CONTENT_HANDOVER: "viewed_at"}
"""Which field of the entry keeps an event's time. They are kept apart: neither overwrites the other."""


def _quarantined(digest: str, origin: str, error: GatewayError, now: datetime) -> Quarantined:
    return Quarantined(
        payload_digest=digest,
        kind=QuarantineKind.RECEIPT,
        origin=origin,
        code=error.code,
        detail=str(error),
        received_at=now,
    )

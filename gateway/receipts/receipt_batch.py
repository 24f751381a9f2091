"""Batch of receipts: judge each, and either accept it with its evidence or put it into quarantine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.judiciary.courier import Carrier, RawReceipt
from gateway.notice.delivery_state import BY_RECEIPT, DeliveryEvent
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.notice.profile_version import told_of
from gateway.quarantine.quarantine import DISMISSED, refused, set_aside
from gateway.receipts.named_items import only_notice
from gateway.receipts.plausibility import TIME_ACCEPTED, Window
from gateway.receipts.receipt_subject import IssueDay, ReceiptSubjects, no_issue_day
from gateway.record.evidence_record import CARRIED_BY, EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.sending.exchange import carried
from gateway.store.store import Store
from gateway.store.stored import Changes, Payload, Quarantined, QuarantineKind, StoredReceipt
from gateway.store.waiting_receipt import ARCHIVE_AWAY, CONTRADICTION, IMPLAUSIBLE, SIGNED, UNKNOWN_NOTICE
from gateway.trust.trust_policy import Judgement

LawNames = Callable[[datetime], Mapping[str, str]]
"""Returns the entries of a record's context that name rules and calendar for a notice that arrived then."""


_LASTING: Final = (CONTRADICTION, IMPLAUSIBLE, ARCHIVE_AWAY)
"""Codes of items that stay dismissed when their receipt comes again."""


def no_law(_: datetime) -> Mapping[str, str]:
    """Name nothing: no deadline is computed here."""
    return {}


class ReceiptJudge(Protocol):
    """Verifier of a receipt as a document: issuer, coverage, signing time."""

    def judge(self, receipt: RawReceipt, now: datetime) -> Judgement:
        """Verify a receipt; return its signed content and the passed checks.

        Raises `gateway.trust.trust_policy.Rejection`.
        """
        ...

    def read(self, octets: bytes) -> Mapping[str, str]:
        """Return the claims of a receipt that was accepted before, without verification. Raises `GatewayError`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Accepted and rejected receipts of one delivery."""

    receipts: Sequence[StoredReceipt]
    quarantine: Sequence[Quarantined]


@dataclass(slots=True)
class ReceiptBatch:
    """Page of receipts, sorted into accepted and rejected ones.

    Clocks may differ by ``skew``. ``accepted`` is the code of a refusal despite which a person accepts the times in
    these receipts: `IMPLAUSIBLE`, or `ARCHIVE_AWAY` if the archive still cannot be read. ``law_names`` are read once,
    for the first receipt that proves service. ``issue_day`` reads sealed notices. ``standing`` are the keys of open
    items whose receipts are judged again.
    """

    store: Store
    destination: str
    origin: str
    skew: timedelta = timedelta(seconds=60)
    accepted: str | None = None
    law_names: Callable[[], LawNames] = lambda: no_law
    issue_day: IssueDay = no_issue_day
    standing: Set[tuple[str, str]] = frozenset()
    receipts: list[StoredReceipt] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    shown: list[Quarantined] = field(default_factory=list)
    """Those of ``quarantine`` that are to be opened, and that people are told of."""
    evidence: list[EvidenceRecord] = field(default_factory=list)
    payloads: list[Payload] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    """Payload digests of accepted receipts by id, from this page and from the store."""
    confirmable: list[str] = field(default_factory=list)
    message_notices: dict[str, list[str]] = field(default_factory=dict)
    resting: dict[str, list[str]] = field(default_factory=dict)
    """Notices of accepted receipts without a signature, by the id of the record of the message that proves them."""

    unread: list[GatewayError] = field(default_factory=list)
    """Errors of receipts that a mapping of ours could not read."""
    new_unread: list[Quarantined] = field(default_factory=list)
    """Their items, unless they stood in quarantine before."""
    taken: list[Taken] = field(default_factory=list)
    """Receipts of each delivery."""
    entries: dict[str, OutboxEntry] = field(default_factory=dict)
    """The notices of these receipts, as they were read."""
    _names: LawNames | None = None
    _stored: dict[str, str] = field(default_factory=dict)
    """Payload digests by receipt id, as the store had them before."""
    _noted: frozenset[str] = frozenset()
    """Ids of receipts whose message is recorded here."""

    @property
    def changes(self) -> Changes:
        return Changes(
            receipts=self.receipts,
            quarantine=self.quarantine,
            evidence=self.evidence,
            payloads=self.payloads,
            message_notices=self.message_notices,
        )

    @property
    def new_receipts(self) -> list[StoredReceipt]:
        """Accepted receipts that were not stored before, each once, in the order in which they are applied."""
        new = {receipt.receipt_id: receipt for receipt in self.receipts if receipt.receipt_id not in self._stored}
        return sorted(new.values(), key=lambda receipt: (receipt.event_time, receipt.receipt_id))

    def says_more(self, taken: Taken) -> bool:
        """Return True if any of these receipts is new: repeated ones leave one record."""
        known = self._stored.keys() | self._noted
        if any(receipt.receipt_id not in known for receipt in taken.receipts):
            return True
        return any(
            item.code not in {each.code for each in self.store.quarantine.items(item.payload_digest)}
            for item in taken.quarantine
        )

    def note(self, carrier: Carrier, receipts: Sequence[RawReceipt], taken: Taken, now: datetime) -> None:
        """Record the message that carried these receipts."""
        octets = [receipt.octets for receipt in receipts]
        record, payload = carried(carrier, octets, origin=self.destination, destination=self.origin, now=now)
        self.evidence.append(record)
        self.payloads.append(payload)
        self.message_notices[record.id] = sorted({receipt.reference for receipt in taken.receipts})
        self._noted |= {receipt.receipt_id for receipt in taken.receipts}

    def note_known_carriers(self) -> None:
        """Link the notices of accepted receipts to the messages that carried them, which were recorded before."""
        self.message_notices |= self.resting

    def take(self, deliveries: Sequence[Sequence[RawReceipt]], judge: ReceiptJudge, now: datetime) -> None:
        """Judge the receipts of each delivery."""
        judged = [[(raw, _judged(raw, judge, now)) for raw in receipts] for receipts in deliveries]
        claims = [each.facts.claims for part in judged for _, each in part if isinstance(each, Judgement)]
        self.entries = self.store.notices.entries([each["Reference"] for each in claims])
        self.digests = self.store.receipts.digests([each["ReceiptId"] for each in claims])
        self._stored = dict(self.digests)
        subjects = ReceiptSubjects(
            store=self.store,
            recoveries=self.store.recovery.all(),
            sent=self.store.notices.first_claims(list(self.entries)),
            skew=self.skew,
            issue_day=self.issue_day,
        )
        for part in judged:
            receipts, quarantine = len(self.receipts), len(self.quarantine)
            for raw, judgement in part:
                try:
                    if isinstance(judgement, GatewayError):
                        raise judgement
                    self._accept(raw.octets, judgement, subjects, now)
                except GatewayError as rejection:
                    _assert_theirs(rejection)
                    self._set_aside(raw, rejection, now)
            self.taken.append(Taken(receipts=self.receipts[receipts:], quarantine=self.quarantine[quarantine:]))

    def _accept(self, octets: bytes, judgement: Judgement, subjects: ReceiptSubjects, now: datetime) -> None:
        """Accept a receipt with its evidence. Raises `GatewayError` if it is about no notice, or contradicts others."""
        claims, digest = judgement.facts.claims, sha256(octets)
        entry, receipt_id = self.entries.get(claims["Reference"]), claims["ReceiptId"]
        if entry is None:
            raise GatewayError(UNKNOWN_NOTICE, where=claims["Reference"])
        is_stored = self._stored.get(receipt_id) == digest
        about = subjects.check(entry, judgement, is_stored=is_stored)
        event, event_time = _event(claims)
        if self.accepted == IMPLAUSIBLE:
            timely = [TIME_ACCEPTED]
        elif is_stored:  # its time was judged when it came first
            timely = []
        else:
            timely = self._timely(subjects.window(entry, judgement.facts, now), event_time, entry.reference)
        if self.digests.setdefault(receipt_id, digest) != digest:
            raise GatewayError(CONTRADICTION, where=entry.reference, detail=f"another receipt is {receipt_id}")
        self.confirmable.append(receipt_id)
        carried_by = {CARRIED_BY: judgement.carried_by} if judgement.carried_by else {}
        record = evidence_record(
            id=f"receipt:{receipt_id}",
            kind=EvidenceKind.RECEIPT,
            notice=entry.reference,
            origin=self.destination,
            destination=self.origin,
            event_time=event_time,
            recorded_at=now,
            payload_digest=digest,
            context={
                "event": event.value,
                "passed": "; ".join([*judgement.passed, *timely, *about]),
                **carried_by,
                **told_of(judgement.profile),
                **self._law(entry, event, event_time),
            },
        )
        if judgement.carried_by:
            self.resting[judgement.carried_by] = sorted({*self.resting.get(judgement.carried_by, ()), entry.reference})
        self.evidence.append(record)
        self.payloads.append(Payload(digest=digest, octets=octets))
        self.receipts.append(
            StoredReceipt(
                receipt_id=receipt_id,
                reference=entry.reference,
                tracking_number=claims["TrackingNumber"],
                event=event,
                event_time=event_time,
                received_at=now,
                payload_digest=digest,
                evidence_id=record.id,
            )
        )

    def _timely(self, window: Window, event_time: datetime, reference: str) -> list[str]:
        try:
            return window.check(event_time, reference)
        except GatewayError as refused:
            if refused.code != ARCHIVE_AWAY or self.accepted != ARCHIVE_AWAY:
                raise
            return [TIME_ACCEPTED]

    def _law(self, entry: OutboxEntry, event: DeliveryEvent, at: datetime) -> Mapping[str, str]:
        """Name the law of the day of arrival, as far as it is known by now; nothing if a receipt proves no arrival."""
        if event is DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE:
            return {}
        arrival = at if event is DeliveryEvent.CONTENT_CONSIGNMENT else entry.delivered_at
        if self._names is None:
            self._names = self.law_names()
        return self._names(arrival or min(filter(None, (at, entry.service_time))))

    def _set_aside(self, raw: RawReceipt, rejection: GatewayError, now: datetime) -> None:
        item, payload = set_aside(raw.octets, QuarantineKind.RECEIPT, self.destination, rejection, now)
        self.payloads.append(payload)
        carrier = raw.carried.record if raw.carried else None
        self.evidence.append(
            refused(
                raw.octets,
                rejection,
                origin=self.destination,
                destination=self.origin,
                now=now,
                carried_by=carrier,
            )
        )
        if raw.unread is not None:
            self.unread.append(rejection)
            known = self.store.quarantine.items(item.payload_digest)
            if not any(each.code == item.code and each.ended_at is None for each in known):
                self.new_unread.append(item)
        # Each of them is raised about the notice that a believed receipt names. Any other names a notice unverified:
        # people are told of it, and it stops nothing (`gateway.store.waiting_receipt`).
        believed = rejection.code in SIGNED
        named = rejection.where if believed else only_notice(self.store.notices, raw.octets)
        item = replace(item, notice=named) if named else item
        self.quarantine.append(item)
        if not self._is_standing(item) and not self._is_dismissed(item):
            self.shown.append(item)

    def is_open(self, item: Quarantined) -> bool:
        """Return True if an item of ``quarantine`` is open once this batch is stored."""
        return item in self.shown or self._is_standing(item)

    def _is_standing(self, item: Quarantined) -> bool:
        return (item.payload_digest, item.code) in self.standing

    def _is_dismissed(self, item: Quarantined) -> bool:
        """Return True if a person dismissed this receipt as wrong, although the judiciary signed it.

        A page may show it in each pass, and open it would stop a new revision and another channel once more. While the
        archive is away, the reason for which it was dismissed cannot be told again.
        """
        if item.code not in _LASTING:
            return False
        same = _LASTING if item.code == ARCHIVE_AWAY else (item.code,)
        known = self.store.quarantine.items(item.payload_digest)
        return any(each.code in same and each.ended_as == DISMISSED for each in known)


def _event(claims: Mapping[str, str]) -> tuple[DeliveryEvent, datetime]:
    """Return the event that a receipt proves, and its time. Raises `GatewayError` for any other or unreadable one."""
    if claims["Event"] not in BY_RECEIPT:
        raise GatewayError("receipt.unknown-event", where=claims["Reference"], detail=claims["Event"])
    try:
        return DeliveryEvent(claims["Event"]), parse_timestamp(claims["EventTime"])
    except ValueError as error:
        raise GatewayError("verify.schema", where="EventTime", detail=str(error)) from error


def _judged(raw: RawReceipt, judge: ReceiptJudge, now: datetime) -> Judgement | GatewayError:
    """Return the judgement of a receipt, or its rejection."""
    try:
        if raw.unread is not None:
            raise raw.unread
        return judge.judge(raw, now)
    except GatewayError as rejection:
        _assert_theirs(rejection)
        return rejection


def _assert_theirs(error: GatewayError) -> None:
    """Raise ``error`` if it does not judge the receipt: our own failures are tried again with the whole page."""
    if error.scope in (ErrorScope.PART, ErrorScope.SYSTEM):
        raise error

"""Batch of receipts: judge each, and either accept it with its evidence or put it into quarantine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, Protocol

from gateway.judiciary.courier import Carrier, RawReceipt
from gateway.notice.delivery_state import BY_RECEIPT, DeliveryEvent, DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.notice.profile_version import profile_digest, told_of
from gateway.quarantine.quarantine import refused, set_aside
from gateway.receipts.plausibility import TIME_ACCEPTED, Window
from gateway.record.evidence_record import CARRIED_BY, EvidenceKind, EvidenceRecord, Header, evidence_record
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.sending.exchange import carried
from gateway.store.store import Store
from gateway.store.store_fingerprint import Recovery
from gateway.store.stored import Changes, Payload, Quarantined, QuarantineKind, StoredReceipt
from gateway.trust.trust_policy import About, AboutForgotten, AboutNumber, Judgement, Rejection, Statement

LawNames = Callable[[datetime], Mapping[str, str]]
"""Returns the entries of a record's context that name rules and calendar for a notice that arrived then."""


def no_law(_: datetime) -> Mapping[str, str]:
    """Name nothing: no deadline is computed here."""
    return {}


UNKNOWN_NOTICE, EARLY = "receipt.unknown-notice", "receipt.early"
"""Codes of receipts that are judged again automatically, once their notice or its number is known."""


_SENT: Final = frozenset(
    {
        DeliveryState.SUBMITTED,
        DeliveryState.DELIVERED,
        DeliveryState.VIEWED,
        DeliveryState.UNDELIVERABLE,
        DeliveryState.OTHER_CHANNEL,
    }
)
"""States of a notice that was sent, by whomever."""

_DECIDED: Final = frozenset({DeliveryState.SUBMITTED, DeliveryState.WITHDRAWN})
"""States in which a notice without a number gets none any more: a person decided."""


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

    Clocks may differ by ``skew``. ``time_accepted``: a person accepts the times in these receipts. ``law_names`` are
    read once, for the first receipt that proves service.
    """

    store: Store
    destination: str
    origin: str
    skew: timedelta = timedelta(seconds=60)
    time_accepted: bool = False
    law_names: Callable[[], LawNames] = lambda: no_law
    receipts: list[StoredReceipt] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
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
    _recoveries: Sequence[Recovery] = ()
    _names: LawNames | None = None
    _known: frozenset[str] = frozenset()
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
        new = {receipt.receipt_id: receipt for receipt in self.receipts if receipt.receipt_id not in self._known}
        return sorted(new.values(), key=lambda receipt: (receipt.event_time, receipt.receipt_id))

    def says_more(self, taken: Taken) -> bool:
        """Return True if any of these receipts is new: repeated ones leave one record."""
        if any(receipt.receipt_id not in self._known | self._noted for receipt in taken.receipts):
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
        entries = self.store.notices.entries([each["Reference"] for each in claims])
        self.entries = entries
        self.digests = self.store.receipts.digests([each["ReceiptId"] for each in claims])
        self._known = frozenset(self.digests)
        stored = frozenset(self.digests.items())
        sent = self.store.notices.first_claims(list(entries))
        self._recoveries = self.store.recovery.all()
        for part in judged:
            receipts, quarantine = len(self.receipts), len(self.quarantine)
            for raw, judgement in part:
                if isinstance(judgement, GatewayError):
                    self._set_aside(raw, judgement, now)
                    continue
                try:
                    self._take(raw, judgement, stored, sent, now)
                except GatewayError as rejection:
                    _assert_theirs(rejection)
                    self._set_aside(raw, rejection, now)
            self.taken.append(Taken(receipts=self.receipts[receipts:], quarantine=self.quarantine[quarantine:]))

    def _take(
        self,
        raw: RawReceipt,
        judgement: Judgement,
        stored: frozenset[tuple[str, str]],
        sent: Mapping[str, datetime],
        now: datetime,
    ) -> None:
        """Accept a receipt that is not ``stored``, or is stored with another content, if its time is plausible."""
        reference, digest = judgement.facts.claims["Reference"], sha256(raw.octets)
        known = (judgement.facts.claims["ReceiptId"], digest) in stored
        window = (
            None
            if known or self.time_accepted
            else self._window(self.entries.get(reference), judgement.facts, sent, now)
        )
        self._accept(raw.octets, digest, judgement, self.entries, window, now)

    def _window(
        self, entry: OutboxEntry | None, facts: Statement, sent: Mapping[str, datetime], now: datetime
    ) -> Window | None:
        """Return the window of plausible times for the event; None if the notice is unknown."""
        if entry is None:
            return None
        sent_at: datetime | None = sent.get(entry.reference, entry.admitted_at)
        if any(recovery.since >= entry.admitted_at for recovery in self._recoveries):
            # Sendings since the backup are forgotten; the time of admission is not.
            sent_at = entry.admitted_at
        if self._may_have_other_seal(entry) and facts.claims.get("SealDigest") != entry.seal_digest:
            sent_at = None
        return Window(sent_at=sent_at, signed_at=facts.signed_at, now=now, skew=self.skew)

    def _accept(
        self,
        octets: bytes,
        digest: str,
        judgement: Judgement,
        entries: dict[str, OutboxEntry],
        window: Window | None,
        now: datetime,
    ) -> None:
        """Accept a receipt with this digest.

        Without a ``window`` its time is not judged: it is stored already, or a person accepts it.
        """
        facts = judgement.facts
        reference = facts.claims["Reference"]
        if reference not in entries:
            raise GatewayError(UNKNOWN_NOTICE, where=reference)
        about = self._about(entries[reference], judgement)
        if facts.claims["Event"] not in BY_RECEIPT:
            raise GatewayError("receipt.unknown-event", where=reference, detail=facts.claims["Event"])
        try:
            event_time = parse_timestamp(facts.claims["EventTime"])
        except ValueError as error:
            raise GatewayError("verify.schema", where="EventTime", detail=str(error)) from error
        plausible = [] if window is None else window.check(event_time, reference)
        passed = [*judgement.passed, *([TIME_ACCEPTED] if self.time_accepted else plausible), *about]
        receipt_id = facts.claims["ReceiptId"]
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
            context={
                "event": facts.claims["Event"],
                "passed": "; ".join(passed),
                **({CARRIED_BY: judgement.carried_by} if judgement.carried_by else {}),
                **told_of(judgement.profile),
                **self._law(entries[reference], DeliveryEvent(facts.claims["Event"]), event_time),
            },
        )
        if judgement.carried_by is not None:
            self.resting[judgement.carried_by] = sorted({*self.resting.get(judgement.carried_by, ()), reference})
        self.evidence.append(record)
        self.payloads.append(Payload(digest=digest, octets=octets))
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

    def _law(self, entry: OutboxEntry, event: DeliveryEvent, at: datetime) -> Mapping[str, str]:
        """Name the law of the day of arrival, as far as it is known by now; nothing if a receipt proves no arrival."""
        if event is DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE:
            return {}
        arrival = at if event is DeliveryEvent.CONTENT_CONSIGNMENT else entry.delivered_at
        if self._names is None:
            self._names = self.law_names()
        return self._names(arrival or min(filter(None, (at, entry.service_time))))

    def _about(self, entry: OutboxEntry, judgement: Judgement) -> list[str]:
        """Judge the notice and seal that a receipt is about.

        A notice that was admitted again after a loss has a new seal, which no receipt of the earlier sending names: its
        tracking number does. After a person's decision no number is awaited, and the reference suffices. The judge has
        already decided if a receipt may name no seal.
        """
        facts = judgement.facts
        if "SealDigest" not in facts.claims:
            self._assert_may_name_none(entry, judgement)
            return self._about_number(entry, judgement)
        if facts.claims["SealDigest"] == entry.seal_digest or not self._may_have_other_seal(entry):
            return About(entry.reference, entry.seal_digest).check(facts)
        if entry.tracking_number is None and entry.state not in _DECIDED:
            raise GatewayError(EARLY, where=entry.reference)
        return AboutForgotten(reference=entry.reference, tracking_number=entry.tracking_number).check(facts)

    def _assert_may_name_none(self, entry: OutboxEntry, judgement: Judgement) -> None:
        """Refuse a receipt in an earlier format without a seal, unless that format's profile sent its notice."""
        if not judgement.is_earlier or judgement.profile is None:
            return
        headers = [Header.of(row.header) for row in self.store.evidence.of_notice(entry.reference)]
        sent = {profile_digest(each.context) for each in headers if each.kind is EvidenceKind.MESSAGE_SENT}
        if judgement.profile.digest not in sent:
            raise Rejection("verify.about", where=entry.reference, detail="it names no seal, and one was sent")

    def _about_number(self, entry: OutboxEntry, judgement: Judgement) -> list[str]:
        """Judge the tracking number; wait for it while the response to the submission is outstanding.

        The reference alone ends a doubt, before the notice could be sent again, and also suffices after a person's
        decision.
        """
        not_sent = entry.attempts == 0 and entry.state not in _DECIDED
        if entry.tracking_number is None and (entry.state is DeliveryState.SENDING or not_sent):
            raise GatewayError(EARLY, where=entry.reference)
        about = AboutNumber(reference=entry.reference, tracking_number=entry.tracking_number, mark=judgement.unnamed)
        return about.check(judgement.facts)

    def _may_have_other_seal(self, entry: OutboxEntry) -> bool:
        """Return True if a loss may have forgotten another seal of a notice, which was sent.

        The beginning of a recovery is no limit: the clock of the gateway that noticed the loss may be wrong. Its end
        was written by one clock, and the admission by another: each may differ by ``skew``. A notice that was admitted
        in doubt, since its row was refused when the recovery ended, is later than that; nothing was sent for it here,
        and yet it was asked about, or has been accepted.
        """
        if entry.attempts or not self._recoveries:
            return False
        if entry.doubt_since is not None or entry.state in _SENT:
            return True
        admitted_at = entry.admitted_at - 2 * self.skew
        return any(admitted_at <= (recovery.ended_at or admitted_at) for recovery in self._recoveries)

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
        judged_again = rejection.code in (UNKNOWN_NOTICE, EARLY)
        self.quarantine.append(replace(item, notice=rejection.where) if judged_again else item)


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

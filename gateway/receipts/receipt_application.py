"""Apply stored receipts: each event moves its notice on, once.

A repeated receipt changes nothing; one that overtook another is applied as it came, the overtaken one is recorded. One
that contradicts what is known goes to quarantine and stops nothing else. A receipt for a notice that a person withdrew
corrects that, and is an error of the report.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from gateway.notice.delivery_state import TRANSITIONS, DeliveryEvent, DeliveryState, IllegalTransition
from gateway.notice.outbox import TIME_OF, OutboxEntry, Transition, advance
from gateway.quarantine.quarantine import RELEASED, quarantined
from gateway.receipts.plausibility import alarm_unapplied, assert_in_order
from gateway.runtime.clock import Clock, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Quarantined, QuarantineKind, StoredReceipt
from gateway.store.waiting_receipt import CONTRADICTION, IMPLAUSIBLE

PAGE = 200
"""Receipts that one transaction applies, unless the caller says otherwise."""


@dataclass(slots=True)
class Application:
    """Consequences of receipts: steps, the ids of ``applied`` receipts, and contradictions, which go to quarantine.

    ``waiting`` are the ids of receipts whose notice is being sent.
    """

    steps: list[Transition] = field(default_factory=list)
    applied: list[str] = field(default_factory=list)
    quarantine: list[Quarantined] = field(default_factory=list)
    errors: list[GatewayError] = field(default_factory=list)
    waiting: set[str] = field(default_factory=set)

    @classmethod
    def of(
        cls,
        receipts: Sequence[StoredReceipt],
        entries: Mapping[str, OutboxEntry],
        store: QuarantineStore,
        skew: timedelta,
        now: datetime,
    ) -> Application:
        """Apply receipts in this order to the ``entries`` of their notices. Clocks may differ by ``skew``."""
        found, entries = cls(), dict(entries)
        times: dict[str, dict[DeliveryEvent, datetime]] = {}
        for receipt in receipts:
            times.setdefault(receipt.reference, {}).setdefault(receipt.event, receipt.event_time)
        for receipt in receipts:
            entry = entries[receipt.reference]
            if entry.state is DeliveryState.SENDING:
                found.waiting.add(receipt.receipt_id)
                continue
            refused = _disorder(entry, receipt, times[receipt.reference], skew)
            if refused is not None and _is_released(store, receipt):
                refused = None
            taken: list[Transition] = []
            try:
                taken = _steps(entry, receipt, now) if refused is None else []
            except IllegalTransition as illegal:
                refused = GatewayError(CONTRADICTION, where=receipt.reference, detail=str(illegal))
            except GatewayError as differs:
                refused = differs
            if refused is not None:
                digest, origin = receipt.payload_digest, entry.destination
                item = quarantined(digest, QuarantineKind.RECEIPT, origin, refused, now)
                found.quarantine.append(replace(item, notice=receipt.reference))
            if taken and entry.state is DeliveryState.WITHDRAWN:
                found.errors.append(GatewayError("receipt.withdrawn", where=receipt.reference))
            found.steps += taken
            entries[receipt.reference] = taken[-1].after if taken else entry
            found.applied.append(receipt.receipt_id)
        return found

    def tell(self, report: PassReport, stale: frozenset[str]) -> None:
        """Add to ``report`` what was committed, except the notices that were ``stale``."""
        report.errors += self.errors
        counts = {"applied": len(self.applied), "stale": len(stale), "contradictions": len(self.quarantine)}
        report.counts += counts
        alarm_unapplied(report, self.quarantine)


def apply_receipts(
    store: Store,
    clock: Clock,
    skew: timedelta,
    report: PassReport,
    may_continue: MayContinue = always,
    page: int = PAGE,
) -> None:
    """Apply stored receipts whose notice can take them; those of a notice that is being sent wait for its outcome.

    Clocks may differ by ``skew``.
    """
    waiting: set[str] = set()
    while may_continue():
        receipts = [r for r in store.receipts.unapplied(page + len(waiting)) if r.receipt_id not in waiting]
        if not receipts:
            return
        entries = store.notices.entries([receipt.reference for receipt in receipts])
        found = Application.of(receipts, entries, store.quarantine, skew, clock())
        waiting |= found.waiting
        stale = store.commit(Changes(steps=found.steps, applied=found.applied, quarantine=found.quarantine))
        found.tell(report, stale)


def _disorder(
    entry: OutboxEntry, receipt: StoredReceipt, unapplied: Mapping[DeliveryEvent, datetime], skew: timedelta
) -> GatewayError | None:
    """Return why a viewing, or service by law, before the arrival keeps this receipt from being applied. Of two that
    come together neither is applied: which of them is wrong, nobody here can tell."""
    field = TIME_OF.get(receipt.event)
    if field is None or getattr(entry, field) is not None:
        return None
    times = {event: getattr(entry, name) or unapplied.get(event) for event, name in TIME_OF.items()}
    arrival = times.pop(DeliveryEvent.CONTENT_CONSIGNMENT)
    after = times if receipt.event not in times else {receipt.event: times[receipt.event]}
    try:
        for event, moment in after.items():
            assert_in_order(receipt.reference, arrival, event, moment, skew)
    except GatewayError as refused:
        return refused
    return None


def other_facts(entry: OutboxEntry, receipt: StoredReceipt) -> str | None:
    """Return the tracking number, or time of the event, that is known of the notice and differs from the receipt's.

    Neither changes any more; None if no known one differs.
    """
    if entry.tracking_number not in (None, receipt.tracking_number):
        return f"tracking number {entry.tracking_number} here, {receipt.tracking_number} in the receipt"
    field = TIME_OF.get(receipt.event)
    known: datetime | None = getattr(entry, field) if field else None
    if known is None or known == receipt.event_time:
        return None
    return f"{receipt.event} at {timestamp(known)} here, {timestamp(receipt.event_time)} in the receipt"


def _is_released(store: QuarantineStore, receipt: StoredReceipt) -> bool:
    """Return whether a person released it although its time cannot be right."""
    items = store.items(receipt.payload_digest)
    return any(item.code == IMPLAUSIBLE and item.ended_as == RELEASED for item in items)


def _steps(entry: OutboxEntry, receipt: StoredReceipt, now: datetime) -> list[Transition]:
    """The steps that a receipt is: none if it repeats what is known.

    Raises `IllegalTransition`; `GatewayError` ``receipt.contradiction`` if number or time are others.
    """
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
    field = TIME_OF.get(receipt.event)
    known: datetime | None = getattr(entry, field) if field else None
    if (detail := other_facts(entry, receipt)) is not None:
        raise GatewayError(CONTRADICTION, where=receipt.reference, detail=detail)
    failed_before = (
        entry.state is DeliveryState.UNDELIVERABLE and receipt.event is DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE
    )
    if known is None and not failed_before:
        facts: dict[str, Any] = {field: receipt.event_time} if field else {}
        # Where a person decided that it was submitted, nobody has told its number yet.
        facts["tracking_number"] = receipt.tracking_number
        steps.append(advance(entry, receipt.event, now=now, occurred_at=receipt.event_time, evidence_id=proof, **facts))
    return steps

"""Acceptance of receipts: verify, store, and only then confirm; then apply the event to the notice.

A repeated receipt changes nothing. Receipts that overtake others are applied on arrival, the overtaken ones are
recorded.
A receipt that fails verification, or contradicts known facts, goes to quarantine and blocks nothing else. A receipt for
a withdrawn notice corrects the withdrawal, and is reported.
A receipt that came before its notice was known is judged again afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.judiciary.capabilities import EVERYTHING, Capabilities
from gateway.judiciary.courier import CallFailed, Courier, NotBelieved, RawReceipt
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy, acquire
from gateway.notice.delivery import TRANSITIONS, DeliveryEvent, DeliveryState, IllegalTransition
from gateway.notice.outbox import OutboxEntry, Transition, advance
from gateway.quarantine.quarantine import RELEASED, keep, quarantined
from gateway.receipts.plausibility import IMPLAUSIBLE, assert_in_order
from gateway.receipts.receipt_batch import ReceiptBatch, ReceiptJudge
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.stored import Changes, Ending, Quarantined, QuarantineKind, StoredReceipt

KNOWN = "known"
"""End of a quarantined receipt whose notice has become known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPolicy:
    """Settings of the receipts pass: ``origin`` names the gateway in evidence.

    A page holds up to ``page`` receipts, and a pass of polling covers as many notices, ``poll_notices`` a call. A
    notice is polled for ``poll_for`` after its last step. Clocks may differ by ``skew``.
    """

    origin: str
    page: int = 200
    poll_notices: int = 1
    poll_for: timedelta = timedelta(days=90)
    endpoint_policy: EndpointPolicy = USUAL
    capabilities: Capabilities = EVERYTHING
    skew: timedelta = timedelta(seconds=60)

    def receipt_batch(self, store: Store, destination: str, *, time_accepted: bool = False) -> ReceiptBatch:
        """Return an empty batch for receipts of ``destination``; ``time_accepted`` as in `ReceiptBatch`."""
        return ReceiptBatch(store, destination, self.origin, self.skew, time_accepted)


def fetch_receipts(
    store: Store,
    courier: Courier,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    may_continue: MayContinue = always,
) -> PassReport:
    """Fetch all waiting receipts from the judiciary, then apply those that can be applied."""
    report = PassReport("receipts")
    # Receipts stored by an earlier pass are applied even if the judiciary is unreachable now.
    apply_receipts(store, clock, policy, report, may_continue)
    cursor_name = f"receipts:{courier.destination}"
    cursor, more = store.cursor(cursor_name) or "", True
    try:
        take_again(store, courier, judge, clock, policy, report, may_continue)
        while more and may_continue():
            with acquire(store, courier.destination, clock, policy.endpoint_policy, report) as ours:
                if ours is None:
                    break
                page = courier.fetch_receipts(cursor, policy.page)
                ours.heard(None)
                receipt_batch = policy.receipt_batch(store, courier.destination)
                receipt_batch.take_page(page, judge, clock())
                store.commit(receipt_batch.changes)
                report.counts += {"received": len(receipt_batch.receipts), "quarantined": len(receipt_batch.quarantine)}
                _alarm(report, receipt_batch.quarantine)
                apply_receipts(store, clock, policy, report, may_continue)
                if receipt_batch.confirmable:
                    courier.confirm_receipts(receipt_batch.confirmable)
            # Only now: a page that was stored but not confirmed is fetched and confirmed again.
            store.commit(Changes(cursors={cursor_name: page.cursor}))
            # A page without a new cursor is not fetched again now, whatever ``more`` says.
            cursor, more = page.cursor, page.more and page.cursor != cursor
    except NotBelieved as refusal:
        left_out = keep(store, refusal, courier.destination, policy.origin, clock())
        report.errors += [refusal, left_out] if left_out else [refusal]
        report.counts += {"quarantined": left_out is None}
    except CallFailed as failed:
        report.errors.append(failed)
    return report


def settle_receipts(
    store: Store,
    destination: str,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    may_continue: MayContinue = always,
) -> PassReport:
    """Apply receipts that the judiciary pushed, and judge early ones again.

    This neither fetches nor confirms: the response to the push was the confirmation.
    """
    report = PassReport("receipts")
    apply_receipts(store, clock, policy, report, may_continue)
    _take_again(store, destination, lambda _: True, judge, clock, policy, report, may_continue)
    return report


def take_again(
    store: Store,
    courier: Courier,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    report: PassReport,
    may_continue: MayContinue,
) -> None:
    """Judge early receipts again, and confirm them. Raises as ``courier`` does."""

    def confirm(receipt_ids: Sequence[str]) -> bool:
        with acquire(store, courier.destination, clock, policy.endpoint_policy, report) as ours:
            if ours is not None and receipt_ids:
                try:
                    courier.confirm_receipts(receipt_ids)
                except GatewayError as fault:
                    # A fault to a confirmation only means that the judiciary no longer knows the receipt; nothing waits
                    # for that.
                    if fault.code != "courier.fault":
                        raise
                    report.errors.append(fault)
                ours.heard(None)
            return ours is not None

    _take_again(store, courier.destination, confirm, judge, clock, policy, report, may_continue)


def _take_again(
    store: Store,
    destination: str,
    confirm: Callable[[Sequence[str]], bool],
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    report: PassReport,
    may_continue: MayContinue,
) -> None:
    """Judge early receipts again, as after a loss of the store.

    Their items end only after confirmation: no page contains them again, so an interrupted run repeats them.
    ``confirm`` returns True if confirmation was possible now.
    """
    passed_by: set[str] = set()
    while found := store.known_by_now(policy.page + len(passed_by)):
        octets: dict[str, bytes] = {}
        for digest in {item.payload_digest for item in found} - passed_by:
            try:
                octets[digest] = store.payload(digest)
            except GatewayError as error:
                report.errors.append(error)
                passed_by.add(digest)
        if not octets or not may_continue():
            return
        receipt_batch, now = policy.receipt_batch(store, destination), clock()
        receipt_batch.take([RawReceipt(octets=each) for each in octets.values()], judge, now)
        store.commit(receipt_batch.changes)
        report.counts += {"taken_again": len(receipt_batch.receipts), "quarantined": len(receipt_batch.quarantine)}
        _alarm(report, receipt_batch.quarantine)
        apply_receipts(store, clock, policy, report, may_continue)
        if not confirm(receipt_batch.confirmable):
            return
        refused = {each.payload_digest: each.code for each in receipt_batch.quarantine}
        endings = [
            Ending(
                payload_digest=item.payload_digest,
                code=item.code,
                ended_at=now,
                ended_as=refused.get(item.payload_digest, KNOWN),
                ended_by=f"seal:{item.notice}",
            )
            for item in found
            # A receipt refused again for the same reason remains open.
            if item.payload_digest in octets and refused.get(item.payload_digest) != item.code
        ]
        passed_by |= octets.keys() - {ending.payload_digest for ending in endings}
        store.commit(Changes(endings=endings))


def apply_receipts(
    store: Store, clock: Clock, policy: ReceiptPolicy, report: PassReport, may_continue: MayContinue = always
) -> None:
    """Apply stored receipts; those of a notice in sending wait for its outcome."""
    waiting: set[str] = set()
    while may_continue():
        receipts = [r for r in store.unapplied_receipts(policy.page + len(waiting)) if r.receipt_id not in waiting]
        if not receipts:
            return
        entries = store.entries([receipt.reference for receipt in receipts])
        times: dict[str, dict[DeliveryEvent, datetime]] = {}
        for receipt in receipts:
            times.setdefault(receipt.reference, {}).setdefault(receipt.event, receipt.event_time)
        steps: list[Transition] = []
        applied: list[str] = []
        quarantine: list[Quarantined] = []
        now = clock()
        for receipt in receipts:
            entry = entries[receipt.reference]
            if entry.state is DeliveryState.SENDING:
                waiting.add(receipt.receipt_id)
                continue
            refused = _disorder(entry, receipt, times[receipt.reference], policy.skew)
            if refused is not None and _is_released(store, receipt):
                refused = None
            taken: list[Transition] = []
            try:
                taken = _steps(entry, receipt, now) if refused is None else []
            except IllegalTransition as illegal:
                refused = GatewayError("receipt.contradiction", where=receipt.reference, detail=str(illegal))
            if refused is not None:
                digest, origin = receipt.payload_digest, entry.destination
                quarantine.append(quarantined(digest, QuarantineKind.RECEIPT, origin, refused, now))
            if taken and entry.state is DeliveryState.WITHDRAWN:
                report.errors.append(GatewayError("receipt.withdrawn", where=receipt.reference))
            steps += taken
            entries[receipt.reference] = taken[-1].after if taken else entry
            applied.append(receipt.receipt_id)
        stale = store.commit(Changes(steps=steps, applied=applied, quarantine=quarantine))
        report.counts += {"applied": len(applied), "stale": len(stale), "contradictions": len(quarantine)}
        _alarm(report, quarantine)


def _disorder(
    entry: OutboxEntry, receipt: StoredReceipt, unapplied: Mapping[DeliveryEvent, datetime], skew: timedelta
) -> GatewayError | None:
    """Return the error of a viewing before the arrival, which blocks this receipt.

    If both came together, neither is applied: the wrong one cannot be determined here.
    """
    field = _TIME_OF.get(receipt.event)
    if field is None or getattr(entry, field) is not None:
        return None
    arrival, viewing = (getattr(entry, name) or unapplied.get(event) for event, name in _TIME_OF.items())
    try:
        assert_in_order(receipt.reference, arrival, viewing, skew)
    except GatewayError as refused:
        return refused
    return None


def _is_released(store: Store, receipt: StoredReceipt) -> bool:
    """Return True if a person released the receipt despite its implausible time."""
    items = store.quarantined(receipt.payload_digest)
    return any(item.code == IMPLAUSIBLE and item.ended_as == RELEASED for item in items)


def _alarm(report: PassReport, items: Sequence[Quarantined]) -> None:
    """Raise an alarm for implausible times: a date of service may depend on each."""
    implausible = [item for item in items if item.code == IMPLAUSIBLE]
    if implausible:
        more = f"; {len(implausible)} receipts in all" if len(implausible) > 1 else ""
        detail = f"{implausible[0].detail}{more}"
        report.alarms.append(GatewayError(IMPLAUSIBLE, where=implausible[0].payload_digest, detail=detail))


def _steps(entry: OutboxEntry, receipt: StoredReceipt, now: datetime) -> list[Transition]:
    """Return the transitions of a receipt; none if it repeats known facts. Raises `IllegalTransition`."""
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
        facts: dict[str, Any] = {field: receipt.event_time} if field else {}
        # After a person's decision "submitted", the number is still unknown.
        facts["tracking_number"] = receipt.tracking_number
        steps.append(advance(entry, receipt.event, now=now, occurred_at=receipt.event_time, evidence_id=proof, **facts))
    return steps


_TIME_OF = {DeliveryEvent.CONTENT_CONSIGNMENT: "delivered_at", DeliveryEvent.CONTENT_HANDOVER: "viewed_at"}
"""Fields of the entry for the events' times, one for each: neither overwrites the other."""

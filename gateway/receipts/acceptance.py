"""Receive and advance: a receipt is verified, stored, and only then confirmed; then its event moves the notice on.

A repeated receipt changes nothing; one that overtook another is applied as it came, the overtaken one is recorded. What
is not believed, or contradicts what is known, goes to quarantine and stops nothing else. A receipt for a notice that
a person withdrew corrects that, and is told. One that came before its notice was known is judged again once it is.
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
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Ending, Quarantined, QuarantineKind, StoredReceipt

KNOWN = "known"
"""What came of a receipt in quarantine whose notice has become known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPolicy:
    """``origin`` names the gateway in evidence; a page holds up to ``page`` receipts, and so many notices are asked
    about in a pass where they are by notice, ``poll_notices`` a call, for ``poll_for`` after their last step. Clocks
    may differ by ``skew``."""

    origin: str
    page: int = 200
    poll_notices: int = 1
    poll_for: timedelta = timedelta(days=90)
    endpoint_policy: EndpointPolicy = USUAL
    capabilities: Capabilities = EVERYTHING
    skew: timedelta = timedelta(seconds=60)

    def receipt_batch(self, store: Store, destination: str, *, time_accepted: bool = False) -> ReceiptBatch:
        """Return an empty tray for receipts of ``destination``; ``time_accepted`` as `ReceiptBatch`."""
        return ReceiptBatch(store, destination, self.origin, self.skew, time_accepted)


def fetch_receipts(
    store: Store,
    courier: Courier,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    may_continue: MayContinue = always,
) -> PassReport:
    """Take every receipt that waits at the judiciary, then apply what can be applied."""
    report = PassReport("receipts")
    # What an earlier pass stored is applied even if the judiciary is away now.
    apply_receipts(store, clock, policy, report, may_continue)
    cursor_name = f"receipts:{courier.destination}"
    cursor, more = store.rows.cursor(cursor_name) or "", True
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
            # Only now, so that a page that was stored and not confirmed is fetched, and confirmed, once more.
            store.commit(Changes(cursors={cursor_name: page.cursor}))
            # A page that leads nowhere is not asked for again now, whatever it promises.
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
    """Apply what the judiciary brought by itself, and judge again what came too early. Nothing is asked for, and
    nothing confirmed: what was told when it was brought is the confirmation."""
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
    """Judge receipts again that came too early, and confirm them. Raises as ``courier`` does."""

    def confirm(receipt_ids: Sequence[str]) -> bool:
        with acquire(store, courier.destination, clock, policy.endpoint_policy, report) as ours:
            if ours is not None and receipt_ids:
                try:
                    courier.confirm_receipts(receipt_ids)
                except GatewayError as fault:
                    # A judiciary that no longer knows what is confirmed has said so: nothing else waits for that.
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
    """Judge receipts again that came too early, as after a store was lost.

    Their items end only after they are confirmed: no page brings them again, so what ends in between begins anew.
    ``confirm`` returns whether it could be done now.
    """
    passed_by: set[str] = set()
    while found := store.quarantine.known_by_now(policy.page + len(passed_by)):
        octets: dict[str, bytes] = {}
        for digest in {item.payload_digest for item in found} - passed_by:
            try:
                octets[digest] = store.evidence.payload(digest)
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
            # What is refused for the same reason again is open still.
            if item.payload_digest in octets and refused.get(item.payload_digest) != item.code
        ]
        passed_by |= octets.keys() - {ending.payload_digest for ending in endings}
        store.commit(Changes(endings=endings))


def apply_receipts(
    store: Store, clock: Clock, policy: ReceiptPolicy, report: PassReport, may_continue: MayContinue = always
) -> None:
    """Apply stored receipts whose notice can take them; those of a notice that is being sent wait for its outcome."""
    waiting: set[str] = set()
    while may_continue():
        receipts = [r for r in store.receipts.unapplied(policy.page + len(waiting)) if r.receipt_id not in waiting]
        if not receipts:
            return
        entries = store.notices.entries([receipt.reference for receipt in receipts])
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
            if refused is not None and _is_released(store.quarantine, receipt):
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
    """Return why a viewing before the arrival keeps this receipt from being applied. Of two that come together neither
    is applied: which of them is wrong, nobody here can tell."""
    field = _TIME_OF.get(receipt.event)
    if field is None or getattr(entry, field) is not None:
        return None
    arrival, viewing = (getattr(entry, name) or unapplied.get(event) for event, name in _TIME_OF.items())
    try:
        assert_in_order(receipt.reference, arrival, viewing, skew)
    except GatewayError as refused:
        return refused
    return None


def _is_released(store: QuarantineStore, receipt: StoredReceipt) -> bool:
    """Return whether a person released it although its time cannot be right."""
    items = store.items(receipt.payload_digest)
    return any(item.code == IMPLAUSIBLE and item.ended_as == RELEASED for item in items)


def _alarm(report: PassReport, items: Sequence[Quarantined]) -> None:
    """Tell at once that times are given which cannot be right: a date of service may hang on each."""
    implausible = [item for item in items if item.code == IMPLAUSIBLE]
    if implausible:
        more = f"; {len(implausible)} receipts in all" if len(implausible) > 1 else ""
        detail = f"{implausible[0].detail}{more}"
        report.alarms.append(GatewayError(IMPLAUSIBLE, where=implausible[0].payload_digest, detail=detail))


def _steps(entry: OutboxEntry, receipt: StoredReceipt, now: datetime) -> list[Transition]:
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
        facts: dict[str, Any] = {field: receipt.event_time} if field else {}
        # Where a person decided that it was submitted, nobody has told its number yet.
        facts["tracking_number"] = receipt.tracking_number
        steps.append(advance(entry, receipt.event, now=now, occurred_at=receipt.event_time, evidence_id=proof, **facts))
    return steps


_TIME_OF = {DeliveryEvent.CONTENT_CONSIGNMENT: "delivered_at", DeliveryEvent.CONTENT_HANDOVER: "viewed_at"}
"""Which field of the entry keeps an event's time. They are kept apart: neither overwrites the other."""

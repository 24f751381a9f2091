"""Accept receipts, however they came.

1. Judge each receipt: it is believed, or it goes to quarantine (`receipt_batch`).
2. Store both in one transaction, with the record of the message that carried them.
3. Apply the events to their notices (`receipt_application`): in the same transaction, unless other receipts wait.
4. Confirm the stored receipts to the judiciary. Only then a feed's cursor moves on.

Three transports deliver them: a feed that is read page by page (`feed`), polling notice by notice (`polling`), and
messages that the judiciary pushes (`receipt_callback`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from gateway.judiciary.call_count import ONE_BY_ONE, CallCount
from gateway.judiciary.called_endpoint import CalledEndpoint
from gateway.judiciary.capabilities import EVERYTHING, Capabilities
from gateway.judiciary.courier import Carrier, Courier, RawReceipt
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.quarantine.quarantine import KNOWN
from gateway.receipts.kept_receipt import kept_receipt
from gateway.receipts.plausibility import alarm_unapplied, report_archive_away
from gateway.receipts.receipt_application import Application, apply_receipts
from gateway.receipts.receipt_batch import LawNames, ReceiptBatch, ReceiptJudge, no_law
from gateway.receipts.receipt_subject import IssueDay, no_issue_day
from gateway.receipts.unread_receipt import report_unread
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.inbox import Envelope
from gateway.store.store import Store
from gateway.store.stored import Changes, Ending

NO_CURSORS: Final[Mapping[str, str]] = {}

Confirm = Callable[[Sequence[str]], bool]
"""Confirms receipts by their ids. Returns False if that cannot be done now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPolicy:
    """Limits of a pass for receipts. ``origin`` names the gateway in evidence.

    ``page`` is the number of receipts of a page, and of notices that one pass polls; a poll asks about ``poll_notices``
    of them. A notice is polled for ``poll_for`` after its last step. ``calls`` may overlap. Clocks may differ by
    ``skew``. ``law_names`` are read once for each batch. ``after`` is the cursor after which a feed is read once more;
    None: it is read from the kept position on. ``issue_day`` reads sealed notices.
    """

    origin: str
    page: int = 200
    poll_notices: int = 1
    poll_for: timedelta = timedelta(days=90)
    calls: CallCount = ONE_BY_ONE
    endpoint_policy: EndpointPolicy = USUAL
    capabilities: Capabilities = EVERYTHING
    skew: timedelta = timedelta(seconds=60)
    law_names: Callable[[], LawNames] = lambda: no_law
    after: str | None = None
    issue_day: IssueDay = no_issue_day

    def receipt_batch(self, store: Store, destination: str, accepted: str | None = None) -> ReceiptBatch:
        """Return an empty batch for receipts of ``destination``; ``accepted`` as `ReceiptBatch`."""
        return ReceiptBatch(store, destination, self.origin, self.skew, accepted, self.law_names, self.issue_day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """Receipts as one message brought them.

    ``carrier`` is the message, where it is recorded. ``repeats``: the transport brings the same receipts again and
    again, so the message is recorded only if it brought anything new. ``opened`` is stored in the same transaction, as
    `Changes` has it.
    """

    receipts: Sequence[RawReceipt]
    carrier: Carrier | None = None
    repeats: bool = False
    opened: Mapping[str, Envelope] = field(default_factory=dict)

    def carried(self, now: datetime) -> list[RawReceipt]:
        """Return the receipts, each with the message that it rests on."""
        return [raw if self.carrier is None else self.carrier.carrying(raw, now) for raw in self.receipts]


Apply = Callable[[ReceiptBatch], Application]
"""Applies the new receipts of a batch."""


def _unapplied(_: ReceiptBatch) -> Application:
    return Application()


def accept(
    receipt_batch: ReceiptBatch,
    deliveries: Sequence[Delivery],
    judge: ReceiptJudge,
    now: datetime,
    apply: Apply = _unapplied,
    cursors: Mapping[str, str] = NO_CURSORS,
) -> tuple[Application, frozenset[str]]:
    """Judge deliveries into an empty batch, and store it; return what ``apply`` found, and the stale notices.

    ``cursors`` are stored in the same transaction. Raises `gateway.trust.trust_policy.Rejection` ``verify.replay`` for
    a message that was opened before, and the store's errors; then nothing has happened.
    """
    came = [each.carried(now) for each in deliveries]
    receipt_batch.take(came, judge, now)
    for delivery, receipts, taken in zip(deliveries, came, receipt_batch.taken, strict=True):
        new = receipt_batch.says_more(taken) if delivery.repeats else bool(receipts)
        if delivery.carrier is None:
            receipt_batch.note_known_carriers()
        elif new:
            receipt_batch.note(delivery.carrier, receipts, taken, now)
    changes, found = receipt_batch.changes, apply(receipt_batch)
    applied = set(found.applied)
    changes = replace(
        changes,
        # A receipt of a notice that moved on meanwhile is stored as not applied.
        receipts=[replace(r, applied_at=now) if r.receipt_id in applied else r for r in changes.receipts],
        quarantine=[*receipt_batch.shown, *found.quarantine],
        steps=found.steps,
        cursors=cursors,
        opened={sender: envelope for each in deliveries for sender, envelope in each.opened.items()},
    )
    return found, receipt_batch.store.commit(changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """One pass that accepts receipts of ``destination`` and says in ``report`` what came of them."""

    store: Store
    destination: str
    judge: ReceiptJudge
    clock: Clock
    policy: ReceiptPolicy
    may_continue: MayContinue = always
    report: PassReport = field(default_factory=lambda: PassReport("receipts"))

    @property
    def endpoint(self) -> CalledEndpoint:
        """The endpoint that is asked for receipts."""
        return CalledEndpoint(
            destination=self.destination,
            store=self.store,
            clock=self.clock,
            policy=self.policy.endpoint_policy,
            report=self.report,
        )

    def accept(
        self,
        deliveries: Sequence[Delivery],
        counted_as: str = "received",
        cursors: Mapping[str, str] = NO_CURSORS,
        standing: Set[tuple[str, str]] = frozenset(),
    ) -> ReceiptBatch:
        """Judge, store and apply deliveries. The caller confirms ``confirmable`` of the batch.

        ``standing`` as `ReceiptBatch`.
        """
        receipt_batch, now = self.policy.receipt_batch(self.store, self.destination), self.clock()
        receipt_batch.standing = standing
        may_apply = self.may_continue()
        # Usually no other receipt waits; then all is stored and applied in one transaction.
        at_once = may_apply and not self.store.receipts.unapplied(1)
        apply = partial(self._applied, now=now) if at_once else _unapplied
        application, stale = accept(receipt_batch, deliveries, self.judge, now, apply, cursors)
        found = {counted_as: len(receipt_batch.receipts), "quarantined": len(receipt_batch.shown)}
        self.report.counts += found
        alarm_unapplied(self.report, receipt_batch.shown)
        report_archive_away(self.report, [each for each in receipt_batch.quarantine if receipt_batch.is_open(each)])
        report_unread(self.report, receipt_batch.unread, receipt_batch.new_unread)
        if at_once:
            application.tell(self.report, stale)
        if may_apply and (stale or not at_once):
            self.apply()
        return receipt_batch

    def _applied(self, receipt_batch: ReceiptBatch, now: datetime) -> Application:
        receipts, entries = receipt_batch.new_receipts, receipt_batch.entries
        return Application.of(receipts, entries, self.store.quarantine, self.policy.skew, now)

    def apply(self) -> None:
        """Apply stored receipts, also those that an earlier pass stored."""
        apply_receipts(self.store, self.clock, self.policy.skew, self.report, self.may_continue, self.policy.page)

    def accept_early(self, confirm: Confirm) -> None:
        """Judge receipts again that came before their notice was known, or while the archive was away.

        Their items end only after they are confirmed: no page brings them again, so whatever ends in between begins
        anew. Each is judged once in a pass. One that is refused for the same reason stands as it is.
        """
        passed_by: set[str] = set()
        while found := self.store.quarantine.known_by_now(self.policy.page + len(passed_by)):
            kept: dict[str, RawReceipt] = {}
            for digest, code in {item.payload_digest: item.code for item in found}.items():
                if digest in passed_by:
                    continue
                try:
                    kept[digest] = kept_receipt(self.store.evidence, digest, code, self.judge)
                except GatewayError as error:
                    self.report.errors.append(error)
                    passed_by.add(digest)
            if not kept or not self.may_continue():
                return
            now = self.clock()
            delivery = Delivery(receipts=list(kept.values()))
            standing = {(item.payload_digest, item.code) for item in found}
            receipt_batch = self.accept([delivery], counted_as="taken_again", standing=standing)
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
                if item.payload_digest in kept and refused.get(item.payload_digest) != item.code
            ]
            passed_by |= kept.keys() - {ending.payload_digest for ending in endings}
            self.store.commit(Changes(endings=endings))

    def confirming(self, courier: Courier) -> Confirm:
        """Return the confirmation of early receipts in a call of its own. It raises as ``courier`` does."""

        def confirm(receipt_ids: Sequence[str]) -> bool:
            with self.endpoint.acquire() as permit:
                if permit is not None and receipt_ids:
                    self.confirm_again(courier, receipt_ids)
                    permit.heard(None)
                return permit is not None

        return confirm

    def confirm_again(self, courier: Courier, receipt_ids: Sequence[str]) -> None:
        """Confirm receipts that may be confirmed already. A fault is reported: nothing else waits for it.

        Raises as ``courier`` does otherwise.
        """
        try:
            courier.confirm_receipts(receipt_ids)
        except GatewayError as fault:
            if fault.code != "courier.fault":
                raise
            self.report.errors.append(fault)

"""Poll receipts notice by notice, for a judiciary without a common list.

Each pass polls a bounded number and continues after the last one; a notice without a new receipt is polled again in a
later round. A failed call blocks no other notice: the walk passes it, too.
Receipts are processed as fetched ones are; repeated ones leave one record.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.judiciary.courier import CallFailed, Courier, NamedNotice, NotBelieved
from gateway.judiciary.endpoint_policy import acquire
from gateway.notice.outbox import OutboxEntry
from gateway.quarantine.quarantine import keep
from gateway.receipts.acceptance import Delivery, ReceiptPolicy, Reception
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.clock import Clock
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.stored import Changes


def poll_receipts(
    store: Store,
    courier: Courier,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    may_continue: MayContinue = always,
) -> PassReport:
    """Ask about up to ``policy.page`` notices, and accept the receipts that answer."""
    reception = Reception(
        store=store,
        destination=courier.destination,
        judge=judge,
        clock=clock,
        policy=policy,
        may_continue=may_continue,
    )
    # An earlier pass may have stored some: they are applied even if the judiciary is away now.
    reception.apply()
    try:
        reception.accept_early(reception.confirming(courier))
    except CallFailed as failed:
        reception.report.errors.append(failed)
        return reception.report
    walk = _Walk(reception, courier)
    left = policy.page
    while left > 0 and may_continue() and (notices := walk.following(min(policy.poll_notices, left))):
        if not walk.ask(notices):
            break
        left -= len(notices)
    return reception.report


class _Walk:
    """The round over all notices. Its place is a cursor of the store, for whoever makes the next pass."""

    def __init__(self, reception: Reception, courier: Courier) -> None:
        self._reception, self._courier = reception, courier
        self._store, self._policy, self._report = reception.store, reception.policy, reception.report
        self._clock = reception.clock
        self._cursor = f"polled:{courier.destination}"

    def following(self, limit: int) -> list[OutboxEntry]:
        """Return the next notices to poll; empty at the end of a round, and the next pass begins a new one."""
        after = self._store.rows.cursor(self._cursor) or ""
        found = self._store.outbox.pollable(
            destination=self._courier.destination,
            # An inquiry, if possible, ends a doubt sooner than a receipt would.
            doubtful=not self._policy.capabilities.can_prove_absence,
            since=self._clock() - self._policy.poll_for,
            after=after,
            limit=limit,
        )
        if not found and after:
            self._store.commit(Changes(cursors={self._cursor: ""}))
        return found

    def ask(self, notices: Sequence[OutboxEntry]) -> bool:
        """Poll these notices and pass them in any case; return True if the pass may go on."""
        passed = {self._cursor: notices[-1].reference}
        try:
            return self._ask(notices, passed)
        except GatewayError as error:
            if len(notices) == 1 or error.scope is not ErrorScope.ROW:
                return self._missed(error, passed)
        # A notice that cannot be polled, or has an unreadable response, blocks none of the others.
        return all(self.ask([notice]) for notice in notices)

    def _missed(self, error: GatewayError, passed: dict[str, str]) -> bool:
        """Pass notices that could not be polled or answered. Raises ``error`` if its scope is wider."""
        if not isinstance(error, NotBelieved) and error.scope not in (ErrorScope.ROW, ErrorScope.CALL):
            raise error
        self._report.errors.append(error)
        if isinstance(error, NotBelieved):
            left_out = keep(self._store, error, self._courier.destination, self._policy.origin, self._clock())
            self._report.errors += [left_out] if left_out else []
            self._report.counts += {"quarantined": left_out is None}
        self._store.commit(Changes(cursors=passed))
        return isinstance(error, NotBelieved) or not isinstance(error, CallFailed)

    def _ask(self, notices: Sequence[OutboxEntry], passed: dict[str, str]) -> bool:
        courier, policy = self._courier, self._policy.endpoint_policy
        with acquire(self._store, courier.destination, self._clock, policy, self._report) as permit:
            if permit is None:
                return False
            named = [NamedNotice(reference=e.reference, tracking_number=e.tracking_number) for e in notices]
            page = courier.poll_receipts(named)
            permit.heard(None)
            self._report.counts += {"asked": len(notices)}
            delivery = Delivery(receipts=page.receipts, carrier=page.carrier, repeats=True, cursors=passed)
            receipt_batch = self._reception.accept(delivery)
            if receipt_batch.confirmable:
                courier.confirm_receipts(receipt_batch.confirmable)
        return True

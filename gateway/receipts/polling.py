"""Poll receipts notice by notice, for a judiciary without a common list.

Each pass polls a bounded number and continues after the last one; a notice without a new receipt is polled again in a
later round. A failed call blocks no other notice: the walk passes it, too.
Calls overlap (`gateway.judiciary.overlap`). The round's place never passes a notice whose call is under way.
Receipts are processed as fetched ones are; repeated ones leave one record.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from gateway.judiciary.call_pool import CallPool, OneByOne
from gateway.judiciary.called_endpoint import CallPermit
from gateway.judiciary.courier import CallFailed, Courier, NamedNotice, NotBelieved, ReceiptPage, is_unreadable
from gateway.judiciary.overlap import Came, Overlap
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
    pool: CallPool | None = None,
) -> PassReport:
    """Ask about up to ``policy.page`` notices in calls of ``pool``, and accept the receipts that answer.

    Without a pool, calls do not overlap.
    """
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
    _Walk(reception, courier, pool or OneByOne(courier)).run()
    return reception.report


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """Call about these notices that is under way: it polls their receipts, or confirms these."""

    notices: Sequence[OutboxEntry]
    confirms: Sequence[str] = ()

    def __call__(self, courier: Courier) -> ReceiptPage | None:
        if self.confirms:
            courier.confirm_receipts(self.confirms)
            return None
        return courier.poll_receipts(
            [NamedNotice(reference=each.reference, tracking_number=each.tracking_number) for each in self.notices]
        )


class _Walk:
    """The round over all notices. Its place is a cursor of the store, for whoever makes the next pass."""

    def __init__(self, reception: Reception, courier: Courier, pool: CallPool) -> None:
        self._reception, self._destination = reception, courier.destination
        self._store, self._policy, self._report = reception.store, reception.policy, reception.report
        self._clock = reception.clock
        self._overlap: Overlap[_Asked, ReceiptPage | None] = Overlap(
            reception.endpoint, courier, pool, self._policy.calls
        )
        self._cursor = f"polled:{courier.destination}"
        self._place = self._store.rows.cursor(self._cursor) or ""
        self._left = self._policy.page
        self._waiting: list[Sequence[OutboxEntry]] = []
        self._ahead: list[str] = []
        """References of this pass, in the order of the round."""
        self._passed: set[str] = set()
        self._is_round_over = self._is_away = False

    def run(self) -> None:
        self._overlap.run(self, self._reception.may_continue)
        if self._is_round_over and self._passed.issuperset(self._ahead) and (self._ahead or self._place):
            # The next pass begins a new one.
            self._store.commit(Changes(cursors={self._cursor: ""}))

    def find(self) -> bool:
        if self._is_away:
            return False
        if not self._waiting and self._left > 0 and not self._is_round_over:
            self._read()
        return bool(self._waiting)

    def _read(self) -> None:
        """Read the next notices to poll."""
        found = self._store.outbox.pollable(
            destination=self._destination,
            # An inquiry, if it is due at some time, ends a doubt sooner than a receipt would.
            doubtful=not self._policy.capabilities.can_prove_absence,
            since=self._clock() - self._policy.poll_for,
            after=self._ahead[-1] if self._ahead else self._place,
            limit=self._left,
        )
        size = self._policy.poll_notices
        self._waiting = [found[start : start + size] for start in range(0, len(found), size)]
        self._ahead += [each.reference for each in found]
        self._left -= len(found)
        self._is_round_over = not found

    def begin(self, free: list[CallPermit]) -> bool:
        if free[0].probe:
            # A probe that one unreadable part may spoil would never close the breaker.
            self._waiting[:1] = [[notice] for notice in self._waiting[0]]
        while free and self._waiting:
            asked = _Asked(notices=self._waiting.pop(0))
            self._overlap.call(asked, free.pop(), asked)
        return True

    def record(self, came: Sequence[Came[_Asked, ReceiptPage | None]]) -> None:
        answered: list[tuple[Came[_Asked, ReceiptPage | None], ReceiptPage]] = []
        broken: list[Exception] = []
        for each in came:
            try:
                page = each.take()
            except GatewayError as error:
                broken += self._missed(each, error)
            except Exception as error:
                broken.append(error)
            else:
                if page is None:  # of a confirmation: its time says nothing about that of a poll
                    each.permit.heard(None)
                else:
                    each.heard(None)
                    answered.append((each, page))
        passed = self._passed.union(each.reference for asked, _ in answered for each in asked.subject.notices)
        leading = list(takewhile(passed.__contains__, self._ahead))
        cursors = {self._cursor: leading[-1]} if leading else {}
        if answered:
            self._accept(answered, cursors)
            self._report.counts += {"asked": sum(len(each.subject.notices) for each, _ in answered)}
        elif cursors:
            self._store.commit(Changes(cursors=cursors))
        self._passed = passed
        if broken:
            raise broken[0]

    def _accept(
        self, answered: Sequence[tuple[Came[_Asked, ReceiptPage | None], ReceiptPage]], cursors: Mapping[str, str]
    ) -> None:
        """Accept the receipts of all answers in one transaction, which moves the round's place; then confirm them."""
        deliveries = [Delivery(receipts=page.receipts, carrier=page.carrier, repeats=True) for _, page in answered]
        receipt_batch = self._reception.accept(deliveries, cursors=cursors)
        for (each, _), taken in zip(answered, receipt_batch.taken, strict=True):
            if taken.receipts:
                confirms = [receipt.receipt_id for receipt in taken.receipts]
                asked = _Asked(notices=each.subject.notices, confirms=confirms)
                self._overlap.call(asked, each.permit, asked)

    def _missed(self, each: Came[_Asked, ReceiptPage | None], error: GatewayError) -> list[Exception]:
        """Pass notices that could not be polled or answered; return ``error`` if its scope is wider."""
        if isinstance(error, CallFailed):
            each.heard(error.failure)
        notices = each.subject.notices
        if (error.scope is ErrorScope.ROW or is_unreadable(error.code)) and len(notices) > 1:
            # A notice that cannot be polled, or has an unreadable response, blocks none of the others. They come first:
            # an answer about one of them that can be read keeps the circuit breaker closed.
            self._waiting[:0] = [[notice] for notice in notices]
            return []
        if not isinstance(error, NotBelieved) and error.scope not in (ErrorScope.ROW, ErrorScope.CALL):
            return [error]
        self._report.errors.append(error)
        if isinstance(error, NotBelieved):
            left_out = keep(self._store, error, self._destination, self._policy.origin, self._clock())
            self._report.errors += [left_out] if left_out else []
            self._report.counts += {"quarantined": left_out is None}
        elif isinstance(error, CallFailed):
            self._is_away = True
        self._passed |= {notice.reference for notice in notices}
        return []

"""Receipts from a feed: page by page, after a cursor that the store keeps."""

from __future__ import annotations

from typing import Final

from gateway.judiciary.courier import CallFailed, Courier, NotBelieved
from gateway.quarantine.quarantine import keep
from gateway.receipts.acceptance import Delivery, ReceiptPolicy, Reception
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.runtime.clock import Clock
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.store import Store
from gateway.store.stored import Changes

MAX_PAGES: Final = 1000
"""Most pages of one pass, whatever a service promises; the next pass goes on from there."""


def fetch_receipts(
    store: Store,
    courier: Courier,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    may_continue: MayContinue = always,
) -> PassReport:
    """Accept every receipt that waits at the judiciary.

    With ``policy.after`` the pages after that cursor are read once more, and the kept position stays: a later cursor
    than the kept one passes nothing over. After the empty cursor, the beginning, the position moves as ever.
    """
    reception = Reception(
        store=store,
        destination=courier.destination,
        judge=judge,
        clock=clock,
        policy=policy,
        may_continue=may_continue,
    )
    report = reception.report
    # An earlier pass may have stored some: they are applied even if the judiciary is away now.
    reception.apply()
    cursor_name = f"receipts:{courier.destination}"
    again, left = policy.after, MAX_PAGES
    cursor = store.rows.cursor(cursor_name) or "" if again is None else again
    try:
        reception.accept_early(reception.confirming(courier))
        while left and may_continue():
            with reception.endpoint.acquire() as permit:
                if permit is None:
                    break
                page = courier.fetch_receipts(cursor, policy.page)
                permit.heard(None)
                delivery = Delivery(
                    receipts=page.receipts, carrier=page.carrier, repeats=page.repeats or again is not None
                )
                receipt_batch = reception.accept([delivery])
                if receipt_batch.new_receipts:
                    courier.confirm_receipts(receipt_batch.confirmable)
                elif receipt_batch.confirmable:
                    reception.confirm_again(courier, receipt_batch.confirmable)
            # Only now, so that a page that was stored and not confirmed is fetched, and confirmed, once more.
            if not again:
                store.commit(Changes(cursors={cursor_name: page.cursor}))
            # A page that leads nowhere is not asked for again now, whatever it promises.
            left = left - 1 if page.more and page.cursor != cursor else 0
            cursor = page.cursor
    except NotBelieved as refusal:
        left_out = keep(store, refusal, courier.destination, policy.origin, clock())
        report.errors += [refusal, left_out] if left_out else [refusal]
        report.counts += {"quarantined": left_out is None}
    except CallFailed as failed:
        report.errors.append(failed)
    return report

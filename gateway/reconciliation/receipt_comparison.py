"""Comparison of receipts with notices: receipts without a notice, rejected ones, and unapplied ones."""

from __future__ import annotations

from datetime import datetime

from gateway.reconciliation.finding import Discrepancy, Findings
from gateway.runtime.may_continue import MayContinue
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.ports.receipt_store import ReceiptStore
from gateway.store.store import Store
from gateway.store.stored import QuarantineKind

PAGE = 500


def compare_receipts(
    store: Store,
    findings: Findings,
    *,
    since: datetime | None,
    until: datetime,
    resting: datetime,
    may_continue: MayContinue,
) -> int:
    """Report deviations of receipts that came in a range; return the number of receipts compared.

    Receipts that came after ``resting`` may still be applied.
    """
    applied = _unapplied(store.receipts, findings, since, min(until, resting), may_continue)
    return applied + _set_aside(store.quarantine, findings, since, until, may_continue)


def _unapplied(
    store: ReceiptStore, findings: Findings, since: datetime | None, until: datetime, may_continue: MayContinue
) -> int:
    looked_at, after = 0, None
    while may_continue() and (page := store.unapplied(PAGE, after)):
        looked_at += len(page)
        for receipt in page:
            if _is_in(receipt.received_at, since, until):
                findings.add(
                    Discrepancy(
                        code="reconcile.receipt-unapplied",
                        reference=receipt.reference,
                        since=receipt.received_at,
                        detail=f"{receipt.event}, receipt {receipt.receipt_id}",
                    )
                )
        after = (page[-1].event_time, page[-1].receipt_id)
    return looked_at


def _set_aside(
    store: QuarantineStore, findings: Findings, since: datetime | None, until: datetime, may_continue: MayContinue
) -> int:
    looked_at, after = 0, None
    while may_continue() and (page := store.page(code=None, limit=PAGE, after=after)):
        receipts = [item for item in page if item.kind is QuarantineKind.RECEIPT]
        looked_at += len(receipts)
        for item in receipts:
            if _is_in(item.received_at, since, until):
                stranger = item.code == "receipt.unknown-notice"
                code = "reconcile.receipt-without-notice" if stranger else "reconcile.receipt-not-believed"
                about = f"{item.code}: {item.payload_digest}"
                named = None if stranger else item.notice
                findings.add(Discrepancy(code=code, reference=named, since=item.received_at, detail=about))
        after = (page[-1].payload_digest, page[-1].code)
    return looked_at


def _is_in(moment: datetime, since: datetime | None, until: datetime) -> bool:
    return (since is None or since <= moment) and moment < until

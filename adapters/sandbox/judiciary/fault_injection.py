"""Faults in signed answers and receipts, all of them signed as if they were right."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from adapters.crypto.keys.keys import Signer
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.ledger_transaction import DueEvent, IssuedReceipt
from adapters.sandbox.judiciary.receipt_form import ReceiptForm
from gateway.notice.notice import sha256

T = TypeVar("T")

NOBODY = "EB-" + "A" * 32
"""Reference that is derived from nothing."""


def results(fault: Fault | None, told: Sequence[T]) -> list[T]:
    """Return the results that the answer carries."""
    match fault:
        case Fault.RESULT_MISSING:
            return list(told[1:])
        case Fault.RESULTS_REORDERED:
            return list(reversed(told))
        case _:
            return list(told)


def receipts(
    fault: Fault | None,
    page: Sequence[tuple[str, bytes]],
    earlier: Sequence[tuple[str, bytes]],
    form: ReceiptForm,
    signer: Signer,
    now: datetime,
) -> list[tuple[str, bytes]]:
    """Return the receipts that the page carries, as (id, octets).

    ``earlier`` are some that were sent before it. Receipts made here are in no ledger.
    """
    if fault is Fault.RECEIPTS_REORDERED:
        return list(reversed(page))
    if fault is Fault.RECEIPT_REPEATED:
        return [*page, *earlier]
    if not page:
        return []

    def issued(due: DueEvent, letter: str) -> tuple[str, bytes]:
        """Return a receipt with an id of its own, so that it passes for a new one."""
        serial = random.randrange(10**6)  # noqa: S311 - a name, not a secret
        made: IssuedReceipt = form.issue(due, signer, now, suffix=f"{letter}{serial}")
        return made.receipt_id, made.octets

    told = form.event_of(page[0][1])
    match fault:
        case Fault.RECEIPT_CONTRADICTS:
            return [*page, issued(replace(told, happened_at=told.happened_at - timedelta(milliseconds=1)), "C")]
        case Fault.RECEIPT_OF_NOBODY:
            return [*page, issued(replace(told, reference=NOBODY), "N")]
        case Fault.RECEIPT_OF_OTHER_SEAL:
            other = replace(told, seal_digest=sha256(told.seal_digest.encode()))
            return [*page, issued(other, "D")]
        case _:
            return list(page)

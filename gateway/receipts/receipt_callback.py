"""Callback for pushed receipts: acknowledge a receipt only after the commit.

Process each callback message once; receipts may repeat. Each receipt is judged like a fetched one: accepted ones are
stored, others go to quarantine.
One transaction stores both with the message, before the response; the receipts pass applies them. A receipt that is
pushed again, in another message, is acknowledged again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.judiciary.courier import Carrier, RawReceipt
from gateway.notice.notice import sha256
from gateway.receipts.acceptance import Delivery, ReceiptPolicy, Reception, accept
from gateway.receipts.receipt_batch import ReceiptBatch, ReceiptJudge
from gateway.runtime.clock import Clock
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.store.inbox import Envelope
from gateway.store.store import Store
from gateway.store.waiting_receipt import CONTRADICTION


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtReceipt:
    """Pushed receipt, not verified; ``named`` is its identifier in the message, not compared with its content."""

    octets: bytes
    named: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedReceipts:
    """Verified message with its receipts.

    ``carrier`` is the part of it that is recorded; ``envelope`` ensures that it is processed once.
    """

    receipts: Sequence[BroughtReceipt]
    carrier: Carrier
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenReceipt:
    """Acknowledgement of one receipt.

    ``number`` is its place in the message, from 1; ``digest`` that of its octets. ``receipt_id`` is its own identifier,
    or else the message's. ``code`` is the reason if it is not ``taken``.
    """

    number: int
    receipt_id: str | None
    digest: str
    taken: bool
    code: str | None = None


def take_brought(
    receipt_batch: ReceiptBatch, judge: ReceiptJudge, pushed: PushedReceipts, now: datetime
) -> list[TakenReceipt]:
    """Store accepted receipts of a message through an empty ``receipt_batch``; return the acknowledgements in order.

    Raises `gateway.trust.trust_policy.Rejection` ``verify.replay`` for a message that was processed before, and the
    errors of a store; then nothing has changed.
    """
    store, raw = receipt_batch.store, [RawReceipt(octets=each.octets) for each in pushed.receipts]
    opened = {receipt_batch.destination: pushed.envelope}
    accept(receipt_batch, [Delivery(receipts=raw, carrier=pushed.carrier, repeats=True, opened=opened)], judge, now)
    # Read back from the store: of two receipts under one id, pushed at one time, only one is stored.
    stored = store.receipts.digests([receipt.receipt_id for receipt in receipt_batch.receipts])
    believed = {receipt.payload_digest: receipt.receipt_id for receipt in receipt_batch.receipts}
    refused = {item.payload_digest: item.code for item in receipt_batch.quarantine}
    return [
        _told(number, each.named, sha256(each.octets), believed, stored, refused)
        for number, each in enumerate(pushed.receipts, start=1)
    ]


def _told(
    number: int,
    named: str | None,
    digest: str,
    believed: dict[str, str],
    stored: dict[str, str],
    refused: dict[str, str],
) -> TakenReceipt:
    receipt_id = believed.get(digest, named)
    if digest not in believed:
        return TakenReceipt(number=number, receipt_id=receipt_id, digest=digest, taken=False, code=refused[digest])
    taken = stored.get(believed[digest]) == digest
    code = None if taken else CONTRADICTION
    return TakenReceipt(number=number, receipt_id=receipt_id, digest=digest, taken=taken, code=code)


def settle_receipts(
    store: Store,
    destination: str,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    may_continue: MayContinue = always,
) -> PassReport:
    """Apply receipts that were pushed, and judge again those that came too early.

    Nothing is asked for, and nothing is confirmed: the answer to the push was the confirmation.
    """
    reception = Reception(
        store=store, destination=destination, judge=judge, clock=clock, policy=policy, may_continue=may_continue
    )
    reception.apply()
    reception.accept_early(lambda _: True)
    return reception.report

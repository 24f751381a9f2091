"""Receipts that the judiciary brings by itself: a message is taken once, and what it is told as taken is durable.

Each receipt is judged as one that was fetched: what is believed is stored, what is not is set aside. Both stand in one
transaction with the message, before anything is answered; the pass that receives applies them. A receipt that is
brought again, in a message of its own, is told as taken again.
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

CONTRADICTED = "receipt.contradiction"


@dataclass(frozen=True, slots=True, kw_only=True)
class BroughtReceipt:
    """A receipt as it came; ``named`` is what its message calls it, which nobody has compared with what it says."""

    octets: bytes
    named: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PushedReceipts:
    """A believed message with its receipts. ``carrier`` is what is recorded of it, ``envelope`` lets it be opened
    once."""

    receipts: Sequence[BroughtReceipt]
    carrier: Carrier
    envelope: Envelope


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenReceipt:
    """What whoever brought a receipt is told of it. ``number`` is its place in the message, from 1; ``digest`` that of
    its octets; ``receipt_id`` what it calls itself, or else its message does. ``code`` is why it is not ``taken``."""

    number: int
    receipt_id: str | None
    digest: str
    taken: bool
    code: str | None = None


def take_brought(
    receipt_batch: ReceiptBatch, judge: ReceiptJudge, pushed: PushedReceipts, now: datetime
) -> list[TakenReceipt]:
    """Store what is believed of a message, by way of an empty ``receipt_batch``; return what became of each receipt, in
    their order.

    Raises `gateway.trust.trust_policy.Rejection` ``verify.replay`` for a message that was opened before, and what a
    store raises; then nothing has happened.
    """
    store, raw = receipt_batch.store, [RawReceipt(octets=each.octets) for each in pushed.receipts]
    opened = {receipt_batch.destination: pushed.envelope}
    accept(receipt_batch, Delivery(receipts=raw, carrier=pushed.carrier, repeats=True, opened=opened), judge, now)
    # Not what was to be written but what is there: of two receipts under one id, brought at one time, one stands.
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
    code = None if taken else CONTRADICTED
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

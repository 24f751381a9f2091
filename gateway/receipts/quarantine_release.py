"""Acts on quarantine: judge an item again, or dismiss it; each is on record."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gateway.judiciary.courier import Courier, NotBelieved
from gateway.notice.delivery_state import may_follow
from gateway.operations.operator_action import OperatorAction
from gateway.quarantine.quarantine import DISMISSED, RELEASED, keep
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.kept_receipt import kept_receipt
from gateway.receipts.receipt_application import apply_receipts, other_facts
from gateway.receipts.receipt_batch import ReceiptBatch, ReceiptJudge
from gateway.receipts.unread_receipt import is_unread
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from gateway.store.ports.quarantine_store import QuarantineStore
from gateway.store.store import Store
from gateway.store.stored import Changes, Ending, Quarantined, QuarantineKind, StoredReceipt
from gateway.store.waiting_receipt import CONTRADICTION, IMPLAUSIBLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Result of a release: the ``receipt`` if it is accepted now, and the items under which its octets remain.

    ``unconfirmed`` is the reason why the judiciary got no confirmation; ``left_out`` is the reason why its rejected
    response is not kept.
    """

    receipt: StoredReceipt | None
    standing: list[Quarantined]
    unconfirmed: GatewayError | None = None
    left_out: GatewayError | None = None


def release_item(
    store: Store,
    courier: Courier,
    judge: ReceiptJudge,
    clock: Clock,
    policy: ReceiptPolicy,
    item: Quarantined,
    act: OperatorAction,
) -> Judged:
    """Judge a receipt again as if it had just come: store, apply and confirm it if it is accepted now.

    One that a mapping could not read is read again first, by the mapping in force now.
    This act, on record, accepts an implausible time, and one that cannot be judged while the archive is away. A receipt
    with a failed confirmation may be released again. Raises `GatewayError` ``quarantine.message`` for an item that can
    be judged only once, and ``quarantine.inapplicable`` for a contradiction that no further event of the notice
    resolves.
    """
    release = _release(store, courier, judge, policy, item, act)
    receipt_batch, receipt = release.receipt_batch, release.receipt
    if store.commit(release.judged):
        raise GatewayError("quarantine.ended", where=f"{item.payload_digest}/{item.code}")
    unconfirmed: GatewayError | None = None
    left_out: GatewayError | None = None
    try:
        if receipt_batch.confirmable:
            courier.confirm_receipts(receipt_batch.confirmable)
    except NotBelieved as refusal:
        unconfirmed = refusal
        left_out = keep(store, refusal, courier.destination, policy.origin, clock())
    except GatewayError as error:
        unconfirmed = error
    # After the confirmation, which nothing would repeat if this process ended before it. Before the receipt is applied,
    # since a contradiction opens its item again.
    store.commit(Changes(endings=release.act.endings, reopened=release.contradicted))
    if receipt:
        apply_receipts(store, clock, policy.skew, PassReport("release"))
    # A receipt that can be read now has octets of its own.
    digests = dict.fromkeys([item.payload_digest, *(each.payload_digest for each in receipt_batch.quarantine)])
    standing = [each for digest in digests for each in store.quarantine.items(digest) if each.ended_at is None]
    return Judged(receipt=receipt, standing=standing, unconfirmed=unconfirmed, left_out=left_out)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Release:
    """Release before it is written: the judgement (``judged``), and the evidence and the end of the ``act``.

    ``contradicted`` are receipts to be applied once more.
    """

    receipt_batch: ReceiptBatch
    receipt: StoredReceipt | None
    judged: Changes
    act: Changes
    contradicted: list[str]


def _release(
    store: Store, courier: Courier, judge: ReceiptJudge, policy: ReceiptPolicy, item: Quarantined, act: OperatorAction
) -> _Release:
    if item.kind is not QuarantineKind.RECEIPT:
        raise GatewayError("quarantine.message", where=item.payload_digest)
    receipt_batch = policy.receipt_batch(store, item.origin, item.code)
    raw = kept_receipt(store.evidence, item.payload_digest, item.code, judge)
    receipt_batch.take([[courier.read_again(raw) if is_unread(raw.octets) else raw]], judge, act.at)
    receipt_batch.note_known_carriers()
    receipt = next(iter(receipt_batch.receipts), None)
    if receipt and item.code == CONTRADICTION:
        _assert_applicable(store, receipt)
    outcome = RELEASED if receipt else receipt_batch.quarantine[0].code
    changes = _ended(item, act, outcome, policy.origin, receipt.reference if receipt else None)
    judged = replace(
        receipt_batch.changes,
        evidence=[*receipt_batch.evidence, *changes.evidence],
        payloads=[*receipt_batch.payloads, *changes.payloads],
        all_or_nothing=True,
        confirmed=act.confirmed_id,
    )
    # A contradicting receipt is stored already, and would not be judged again by itself.
    contradicted = [receipt.receipt_id] if receipt and item.code in (CONTRADICTION, IMPLAUSIBLE) else []
    return _Release(receipt_batch=receipt_batch, receipt=receipt, judged=judged, act=changes, contradicted=contradicted)


def _assert_applicable(store: Store, receipt: StoredReceipt) -> None:
    """Raise `GatewayError` ``quarantine.inapplicable`` if the receipt's event can never happen to its notice (again),
    or if its number or time differ from those that are known.

    A release would end the item, and open it again.
    """
    entry = store.notices.entries([receipt.reference])[receipt.reference]
    detail = other_facts(entry, receipt)
    if detail is None and not may_follow(entry.state, receipt.event):
        detail = f"{receipt.event}, {entry.state}"
    if detail is not None:
        raise GatewayError("quarantine.inapplicable", where=receipt.reference, detail=detail)


def release_changes(
    store: Store, courier: Courier, judge: ReceiptJudge, policy: ReceiptPolicy, item: Quarantined, act: OperatorAction
) -> Changes:
    """Judge a receipt as `release_item` would now, and return the evidence and the end of the act. Nothing is written.

    Raises `GatewayError` ``quarantine.message`` and ``quarantine.inapplicable``.
    """
    return _release(store, courier, judge, policy, item, act).act


def dismissal(origin: str, item: Quarantined, act: OperatorAction) -> Changes:
    """Return the transaction of `dismiss_item`. Raises `GatewayError` ``quarantine.ended``."""
    if item.ended_at is not None:
        raise GatewayError("quarantine.ended", where=f"{item.payload_digest}/{item.code}", detail=item.ended_as or "")
    return replace(_ended(item, act, DISMISSED, origin), all_or_nothing=True, confirmed=act.confirmed_id)


def dismiss_item(store: Store, origin: str, item: Quarantined, act: OperatorAction) -> None:
    """End an item that a person has dealt with. Its octets are kept; if they come again, it is open again, unless its
    receipt was believed (`ReceiptBatch.shown`).

    Raises `GatewayError` ``quarantine.ended`` for an ended item: a receipt that was released and accepted must not
    appear as dismissed.
    """
    store.commit(dismissal(origin, item, act))


def find(store: QuarantineStore, digest: str, code: str) -> Quarantined:
    """Return an item, open or ended. Raises `GatewayError` ``quarantine.unknown``."""
    for item in store.items(digest):
        if item.code == code:
            return item
    raise GatewayError("quarantine.unknown", where=f"{digest}/{code}")


def _ended(item: Quarantined, act: OperatorAction, outcome: str, origin: str, notice: str | None = None) -> Changes:
    """Return the act's evidence, and the item's end unless it remains under the same code."""
    subject = f"{item.payload_digest}/{item.code}"
    record, payload = act.record(subject, origin=origin, outcome=outcome, notice=notice, refused_at_first=item.detail)
    ending = Ending(
        payload_digest=item.payload_digest, code=item.code, ended_at=act.at, ended_as=outcome, ended_by=record.id
    )
    return Changes(evidence=[record], payloads=[payload], endings=[] if outcome == item.code else [ending])

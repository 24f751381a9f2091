"""Receipts that lie in quarantine, as they first came: with the message that carried them, if they rest on it."""

from __future__ import annotations

from gateway.judiciary.courier import CarriedBy, RawReceipt
from gateway.quarantine.quarantine import refusal_id
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.record.evidence_record import CARRIED_BY, Header
from gateway.runtime.clock import parse_timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.ports.evidence_store import EvidenceStore


def kept_receipt(store: EvidenceStore, digest: str, code: str, judge: ReceiptJudge) -> RawReceipt:
    """Return the receipt of an item of quarantine. Raises `GatewayError` ``store.*``, ``retention.deleted``.

    One that was accepted first, and then contradicted what is known, has no record of a refusal: its own record names
    the message.
    """
    octets = store.payload(digest)
    record = _header(store, refusal_id(digest, code))
    if record is None:
        try:
            record = _header(store, f"receipt:{judge.read(octets)['ReceiptId']}")
        except GatewayError as error:
            if error.scope in (ErrorScope.PART, ErrorScope.SYSTEM):
                raise
    if record is None or (carrier := record.context.get(CARRIED_BY)) is None:
        return RawReceipt(octets=octets)
    message = _header(store, carrier)
    if message is None:
        return RawReceipt(octets=octets, unsigned=True)
    passed = tuple(message.context.get("passed", "").split("; "))
    carried = CarriedBy(record=carrier, passed=passed, at=parse_timestamp(message.event_time))
    return RawReceipt(octets=octets, unsigned=True, carried=carried)


def _header(store: EvidenceStore, id: str) -> Header | None:
    row = store.record(id)
    return None if row is None else Header.of(row.header)

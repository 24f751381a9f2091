"""Receipts (schemas/receipt), made and signed once; from then on their octets are served unchanged."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.xml.document import sign_document
from adapters.sandbox.judiciary.ledger_transaction import DueEvent, Form, IssuedReceipt
from adapters.sandbox.judiciary.receipt_form import ReceiptForm
from gateway.notice.delivery_state import DeliveryEvent
from gateway.runtime.clock import parse_timestamp, timestamp

_R = f"{{{RECEIPT}}}"
_SUFFIX = {DeliveryEvent.CONTENT_CONSIGNMENT: "A", DeliveryEvent.CONTENT_HANDOVER: "V"}


def issue(due: DueEvent, signer: Signer, now: datetime, suffix: str | None = None) -> IssuedReceipt:
    """Return the signed receipt of an event; its id is derived from submission and event, or ends in ``suffix``."""
    receipt_id = f"{due.tracking}-{suffix or _SUFFIX[due.event]}"
    root = etree.Element(f"{_R}Receipt", nsmap={"r": RECEIPT}, Id=f"R-{receipt_id}", version="1")
    for name, text in (
        ("ReceiptId", receipt_id),
        ("Reference", due.reference),
        ("TrackingNumber", due.tracking),
        ("SealDigest", due.seal_digest),
        ("Event", due.event.value),
        ("EventTime", timestamp(due.happened_at)),
        ("IssuedAt", timestamp(now)),
    ):
        etree.SubElement(root, _R + name).text = text
    octets = sign_document(root, signer, now)
    return IssuedReceipt(receipt_id=receipt_id, tracking=due.tracking, event=due.event, octets=octets, issued_at=now)


def event_of(octets: bytes) -> DueEvent:
    """Return the event in a receipt of ours."""
    root = etree.fromstring(octets)
    said = {child.tag.removeprefix(_R): child.text or "" for child in root if isinstance(child.tag, str)}
    return DueEvent(
        reference=said["Reference"],
        tracking=said["TrackingNumber"],
        seal_digest=said["SealDigest"],
        event=DeliveryEvent(said["Event"]),
        happened_at=parse_timestamp(said["EventTime"]),
    )


RECEIPTS: Final = ReceiptForm(name=Form.RECEIPT, issue=issue, event_of=event_of)

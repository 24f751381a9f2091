"""Receipts of eblagh-rpc-1 (rasid.xsd), made and signed: numbers, and Jalali times of Tehran in Persian digits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import jdatetime
from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.document import sign_document
from adapters.sandbox.judiciary.ledger_transaction import DueEvent, Form, IssuedReceipt
from adapters.sandbox.judiciary.receipt_form import ReceiptForm
from gateway.notice.delivery_state import DeliveryEvent
from gateway.runtime.clock import TEHRAN

NAMESPACE: Final = "urn:eblagh:rasid:1"

_R = f"{{{NAMESPACE}}}"
_NUMBERS: Final = {
    DeliveryEvent.CONTENT_CONSIGNMENT: 1,
    DeliveryEvent.CONTENT_CONSIGNMENT_FAILURE: 2,
    DeliveryEvent.CONTENT_HANDOVER: 3,
}
_FORM: Final = "%Y/%m/%d %H:%M:%S"
_PERSIAN: Final = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")
_LATIN: Final = str.maketrans("۰۱۲۳۴۵۶۷۸۹", "0123456789")


def zaman(moment: datetime) -> str:
    """Return a time as the contract writes it, to the second."""
    told: str = jdatetime.datetime.fromgregorian(datetime=moment.astimezone(TEHRAN)).strftime(_FORM)
    return told.translate(_PERSIAN)


def issue(due: DueEvent, signer: Signer, now: datetime, suffix: str | None = None) -> IssuedReceipt:
    """Return the signed receipt of an event; its id is derived from submission and event, or ends in ``suffix``."""
    receipt_id = f"{due.tracking}-{suffix or _NUMBERS[due.event]}"
    root = etree.Element(f"{_R}Rasid", nsmap={"r": NAMESPACE}, Id=f"R-{receipt_id}")
    for name, text in (
        ("ShomareRasid", receipt_id),
        ("ShomareErja", due.reference),
        ("ShomareRahgiri", due.tracking),
        ("ChekideBaste", due.seal_digest.removeprefix("sha256:")),
        ("CodeRuydad", str(_NUMBERS[due.event])),
        ("ZamaneRuydad", zaman(due.happened_at)),
        ("ZamaneSodur", zaman(now)),
    ):
        etree.SubElement(root, _R + name).text = text
    octets = sign_document(root, signer, now)
    return IssuedReceipt(receipt_id=receipt_id, tracking=due.tracking, event=due.event, octets=octets, issued_at=now)


def event_of(octets: bytes) -> DueEvent:
    """Return the event in a receipt of this form."""
    root = etree.fromstring(octets)
    said = {child.tag.removeprefix(_R): child.text or "" for child in root if isinstance(child.tag, str)}
    day = jdatetime.datetime.strptime(said["ZamaneRuydad"].translate(_LATIN), _FORM).togregorian()
    return DueEvent(
        reference=said["ShomareErja"],
        tracking=said["ShomareRahgiri"],
        seal_digest=f"sha256:{said['ChekideBaste']}",
        event=next(event for event, number in _NUMBERS.items() if str(number) == said["CodeRuydad"]),
        happened_at=day.replace(tzinfo=TEHRAN).astimezone(UTC),
    )


RASIDS: Final = ReceiptForm(name=Form.RASID, issue=issue, event_of=event_of)

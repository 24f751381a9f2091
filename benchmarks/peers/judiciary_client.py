"""The judiciary's service by zeep and its WSDL: submissions, pages of receipts, confirmations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import requests
import zeep
from lxml import etree
from message_signature import MessageSignature
from xml_signature import NotGenuine, check, octets_of
from zeep.transports import Transport
from zeep.wsa import WsAddressingPlugin

RECEIPT = "urn:eblagh:receipt:1"

_EVENTS = {"ContentConsignment": "delivered_at", "ContentHandover": "viewed_at"}


class CanonicalTransport(Transport):
    """Transport that writes messages in exclusive C14N: a sealed notice is a literal slice (schemas/README.md, rule 3).

    ``answer`` has the octets of the last answer.
    """

    answer = b""

    def post_xml(self, address: str, envelope: etree._Element, headers: dict[str, str]) -> requests.Response:
        response = self.post(address, octets_of(envelope), headers)
        self.answer = response.content
        return response


class Judiciary:
    """Service at an address. Answers that are not genuine raise `NotGenuine`, faults ``zeep.exceptions.Fault``."""

    def __init__(self, wsdl: str, address: str, signature: MessageSignature, session: Any = None) -> None:
        self._transport = CanonicalTransport(session=session, operation_timeout=60)
        client = zeep.Client(wsdl, transport=self._transport, wsse=signature, plugins=[WsAddressingPlugin()])
        self._service = client.create_service("{urn:eblagh:judiciary:1}EblaghSoap11", address)

    @property
    def answer(self) -> bytes:
        return self._transport.answer

    def submit(self, notices: Sequence[tuple[str, etree._Element]]) -> dict[str, str]:
        """Submit sealed notices with their references; return the tracking number of each. All must be accepted."""
        submissions = [{"Reference": reference, "SealedNotice": {"_value_1": notice}} for reference, notice in notices]
        results = self._service.SubmitNotices(Submission=submissions)
        tracking = {result.Reference: result.TrackingNumber for result in results if result.Status == "ACCEPTED"}
        if set(tracking) != {reference for reference, _ in notices}:
            raise NotGenuine(f"not all were accepted: {results}")
        return tracking

    def receipts(self, cursor: str, limit: int) -> tuple[list[tuple[str, bytes]], str]:
        """Return a page of receipts with their ids, and the next cursor."""
        page = self._service.FetchReceipts(Cursor=cursor, Limit=limit)
        return [(item.ReceiptId, octets_of(item.SignedReceipt._value_1)) for item in page.Item], page.NextCursor

    def confirm(self, receipt_ids: Sequence[str]) -> None:
        self._service.ConfirmReceipts(ReceiptId=receipt_ids)


def facts_of(octets: bytes, key: Any) -> dict[str, str]:
    """Return what a genuine receipt says: ``reference``, ``tracking``, ``seal_digest``, ``column`` and ``at``."""
    receipt = check(octets, key)
    found = {element.tag.removeprefix(f"{{{RECEIPT}}}"): element.text for element in receipt[:-1]}
    return {
        "reference": found["Reference"],
        "tracking": found["TrackingNumber"],
        "seal_digest": found["SealDigest"],
        "column": _EVENTS[found["Event"]],
        "at": found["EventTime"],
    }

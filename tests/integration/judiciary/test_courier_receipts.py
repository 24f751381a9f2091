"""Receipts in the courier's answers: the slices of a signed page, and what is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from lxml import etree

from gateway.judiciary.courier import NotBelieved
from gateway.runtime.errors import GatewayError

from .conftest import J, Wire
from .test_courier import fault


def test_receipts_are_slices_of_the_signed_answer(wire: Wire) -> None:
    receipt = '<r:Receipt xmlns:r="urn:eblagh:receipt:1" Id="R-1"><r:ReceiptId>1</r:ReceiptId></r:Receipt>'
    item = f"<j:Item><j:ReceiptId>1</j:ReceiptId><j:SignedReceipt>{receipt}</j:SignedReceipt></j:Item>"
    body = (
        f"<j:FetchReceiptsResponse>{item}<j:NextCursor>7</j:NextCursor><j:More>true</j:More></j:FetchReceiptsResponse>"
    )
    wires = []

    def reply(message_id: str) -> tuple[int, bytes]:
        wires.append(wire.judiciary.answer(body, message_id, action=f"{J}:FetchReceiptsResponse"))
        return 200, wires[-1]

    wire.judiciary.reply = reply
    page = wire.courier.fetch_receipts("", 10)
    assert (page.cursor, page.more) == ("7", True)
    assert page.receipts[0].octets == receipt.encode()
    assert receipt.encode() in wires[0]


@pytest.mark.parametrize(
    "inside", ["<j:SignedReceipt/>", "<j:SignedReceipt><x:b/></j:SignedReceipt>", "<j:Item><j:SignedReceipt/></j:Item>"]
)
def test_what_stands_inside_a_receipt_is_no_receipt_of_the_page(wire: Wire, inside: str) -> None:
    """The contract skips what is inside, so it may hold the contract's own elements, in any form."""
    receipt = f'<x:a xmlns:x="urn:x">{inside}</x:a>'
    item = f"<j:Item><j:ReceiptId>1</j:ReceiptId><j:SignedReceipt>{receipt}</j:SignedReceipt></j:Item>"
    body = (
        f"<j:FetchReceiptsResponse>{item}<j:NextCursor>7</j:NextCursor><j:More> 1 </j:More></j:FetchReceiptsResponse>"
    )
    wire.judiciary.reply = lambda message_id: (
        200,
        wire.judiciary.answer(body, message_id, action=f"{J}:FetchReceiptsResponse"),
    )
    page = wire.courier.fetch_receipts("", 10)
    assert [receipt.octets[:4] for receipt in page.receipts] == [b"<x:a"]
    assert (page.cursor, page.more) == ("7", True)


def test_a_fault_when_receipts_are_fetched_is_raised(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (
        500,
        wire.judiciary.answer(fault("internal"), message_id, action=f"{J}:FetchReceiptsResponse"),
    )
    with pytest.raises(GatewayError, match=r"courier\.fault") as refusal:
        wire.courier.fetch_receipts("", 10)
    assert refusal.value.detail == "internal: f; t"


def test_an_answer_that_does_not_fit_the_contract_is_refused(wire: Wire) -> None:
    body = "<j:FetchReceiptsResponse><j:More>perhaps</j:More></j:FetchReceiptsResponse>"
    wire.judiciary.reply = lambda message_id: (
        200,
        wire.judiciary.answer(body, message_id, action=f"{J}:FetchReceiptsResponse"),
    )
    with pytest.raises(NotBelieved, match=r"answer to FetchReceipts.*verify\.schema") as refusal:
        wire.courier.fetch_receipts("", 10)
    assert b"perhaps" in refusal.value.octets


def test_a_receipt_that_came_twice_is_confirmed_once(wire: Wire) -> None:
    wire.judiciary.reply = lambda message_id: (
        200,
        wire.judiciary.answer("<j:ConfirmReceiptsResponse/>", message_id, action=f"{J}:ConfirmReceiptsResponse"),
    )
    with suppress(GatewayError):  # the request alone is judged here
        wire.courier.confirm_receipts(["R1", "R1", "R2", "R1"])
    [request] = wire.judiciary.requests
    named = etree.fromstring(request).iter(f"{{{J}}}ReceiptId")
    assert [each.text for each in named] == ["R1", "R2"]

"""The suite for every courier, continued: receipts by page, accounts, and questions that fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from adapters.sandbox.judiciary.faults import Fault
from gateway.judiciary.courier import (
    PROBE_IDENTIFIER,
    CallFailed,
    NamedNotice,
    NotBelieved,
)
from gateway.runtime.errors import GatewayError

from .couriers import COURIERS, Courier, CourierSandbox, Kind, calling
from .submissions import NO_ACCOUNT, SERVED, needs, submit, submit_each


@needs("receipts by page")
def test_receipts_come_in_pages_and_are_the_judiciarys_own_octets(
    courier: Courier, kind: Kind, sandbox: CourierSandbox
) -> None:
    seals = sandbox.sealed(SERVED, SERVED, SERVED)
    submit_each(courier, kind, sandbox, seals)
    sandbox.clock.advance(days=4)
    judge, cursor, found, more = sandbox.receipt_judge(kind), "", dict[str, set[str]](), True
    while more:
        page = courier.fetch_receipts(cursor, 4)
        assert len(page.receipts) <= 4
        assert page.cursor != cursor or not page.more
        for receipt in page.receipts:
            claims = judge.judge(receipt, sandbox.clock()).facts.claims
            found.setdefault(claims["Reference"], set()).add(claims["SealDigest"] + " " + claims["Event"])
        cursor, more = page.cursor, page.more
    for seal in seals:
        events = {f"{seal.digest} ContentConsignment", f"{seal.digest} ContentHandover"}
        assert found[seal.reference] == events, "of the very seal that was sent"


@needs("receipts by page")
@needs("our receipts")
def test_every_courier_brings_the_same_receipts(courier: Courier, sandbox: CourierSandbox) -> None:
    submit(courier, sandbox, sandbox.sealed(SERVED))
    sandbox.clock.advance(days=4)
    pages = []
    for each in (kind for kind in COURIERS.values() if "our receipts" in kind.abilities):
        with calling(each.make, sandbox.pki, f"http://127.0.0.1:{sandbox.port}{each.path}", sandbox.clock) as one:
            pages.append([receipt.octets for receipt in one.fetch_receipts("", 10).receipts])
    assert pages[0]
    assert all(page == pages[0] for page in pages)


@needs("receipts by page")
def test_receipts_by_page_are_not_asked_for_by_notice(courier: Courier) -> None:
    with pytest.raises(GatewayError) as refusal:
        courier.poll_receipts([NamedNotice(reference="EB-" + "A" * 32)])
    assert refusal.value.code == "courier.contract"


@needs("receipts by page")
def test_receipts_are_confirmed(courier: Courier, kind: Kind, sandbox: CourierSandbox) -> None:
    seals = sandbox.sealed(SERVED)
    submit(courier, sandbox, seals)
    sandbox.clock.advance(days=4)
    judge = sandbox.receipt_judge(kind)
    page = courier.fetch_receipts("", 500)
    ids = [judge.judge(receipt, sandbox.clock()).facts.claims["ReceiptId"] for receipt in page.receipts]
    courier.confirm_receipts(ids)
    courier.confirm_receipts(ids)
    assert courier.fetch_receipts(page.cursor, 500).receipts == []


@needs("accounts")
def test_an_account_is_there_or_not(courier: Courier) -> None:
    assert courier.has_account("NATURAL", PROBE_IDENTIFIER)
    assert not courier.has_account("NATURAL", NO_ACCOUNT)


ASK: dict[str, Callable[[Courier], object]] = {
    "fetch": lambda courier: courier.fetch_receipts("", 10),
    "confirm": lambda courier: courier.confirm_receipts(["R1"]),
    "account": lambda courier: courier.has_account("NATURAL", PROBE_IDENTIFIER),
}
BY_PAGE = needs("receipts by page")
ASKED = [pytest.param(ask, marks=[] if ask == "account" else [BY_PAGE]) for ask in ASK]


@pytest.mark.parametrize("ask", ASKED)
def test_whatever_is_asked_a_busy_judiciary_is_left_in_peace(
    courier: Courier, sandbox: CourierSandbox, ask: str
) -> None:
    sandbox.plan.next = Fault.BUSY
    with pytest.raises(CallFailed) as refusal:
        ASK[ask](courier)
    assert refusal.value.code == "courier.busy"


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("fault", [Fault.UNSIGNED_FAULT, Fault.WRONG_SIGNATURE, Fault.HTTP_502])
def test_whatever_is_asked_what_is_refused_comes_with_its_octets(
    courier: Courier, sandbox: CourierSandbox, ask: str, fault: Fault
) -> None:
    sandbox.plan.next = fault
    with pytest.raises(NotBelieved) as refusal:
        ASK[ask](courier)
    assert refusal.value.octets


@pytest.mark.parametrize("ask", ASKED)
def test_whatever_is_asked_silence_is_told(courier: Courier, sandbox: CourierSandbox, ask: str) -> None:
    sandbox.plan.next = Fault.ANSWER_LOST
    with pytest.raises(CallFailed) as refusal:
        ASK[ask](courier)
    assert refusal.value.code == "courier.no-answer"


@needs("receipts by page")
@needs("our receipts")
def test_a_fault_that_is_signed_is_told_by_its_code(courier: Courier, kind: Kind) -> None:
    with pytest.raises(GatewayError) as refusal:
        courier.fetch_receipts("no cursor", 10)
    code, _, _ = refusal.value.detail.partition(": ")  # words of the fault follow where it has any
    assert (refusal.value.code, code) == ("courier.fault", kind.code("verify.schema"))

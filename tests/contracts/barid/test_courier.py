"""Barid alone: faults in JSON, claims of a JWS, and slips in base64."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from adapters.judiciary.call_context import call_about
from gateway.judiciary.courier import Unknown
from gateway.runtime.clock import system_clock
from tests.conformance.couriers import Courier
from tests.contracts.binding import bound, sealed, submit

from .server import PROFILE, Barid

pytestmark = pytest.mark.parametrize("contract", ["barid"], indirect=True)


@pytest.fixture
def barid(service: Barid) -> Barid:
    return service


def test_any_other_fault_leaves_doubt(courier: Courier, pki: Path, barid: Barid) -> None:
    seal = sealed(pki, "9990000001")
    barid.trouble = (400, {"error": {"no": 7}})
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="7")}
    barid.trouble = (400, {"error": {"no": 503, "surprise": 1}})
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}
    barid.trouble = (400, {"error": {"no": True}})
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code="verify.schema")}


CLAIMS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "by our own names": ({"op": "letters.sent"}, {}, "verify.jws-claims"),
    "of another operation": ({"act": "letters.found"}, {}, "verify.relates-to"),
    "about another message": ({"answerTo": "b-1"}, {}, "verify.relates-to"),
    "of another type": ({}, {"typ": "JWT"}, "verify.jws-type"),
    "of our own type": ({}, {"typ": "eblagh-message+jws"}, "verify.jws-type"),
    "that says where its key is": ({}, {"kid": "1"}, "verify.jws-key"),
    "too old": ({"iat": 1_700_000_000, "exp": 1_700_000_300}, {}, "verify.stale"),
    "whose content is a list": ({"content": []}, {}, "verify.jws-claims"),
    "with a fraction": ({"content": {"letters": [], "x": 1.5}}, {}, "verify.json"),
}


@pytest.mark.parametrize("name", list(CLAIMS))
def test_an_answer_that_is_signed_but_none_leaves_doubt(courier: Courier, pki: Path, barid: Barid, name: str) -> None:
    barid.claims, barid.header, code = CLAIMS[name]
    seal = sealed(pki, "9990000001")
    assert submit(courier, seal).by_reference == {seal.reference: Unknown(code=code)}


def test_a_slip_that_is_no_base64_is_one_that_cannot_be_read(courier: Courier, pki: Path, barid: Barid) -> None:
    submit(courier, sealed(pki, "9990000001"))
    good = base64.b64encode(b"<slip/>").decode()
    slips = [{"no": "RS-1", "paper": "%%"}, {"no": "RS-2", "paper": good}]
    barid.claims = {"content": {"slips": slips, "upTo": 2, "rest": 1}}
    page = courier.fetch_receipts("", 10)
    bad, read = page.receipts
    assert bad.unread is not None
    assert (bad.unread.code, bad.unread.where) == ("mapped.field-invalid", "paper")
    assert (read.octets, read.unread) == (b"<slip/>", None)
    assert (page.cursor, page.more) == ("2", True)


@pytest.mark.usefixtures("contract")
def test_an_inquiry_names_references_alone() -> None:
    reference = "EB-" + "B" * 32
    assert bound(PROFILE)[1].inquiry([reference], call_about(system_clock(), [reference])) == {"refs": [reference]}

"""Identifiers in XML have no outer white space: their types collapse it, and the octets of an answer keep it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.crypto.keys.names import JUDICIARY
from adapters.judiciary.call_context import call_about
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.receipts.receipt_claims import ReceiptClaims
from adapters.settings import load_profile
from gateway.judiciary.capabilities import SealPlace
from gateway.judiciary.courier import Accepted, Rejected
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.kinds.outcomes import IDENTIFIERS, with_trimmed
from gateway.mapping.model.list_part import ListPart
from gateway.mapping.program.program import Made

AT = datetime(2026, 2, 3, tzinfo=UTC)
SPACES = ["{}", " {}", "{}\n", "\n\t  {}\r\n "]
RECEIPT = b"""[mapping]
language = 1
name = "receipt"
kind = "receipt-to-event"
[[field]]
target = "receipt_id"
from = "Id"
[[field]]
target = "reference"
from = "Reference"
required = true
[[field]]
target = "tracking_number"
from = "Number"
[[field]]
target = "seal_digest"
from = "Digest"
[[field]]
target = "event"
value = "ContentConsignment"
[[field]]
target = "event_time"
from = "Time"
do = ["time"]
required = true
"""


@pytest.mark.parametrize("spaced", SPACES)
def test_results_in_xml_are_those_without_the_white_space(spaced: str) -> None:
    def result(reference: str, status: str, **more: str) -> etree._Element:
        made = etree.Element(f"{{{JUDICIARY}}}Result")
        for name, text in {"Reference": spaced.format(reference), "Status": status, **more}.items():
            etree.SubElement(made, f"{{{JUDICIARY}}}{name}").text = text
        return made

    answer = etree.Element(f"{{{JUDICIARY}}}SubmitNoticesResponse")
    answer.append(result("EB-A", "ACCEPTED", TrackingNumber=spaced.format("T-1")))
    answer.append(result("EB-B", "REJECTED", Code=spaced.format("R-1"), Text=spaced.format("متن")))
    call = call_about(AT, ["EB-A", "EB-B"])
    assert mapped_contract(load_profile("eblagh-1", Path())).outcomes(answer, call) == {
        "EB-A": Accepted(tracking_number="T-1"),
        "EB-B": Rejected(code="R-1", text=spaced.format("متن")),
    }


def test_json_has_its_white_space() -> None:
    answer = {"results": [{"reference": "EB-A", "status": "ACCEPTED", "tracking_number": " T-1 "}]}
    contract = mapped_rest_contract(load_profile("eblagh-rest-1", Path()))
    assert contract.outcomes(answer, call_about(AT, ["EB-A"])) == {"EB-A": Accepted(tracking_number=" T-1 ")}


@pytest.mark.parametrize("spaced", SPACES)
@pytest.mark.parametrize("in_xml", [True, False])
def test_claims_of_a_receipt_in_xml_are_those_without_it(spaced: str, in_xml: bool) -> None:
    claims = ReceiptClaims(program=compile_mapping(RECEIPT, "receipt.toml"), seal=SealPlace.NONE, in_xml=in_xml)
    tree = {
        "Id": spaced.format("R-1"),
        "Reference": spaced.format("EB-A"),
        "Number": spaced.format("T-1"),
        "Digest": spaced.format("sha256:aa"),
        "Time": "2026-02-03T08:00:00Z",
    }
    found = claims.of(tree)
    wanted = "{}" if in_xml else spaced
    assert [found[name] for name in ("ReceiptId", "Reference", "TrackingNumber", "SealDigest")] == [
        wanted.format(text) for text in ("R-1", "EB-A", "T-1", "sha256:aa")
    ]


def test_each_identifier_of_each_result_and_receipt_is_trimmed() -> None:
    values: dict[str, Any] = {**dict.fromkeys(IDENTIFIERS, " 7\n"), "text": " 7 ", "octets": b" 7 "}
    part = ListPart(source={}, beside={}, number=0, values=values, problems=())
    made = with_trimmed(Made(values={"receipts": [values], "cursor": " 7 "}, problems=(), parts={"receipts": [part]}))
    wanted = {**dict.fromkeys(IDENTIFIERS, "7"), "text": " 7 ", "octets": b" 7 "}
    assert made.values == {"receipts": [wanted], "cursor": " 7 "}
    assert made.parts["receipts"][0].values == wanted

"""Words of SOAP faults: shown to the operator, bounded, on one line, without numbers that may be a person's."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.wire import Fault
from adapters.settings import load_profile
from adapters.shipped.resources import ROOT

MIZAN = ROOT / "tests" / "contracts" / "mizan" / "profile"
MIZAN_RPC = ROOT / "tests" / "contracts" / "mizan_rpc" / "profile"


def told(inside: str, folder: Path = MIZAN, soap: str = SOAP) -> Fault | None:
    fault = etree.fromstring(f'<s:Fault xmlns:s="{soap}">{inside}</s:Fault>')
    return mapped_contract(load_profile(str(folder), Path())).fault("SubmitNotices", fault)


def test_the_string_and_the_detail_of_a_fault_are_its_words() -> None:
    inside = (
        "<faultcode>s:Client</faultcode><faultstring>schema\n  violation</faultstring><detail><Trouble><No>422</No>"
        "<Text>Element 'Person': Missing child FatherName</Text></Trouble></detail>"
    )
    assert told(inside) == Fault(code="422", text="schema violation; Element 'Person': Missing child FatherName")


def test_the_reason_of_soap_12_is_its_words() -> None:
    inside = (
        "<s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='fa'>شخص نا\u200cمعتبر</s:Text>"
        "<s:Text xml:lang='en'>no such person</s:Text></s:Reason><s:Detail><Trouble><No>7</No></Trouble></s:Detail>"
    )
    assert told(inside, MIZAN_RPC, SOAP12) == Fault(code="7", text="شخص نا\u200cمعتبر; no such person")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("the value '0012345678' is not valid", "the value '########' is not valid"),
        ("شماره ۰۰۱۲۳۴۵۶۷۸ نامعتبر است", "شماره ######## نامعتبر است"),
        ("line 1234567", "line 1234567"),
        ("a\u202eb\u0085c", "ab c"),
        ("x" * 9000, "x" * 500),
        ("", ""),
    ],
)
def test_words_are_bounded_and_safe(words: str, shown: str) -> None:
    fault = told(f"<faultcode>s:Server</faultcode><faultstring>{words}</faultstring>")
    assert fault == Fault(code="soap.fault", text=shown)


def test_words_that_stand_twice_are_told_once() -> None:
    inside = "<faultcode>s:Server</faultcode><faultstring>busy</faultstring><detail><a>busy</a></detail>"
    assert told(inside) == Fault(code="soap.fault", text="busy")

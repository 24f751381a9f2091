"""Words of SOAP faults: shown to the operator, bounded, on one line, without numbers that may be a person's."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.names import SOAP, SOAP12
from adapters.judiciary.binding import Binding
from adapters.judiciary.mapped.form import Path as Names
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.wire import Fault
from adapters.settings import load_profile
from adapters.shipped.resources import ROOT

MIZAN = ROOT / "tests" / "contracts" / "mizan" / "profile"
PEYK = ROOT / "examples" / "soap_login_tickets" / "profile"
MIZAN_RPC = ROOT / "tests" / "contracts" / "mizan_rpc" / "profile"


def told(inside: str, folder: Path = MIZAN, soap: str = SOAP) -> Fault | None:
    fault = etree.fromstring(f'<s:Fault xmlns:s="{soap}">{inside}</s:Fault>')
    return mapped_contract(load_profile(str(folder), Path()), {"organisation": "301"}).fault("SubmitNotices", fault)


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


@pytest.mark.parametrize("prefix", ["soap", "S", "SOAP-ENV"])
def test_the_service_chooses_the_prefix_of_a_code(prefix: str) -> None:
    fault = f"<faultcode xmlns:{prefix}='{SOAP}'>{prefix}:Client</faultcode><faultstring>no such field</faultstring>"
    assert told(fault, PEYK) == Fault(code="soap:Client", text="no such field")


def code_of(fault: str, path: Names, *listed: str) -> str | None:
    binding = Binding(PEYK / "peyk.wsdl", None, ["Login"])
    schema = etree.XMLSchema(etree.parse(PEYK / "peyk.xsd"))
    form = XmlForm(binding=binding, schema=schema, bound={}, fault_code=path, codes=frozenset(listed))
    return form.fault(etree.fromstring(f"<s:Fault xmlns:s='{SOAP}'>{fault}</s:Fault>"))


@pytest.mark.parametrize(
    ("code", "listed", "read"),
    [
        ("S:Server.Busy", ["soap:Server.Busy", "soap:Server"], "soap:Server.Busy"),
        ("S:Server.Busy", ["a:Server.Busy", "S:Server.Busy"], "S:Server.Busy"),
        ("S:Server.Busy", ["a:Server.Busy", "b:Server.Busy"], "S:Server.Busy"),  # it may be either
        ("S:Server.Busy", ["Server.Busy", "soap:Busy", "soap:server.busy"], "S:Server.Busy"),
        ("Busy", ["soap:Busy"], "Busy"),
        ("http:503", ["soap:503"], "http:503"),  # no name: a local part does not begin with a digit
        ("a:b:Busy", ["soap:Busy"], "a:b:Busy"),
    ],
)
def test_a_code_is_that_which_is_listed_if_only_the_prefix_differs(code: str, listed: list[str], read: str) -> None:
    assert code_of(f"<faultcode>{code}</faultcode>", ("faultcode",), *listed) == read
    inner = f"<s:Value>s:Receiver</s:Value><s:Subcode><s:Value>{code}</s:Value></s:Subcode>"
    assert code_of(f"<s:Code>{inner}</s:Code>", ("Code", "Subcode", "Value"), *listed) == read


def test_a_code_in_a_detail_is_no_name() -> None:
    assert code_of("<detail><No>a:Busy</No></detail>", ("detail", "No"), "soap:Busy") == "a:Busy"

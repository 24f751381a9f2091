"""Our contract over SOAP, bound by the mapping files of its folder: what it writes, and what it reads."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.crypto.keys.names import JUDICIARY, SOAP
from adapters.judiciary.call_context import CallContext, new_call
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.settings import JudiciaryProfile, load_profile
from adapters.shipped.resources import PROFILES
from gateway.judiciary.courier import Accepted, Deferred, NamedNotice, NotKnown, Rejected, SealSlice, Unknown
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection

FOLDER = PROFILES / "eblagh-1"
UNCLEAR = "courier.incomplete-answer"
CALL = new_call(datetime(2026, 2, 3, tzinfo=UTC))
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


@cache
def contract() -> MappedContract[etree._Element]:
    return mapped_contract(load_profile("eblagh-1", Path()))


def about(*references: str) -> CallContext:
    return replace(CALL, notices=[NamedNotice(reference=each) for each in references])


def element(name: str, inside: str = "") -> etree._Element:
    return etree.fromstring(f'<j:{name} xmlns:j="{JUDICIARY}" {XSI}>{inside}</j:{name}>')


def octets(content: Any) -> str:
    return etree.tostring(content, encoding="unicode").replace(f' xmlns:soap-env="{SOAP}"', "")


def test_requests_have_these_octets() -> None:
    seals = [SealSlice(reference=each, octets=b"<a/>", digest=sha256(b"<a/>")) for each in ("EB-A", "EB-B")]
    made, bound, asked = contract().submission(seals, CALL), contract(), replace(CALL, cursor="7", limit=20)
    declared = f'xmlns:j="{JUDICIARY}"'
    slots = "".join(
        f"<j:Submission><j:Reference>{each.reference}</j:Reference>"
        f'<j:SealedNotice><slot n="{number}"/></j:SealedNotice></j:Submission>'
        for number, each in enumerate(seals)
    )
    assert octets(made.content) == f"<j:SubmitNotices {declared}>{slots}</j:SubmitNotices>"
    assert [*made.slices] == seals
    for content, text in (
        (bound.inquiry(["EB-A"], CALL), "<j:InquireStatus {}><j:Inquiry><j:Reference>EB-A</j:Reference></j:Inquiry>"
         "</j:InquireStatus>"),
        (bound.page(asked), "<j:FetchReceipts {}><j:Cursor>7</j:Cursor><j:Limit>20</j:Limit></j:FetchReceipts>"),
        (bound.page(replace(asked, cursor="")),
         "<j:FetchReceipts {}><j:Cursor></j:Cursor><j:Limit>20</j:Limit></j:FetchReceipts>"),
        (bound.confirmation(["R-1", "R-2"], CALL), "<j:ConfirmReceipts {}><j:ReceiptId>R-1</j:ReceiptId>"
         "<j:ReceiptId>R-2</j:ReceiptId></j:ConfirmReceipts>"),
        (bound.account("NATURAL", "9990000000", CALL), "<j:InquireAccounts {}><j:Person><j:Kind>NATURAL</j:Kind>"
         "<j:Identifier>9990000000</j:Identifier></j:Person></j:InquireAccounts>"),
    ):  # fmt: skip
        assert octets(content) == text.format(declared)


LONG = "متن" * 1300


@pytest.mark.parametrize(
    ("inside", "outcome", "standing"),
    [
        ("<j:TrackingNumber>T-1</j:TrackingNumber><j:Status>ACCEPTED</j:Status>", Accepted(tracking_number="T-1"),
         None),
        ('<j:TrackingNumber>T-1</j:TrackingNumber><j:Status xsi:type="j:Name">ACCEPTED</j:Status>',
         Accepted(tracking_number="T-1"), None),
        (f"<j:Status>REJECTED</j:Status><j:Code>E-7</j:Code><j:Text>{LONG}</j:Text>",
         Rejected(code="E-7", text=LONG), None),
        (f"<j:Status>REJECTED</j:Status><j:Code>E-7</j:Code><j:Text>{LONG * 2}</j:Text>",
         Rejected(code="E-7", text=(LONG * 2)[:4000]), None),
        ("<j:Status>REJECTED</j:Status><j:Code>R-102</j:Code>", Rejected(code="R-102", text="مخاطب درگذشته است."),
         None),
        (f"<j:Status>DEFERRED</j:Status><j:RetryAfterSeconds> +{'0' * 30}60 </j:RetryAfterSeconds>",
         Deferred(code="deferred", retry_after=timedelta(minutes=1)),
         Unknown(code=UNCLEAR, detail="status DEFERRED")),
        (f"<j:Status>DEFERRED</j:Status><j:RetryAfterSeconds>{'9' * 40}</j:RetryAfterSeconds>",
         Deferred(code="deferred", retry_after=timedelta(days=1)), Unknown(code=UNCLEAR, detail="status DEFERRED")),
        ("<j:Status>NOT_KNOWN</j:Status>", Unknown(code=UNCLEAR, detail="status NOT_KNOWN"), NotKnown()),
        ("<j:Status>FILED</j:Status><j:Text>y</j:Text>",
         Unknown(code=UNCLEAR, detail="status FILED; the service says y"), None),
    ],
)  # fmt: skip
def test_a_word_means_what_the_profile_says(inside: str, outcome: object, standing: object) -> None:
    result = f"<j:Result><j:Reference>EB-A</j:Reference>{inside}</j:Result>"
    submitted, inquired = element("SubmitNoticesResponse", result), element("InquireStatusResponse", result)
    contract().assert_answers("SubmitNotices", submitted)
    contract().assert_answers("InquireStatus", inquired)
    assert contract().outcomes(submitted, about("EB-A")) == {"EB-A": outcome}
    assert contract().standings(inquired, about("EB-A")) == {"EB-A": standing or outcome}


def test_a_receipt_is_whatever_stands_in_its_place() -> None:
    sealed = (
        '<r:Receipt xmlns:r="urn:eblagh:receipt:1"><r:Receipt></r:Receipt></r:Receipt>',
        '<o:Other xmlns:o="urn:other"><j:Item><j:SignedReceipt><j:a></j:a></j:SignedReceipt></j:Item></o:Other>',
    )
    items = "".join(
        f"<j:Item><j:ReceiptId>R</j:ReceiptId><j:SignedReceipt>{each}</j:SignedReceipt></j:Item>" for each in sealed
    )
    page = element("FetchReceiptsResponse", f"{items}<j:NextCursor>9</j:NextCursor><j:More> 1 </j:More>")
    contract().assert_answers("FetchReceipts", page)
    found = contract().receipts(page, CALL)
    assert [etree.fromstring(each.octets).tag for each in found.receipts] == [
        "{urn:eblagh:receipt:1}Receipt",
        "{urn:other}Other",
    ]
    assert not any(each.unsigned for each in found.receipts)
    assert (found.cursor, found.more) == ("9", True)


def fault(detail: str) -> etree._Element:
    return etree.fromstring(f'<s:Fault xmlns:s="{SOAP}" xmlns:j="{JUDICIARY}" {XSI}>{detail}</s:Fault>')


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("", "soap.fault"),
        ("<detail><j:ServiceFault><j:Code>busy</j:Code><j:Text>x</j:Text></j:ServiceFault></detail>", "busy"),
        ('<detail><j:ServiceFault><j:Code xsi:type="j:Name">busy</j:Code><j:Text/></j:ServiceFault></detail>', "busy"),
        ('<detail><o:x xmlns:o="urn:o"/><j:ServiceFault><j:Code>busy</j:Code><j:Text/></j:ServiceFault></detail>',
         "busy"),
        ("<detail><ServiceFault><Code>busy</Code></ServiceFault></detail>", "soap.fault"),
    ],
)  # fmt: skip
def test_a_fault_has_the_code_of_our_detail(detail: str, code: str) -> None:
    answer = fault(detail)
    contract().assert_answers("SubmitNotices", answer)
    found = contract().fault("SubmitNotices", answer)
    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("inside", ["<j:Code>busy</j:Code>", "<j:Code> busy</j:Code><j:Text/>"])
def test_the_schema_judges_the_detail_of_a_fault(inside: str) -> None:
    with pytest.raises(Rejection) as refusal:
        contract().assert_answers("SubmitNotices", fault(f"<detail><j:ServiceFault>{inside}</j:ServiceFault></detail>"))
    assert refusal.value.code == "verify.schema"


def test_a_fault_has_the_action_of_an_answer_and_no_other() -> None:
    form = contract().form
    assert isinstance(form, XmlForm)
    actions = form.actions("SubmitNotices")
    assert (actions.request, actions.answer) == (f"{JUDICIARY}:SubmitNotices", f"{JUDICIARY}:SubmitNoticesResponse")
    assert actions.faults == frozenset()


def test_the_first_account_is_the_one_that_was_asked_about() -> None:
    def answer(*active: str) -> etree._Element:
        account = "<j:Account><j:Identifier>1</j:Identifier><j:Active>{}</j:Active></j:Account>"
        return element("InquireAccountsResponse", "".join(account.format(each) for each in active))

    assert contract().has_account(answer(" 1 ", "false"))
    assert not contract().has_account(answer("0", "true"))


def before(tmp_path: Path) -> JudiciaryProfile:
    """Return a profile as folders and bundles were before they had mapping files."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("service.wsdl", "messages-1.xsd"):
        shutil.copy(FOLDER / name, folder)
    text = (FOLDER / "profile.toml").read_text(encoding="utf-8")
    head, _, rest = text.partition("[operations.submit]")
    rest = rest[rest.index("# The judiciary's words") :].replace('fault = "detail.ServiceFault.Code"', "")
    (folder / "profile.toml").write_text(head + rest.replace("ACCEPTED", "QABUL"), encoding="utf-8")
    return load_profile(str(folder), Path())


def test_a_profile_from_before_the_mapping_files_goes_on(tmp_path: Path) -> None:
    profile = before(tmp_path)
    bound = mapped_contract(profile)
    assert profile.mappings == FOLDER
    assert octets(bound.inquiry(["EB-A"], CALL)) == octets(contract().inquiry(["EB-A"], CALL))
    told = element(
        "SubmitNoticesResponse",
        "<j:Result><j:Reference>EB-A</j:Reference><j:TrackingNumber>T-1</j:TrackingNumber>"
        "<j:Status>QABUL</j:Status></j:Result>",
    )
    assert bound.outcomes(told, about("EB-A")) == {"EB-A": Accepted(tracking_number="T-1")}
    assert isinstance(contract().outcomes(told, about("EB-A"))["EB-A"], Unknown)


def test_another_wsdl_of_the_same_contract_can_be_named(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "other")
    wsdl = folder / "service.wsdl"
    text = wsdl.read_text(encoding="utf-8").replace('soapAction="urn:eblagh:judiciary:1:', 'soapAction="urn:mine:')
    wsdl.write_text(text, encoding="utf-8")
    form = mapped_contract(load_profile("eblagh-1", Path()), wsdl=wsdl).form
    assert isinstance(form, XmlForm)
    assert form.actions("SubmitNotices").answer == "urn:mine:SubmitNoticesResponse"
    wsdl.write_text(text.replace('operation name="InquireAccounts"', 'operation name="AskAccounts"'), encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        mapped_contract(load_profile("eblagh-1", Path()), wsdl=wsdl)
    assert (refusal.value.code, refusal.value.where) == ("courier.contract", str(wsdl))


def test_a_page_that_leaves_no_place_open_is_refused(tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "mine")
    schema = folder / "messages-1.xsd"
    text = schema.read_text(encoding="utf-8")
    closed = text.replace('name="SignedReceipt" type="j:Sealed"', 'name="SignedReceipt" type="xs:string"')
    schema.write_text(closed, encoding="utf-8")
    with pytest.raises(GatewayError) as refusal:
        mapped_contract(load_profile(str(folder), Path()))
    assert refusal.value.code == "courier.contract"
    assert "leaves 0 places open" in refusal.value.detail

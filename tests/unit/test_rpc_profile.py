"""eblagh-rpc-1: a shipped contract that files alone bind. What is made by it, and what its numbers mean."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import pytest
from lxml import etree
from typer.testing import CliRunner

from adapters.cli.main import app
from adapters.contracts.xml_tree import tree_of
from adapters.crypto.keys.names import SOAP12
from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import canonical, conforms, load_schema
from adapters.judiciary.call_context import call_about
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_soap import mapped_contract
from adapters.judiciary.mapped.xml_form import XmlForm
from adapters.judiciary.wire import Fault
from adapters.settings import JudiciaryProfile, load_profile
from adapters.shipped.resources import CONFIG, PROFILES, ROOT
from gateway.judiciary.capabilities import losses
from gateway.judiciary.courier import (
    Accepted,
    Deferred,
    NoAccount,
    NotKnown,
    Outcome,
    Rejected,
    SealSlice,
    Standing,
    Unknown,
)
from gateway.notice.notice import Notice, Recipient, RecipientKind, sha256
from gateway.receipts.receipt_callback import BroughtReceipt, TakenReceipt
from gateway.runtime.errors import GatewayError
from tests.integration.sandbox.municipality import notice

FOLDER = PROFILES / "eblagh-rpc-1"
E = "{urn:eblagh:judiciary-rpc:1}"
REFERENCE = "EB-" + "B" * 32
OTHER = "EB-" + "C" * 32
SEALED_AT = datetime(2026, 2, 3, 8, 30, tzinfo=UTC)


@cache
def bound() -> tuple[JudiciaryProfile, MappedContract[etree._Element]]:
    profile = load_profile("eblagh-rpc-1", Path())
    return profile, mapped_contract(profile)


def message(one: Notice) -> etree._Element:
    octets = canonical(notice_element(one))
    seal = SealSlice(reference=one.reference, octets=octets, digest=sha256(octets))
    return bound()[1].submission([seal], call_about(SEALED_AT, [seal.reference])).content


def said(one: Notice, path: str) -> str | None:
    return message(one).findtext("darkhast/" + "/".join(f"{E}{name}" for name in path.split(".")))


def answer(name: str, pasokh: str) -> etree._Element:
    element = etree.fromstring(
        f'<e:{name}Response xmlns:e="{E[1:-1]}"><pasokh>{pasokh}</pasokh></e:{name}Response>'.encode()
    )
    conforms(load_schema(FOLDER / "messages.xsd"), element)
    return element


def result(vaziat: int, more: str = "", reference: str = REFERENCE) -> str:
    return f"<e:ShomareErja>{reference}</e:ShomareErja><e:CodeVaziat>{vaziat}</e:CodeVaziat>{more}"


RAHGIRI = "<e:ShomareRahgiri>S17</e:ShomareRahgiri><e:ZamaneSabt>۱۴۰۴/۱۱/۱۴ ۱۲:۰۰:۰۰</e:ZamaneSabt>"
KHATA = "<e:CodeKhata>102</e:CodeKhata><e:SharheKhata>گیرنده درگذشته است</e:SharheKhata>"


def test_it_is_of_another_shape_and_says_what_is_lost() -> None:
    profile, contract = bound()
    form = contract.form
    assert isinstance(form, XmlForm)
    assert form.soap == SOAP12
    assert form.actions("SubmitNotices").answer == f"{E[1:-1]}:SabtEblaghResponse"
    assert profile.batch_notices == 1
    assert losses(profile.capabilities) == ["lost.batches", "lost.receipts-callback"]


@pytest.mark.parametrize(
    ("mapping", "element"),
    [
        ("sabt", "SabtEblagh"),
        ("natije", "SabtEblaghResponse"),
        ("estelam", "EstelamEblagh"),
        ("vaziat", "EstelamEblaghResponse"),
        ("ersal", "ErsaleRasid"),
        ("natayej", "ErsaleRasidResponse"),
        ("rasid", "Rasid"),
    ],
)
def test_each_mapping_is_what_the_contract_wants(mapping: str, element: str) -> None:
    contract = FOLDER / ("rasid.xsd" if element == "Rasid" else "messages.xsd")
    command = ["mapping", "check", str(FOLDER / f"{mapping}.toml"), "--contract", str(contract), "--element", element]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output


def test_a_notice_becomes_a_message_of_the_contract() -> None:
    one = notice("9990000001")
    assert said(one, "ShomareErja") == one.reference
    assert said(one, "Barge.TarikheSodur") == "1404/11/14"
    assert said(one, "Barge.CodeNoeBarge") == "21"
    assert said(replace(one, issued_on=date(2026, 3, 21)), "Barge.TarikheSodur") == "1405/01/01"
    package = message(one).find(f"darkhast/{E}BasteyeMohr")
    assert package is not None
    assert package.get("Chekide") == sha256(canonical(notice_element(one))).removeprefix("sha256:")


@pytest.mark.parametrize(
    ("kind", "identifier", "number", "element"),
    [
        (RecipientKind.NATURAL, "9990000001", "1", "ShomareMelli"),
        (RecipientKind.LEGAL, "99900000017", "2", "ShenaseMelli"),
        (RecipientKind.FOREIGN, "999000000123", "3", "ShenaseFaragir"),
    ],
)
def test_each_kind_of_person_has_a_number_and_an_element_of_its_own(
    kind: RecipientKind, identifier: str, number: str, element: str
) -> None:
    one = replace(notice("9990000001"), recipient=Recipient(kind=kind, identifier=identifier, name="شخص ساختگی"))
    assert said(one, "Mokhatab.NoeShakhs") == number
    names = ("ShomareMelli", "ShenaseMelli", "ShenaseFaragir")
    assert [name for name in names if said(one, f"Mokhatab.{name}")] == [element]
    assert said(one, f"Mokhatab.{element}") == identifier


def test_every_kind_of_paper_of_the_demonstration_has_a_number_and_another_one_is_other() -> None:
    bodies = tomllib.loads((CONFIG / "demo.toml").read_text(encoding="utf-8"))["bodies"].values()
    kinds = {kind for body in bodies for kind in body["kinds"]}
    reported = {kind: said(replace(notice("9990000001"), kind=kind), "Barge.CodeNoeBarge") for kind in kinds}
    assert "99" not in reported.values()
    assert len(set(reported.values())) == len(kinds)
    assert said(replace(notice("9990000001"), kind="a-new-kind"), "Barge.CodeNoeBarge") == "99"


@pytest.mark.parametrize(
    ("pasokh", "outcome"),
    [
        (result(100, RAHGIRI), Accepted(tracking_number="S17")),
        (result(200, KHATA), Rejected(code="R-102", text="گیرنده درگذشته است")),
        (result(210), NoAccount()),
        (result(777, RAHGIRI), Unknown(code="courier.incomplete-answer", detail="status UNKNOWN")),
    ],
)
def test_numbers_become_outcomes_and_one_that_nobody_explained_stays_unknown(pasokh: str, outcome: Outcome) -> None:
    reported = bound()[1].outcomes(answer("SabtEblagh", pasokh), call_about(SEALED_AT, [REFERENCE]))
    assert reported == {REFERENCE: outcome}


def test_later_is_told_with_its_seconds() -> None:
    pasokh = result(300, "<e:MohlateTalash>90</e:MohlateTalash>")
    [reported] = bound()[1].outcomes(answer("SabtEblagh", pasokh), call_about(SEALED_AT, [REFERENCE])).values()
    assert isinstance(reported, Deferred)
    assert reported.retry_after is not None
    assert reported.retry_after.total_seconds() == 90


def test_an_inquiry_tells_each_reference_apart() -> None:
    pasokh = f"<e:Vaziat>{result(0)}</e:Vaziat><e:Vaziat>{result(100, RAHGIRI, OTHER)}</e:Vaziat>"
    reported: dict[str, Standing] = dict(
        bound()[1].standings(answer("EstelamEblagh", pasokh), call_about(SEALED_AT, [REFERENCE, OTHER]))
    )
    assert reported == {REFERENCE: NotKnown(), OTHER: Accepted(tracking_number="S17")}


def rasid(ruydad: str, zaman: str) -> dict[str, str]:
    texts = {
        "ShomareRasid": "S17-1",
        "ShomareErja": REFERENCE,
        "ShomareRahgiri": "S17",
        "ChekideBaste": "0" * 64,
        "CodeRuydad": ruydad,
        "ZamaneRuydad": zaman,
        "ZamaneSodur": zaman,
    }
    root = etree.Element("Rasid")
    for name, text in texts.items():
        etree.SubElement(root, name).text = text
    return tree_of(root)  # type: ignore[no-any-return]


@pytest.mark.parametrize("zaman", ["۱۴۰۴/۱۱/۱۴ ۱۲:۰۰:۰۵", "1404/11/14 12:00:05"])
def test_a_receipts_times_are_jalali_in_digits_of_either_script(zaman: str) -> None:
    made = bound()[1].receipt.run(rasid("3", zaman))
    assert made.problems == []
    assert made.values["event"] == "ContentHandover"
    assert made.values["event_time"] == datetime(2026, 2, 3, 8, 30, 5, tzinfo=UTC)


def test_an_event_that_nobody_explained_is_refused() -> None:
    [problem] = bound()[1].receipt.run(rasid("9", "1404/11/14 12:00:05")).problems
    assert problem.code == "mapped.unknown-value"


def test_a_fault_is_told_by_its_number() -> None:
    profile, contract = bound()
    fault = etree.fromstring(
        f"""<s:Fault xmlns:s="{SOAP12}"><s:Code><s:Value>s:Receiver</s:Value></s:Code>
        <s:Reason><s:Text>شلوغ</s:Text></s:Reason><s:Detail><e:Khata xmlns:e="{E[1:-1]}"><e:CodeKhata>503</e:CodeKhata>
        <e:SharheKhata>شلوغ</e:SharheKhata></e:Khata></s:Detail></s:Fault>"""
    )
    assert contract.fault("SubmitNotices", fault) == Fault(code="503", text="شلوغ")
    assert (profile.codes.busy, profile.codes.expired) == ({"503"}, {"408"})


def test_a_name_that_is_too_long_goes_back_before_it_is_queued() -> None:
    one = notice("9990000001")
    long = Recipient(kind=one.recipient.kind, identifier="9990000001", name="ن" * 2001)
    with pytest.raises(GatewayError) as refusal:
        message(replace(one, recipient=long))
    assert (refusal.value.code, refusal.value.where) == ("mapped.field-too-long", "darkhast.Mokhatab.NameMokhatab")


def test_what_is_brought_is_read_and_answered_one_by_one() -> None:
    push = bound()[1].push
    assert push is not None
    assert push.operation.soap == SOAP12
    brought = etree.fromstring(
        f"""<e:ErsaleRasid xmlns:e="{E[1:-1]}"><darkhast><e:Rasid><e:ShomareRasid>S17-1</e:ShomareRasid>
        <e:SanadeRasid>PFIvPg==</e:SanadeRasid></e:Rasid></darkhast></e:ErsaleRasid>"""
    )
    assert push.receipts(brought) == [BroughtReceipt(octets=b"<R/>", named="S17-1")]
    reported = push.answer_to(
        [
            TakenReceipt(number=1, receipt_id="S17-1", digest="sha256:0", taken=True),
            TakenReceipt(number=2, receipt_id="S17-3", digest="sha256:1", taken=False, code="verify.digest"),
        ]
    )
    assert [[child.text for child in each] for each in reported.iter(f"{E}Natije")] == [
        ["S17-1", "1"],
        ["S17-3", "2", "verify.digest"],
    ]


def test_every_name_of_the_contract_is_in_the_glossary() -> None:
    glossary = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    reported = set(re.findall(r"\w+", glossary.partition("eblagh-rpc-1")[2]))
    for file in ("messages.xsd", "rasid.xsd"):
        text = (FOLDER / file).read_text(encoding="utf-8")
        names = set(re.findall(r'<xs:(?:element|attribute) name="(\w+)"', text)) - {"Id"}
        assert {name for name in names if not name.endswith("Response")} <= reported

"""Answers with Actions of faults by the standard or the WSDL, and with header blocks that nobody reads."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.partner_profile import STRICT, PartnerProfile
from adapters.judiciary.answer_judge import Call, SignedAnswers
from adapters.judiciary.mapped.fault_actions import fault_actions
from adapters.judiciary.soap_wire import Actions, SoapWire
from gateway.runtime.timekeeping import Timekeeper
from gateway.trust.trust_policy import Rejection

from .conftest import SIGNED_AT
from .samples import JudiciaryService, inquiry

REQUEST, ANSWER = "urn:uuid:7", "urn:letters:Answer"
BUS = "{urn:bus:1}"
WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" targetNamespace="http://letters.invalid/1/"
  xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata">
 <portType name="Letters">
  <operation name="Send"><fault name="Busy"/><fault name="Bad" wsam:Action="urn:letters:Bad"/></operation>
  <operation name="Find"><fault name="Gone"/></operation>
 </portType>
</definitions>"""


@pytest.fixture
def actions(tmp_path: Path) -> frozenset[str]:
    (tmp_path / "service.wsdl").write_text(WSDL, encoding="utf-8")
    return fault_actions(tmp_path / "service.wsdl", "Send")


def judged(
    judiciary: JudiciaryService, octets: bytes, faults: frozenset[str] = frozenset(), profile: PartnerProfile = STRICT
) -> etree._Element:
    wire = SoapWire(
        endpoint="https://judiciary.example/",
        channel=cast(Any, None),
        signer=judiciary.transport,
        verifier=MessageVerifier(judiciary.partner, profile=profile),
        lifetime=timedelta(minutes=5),
        actions=lambda _: Actions(request="urn:letters:Send", answer=ANSWER, faults=faults),
    )
    judge = SignedAnswers(
        wire=wire,
        issuers=frozenset({judiciary.transport.certificate.thumbprint}),
        skew=timedelta(seconds=60),
        clock=lambda: SIGNED_AT,
        timekeeper=Timekeeper(lambda: SIGNED_AT, lambda: 0.0, timedelta(minutes=5)),
    )
    return judge.believe(octets, Call(operation="Send", message_id=REQUEST, asked_at=0.0)).content


def answered(judiciary: JudiciaryService, action: str, content: etree._Element, *headers: etree._Element) -> bytes:
    told = Addressing(to="urn:us", action=action, message_id="urn:uuid:8", relates_to=REQUEST)
    return sign_message(content, told, judiciary.transport, SIGNED_AT, timedelta(minutes=5), headers=headers).wire


def fault() -> etree._Element:
    made = etree.Element(f"{{{names.SOAP}}}Fault")
    etree.SubElement(made, "faultcode").text = "soap:Server"
    return made


def refusal(judiciary: JudiciaryService, octets: bytes, **how: Any) -> str:
    with pytest.raises(Rejection) as error:
        judged(judiciary, octets, **how)
    return error.value.code


def test_the_wsdl_states_or_implies_the_actions_of_its_faults(actions: frozenset[str]) -> None:
    assert actions == {
        f"{names.WSA}/fault",
        f"{names.WSA}/soap/fault",
        "http://letters.invalid/1/Letters/Send/Fault/Busy",
        "urn:letters:Bad",
    }


def test_a_fault_has_the_answers_action_or_one_of_its_own(judiciary: JudiciaryService, actions: frozenset[str]) -> None:
    for action in (ANSWER, *actions):
        octets = answered(judiciary, action, fault())
        assert judged(judiciary, octets, actions).tag == f"{{{names.SOAP}}}Fault"
        if action != ANSWER:
            assert refusal(judiciary, octets) == "verify.relates-to", "our own contracts know none"
    assert refusal(judiciary, answered(judiciary, "urn:letters:Gone", fault()), faults=actions) == "verify.relates-to"


def test_an_answer_that_is_no_fault_has_no_faults_action(judiciary: JudiciaryService, actions: frozenset[str]) -> None:
    for action in actions:
        assert refusal(judiciary, answered(judiciary, action, inquiry()), faults=actions) == "verify.relates-to"


def test_agreed_header_blocks_are_tolerated_signed_or_not_and_never_read(judiciary: JudiciaryService) -> None:
    trace = etree.Element(f"{BUS}Trace", attrib={f"{BUS}hop": "3"})
    etree.SubElement(trace, f"{BUS}At").text = "bus"
    octets = answered(judiciary, ANSWER, inquiry(), trace)
    agreed = PartnerProfile(other_headers=frozenset({f"{BUS}Trace"}))
    assert judged(judiciary, octets, profile=agreed).tag.endswith("InquireStatus")
    facts = MessageVerifier(judiciary.partner, profile=agreed).examine(octets)
    assert "Trace" not in facts.claims
    assert refusal(judiciary, octets) == "verify.shape"
    other = PartnerProfile(other_headers=frozenset({f"{BUS}Hop"}))
    assert refusal(judiciary, octets, profile=other) == "verify.shape"
    trace.set(f"{{{names.SOAP}}}mustUnderstand", "1")
    assert refusal(judiciary, answered(judiciary, ANSWER, inquiry(), trace), profile=agreed) == "verify.shape"


def test_a_part_that_is_read_is_no_unread_header() -> None:
    with pytest.raises(ValueError, match="is read"):
        PartnerProfile(other_headers=frozenset({f"{{{names.WSA}}}RelatesTo"}))

"""A message that we sign verifies to the same octets, slices and facts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lxml import etree

from adapters.crypto.keys.names import SOAP
from adapters.crypto.message.soap_message import payload
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.strict_xml import canonical
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import contains
from gateway.notice.notice import sha256

from .conftest import SIGNED_AT, of_each_kind
from .samples import (
    ACTION,
    LIFETIME,
    MESSAGE_ID,
    TO,
    J,
    JudiciaryService,
    N,
    notice,
    signed_message,
    slice_of,
    submission,
)

pytestmark = of_each_kind
REFERENCES = ["EB-" + letter * 32 for letter in "ABC"]


def test_a_sealed_notice_proves_its_content_signer_and_time(judiciary: JudiciaryService, seal: bytes) -> None:
    facts = judiciary.documents.examine(seal)
    assert facts.covered == {"Notice": canonical(notice("EB-" + "A" * 32))}
    assert facts.claims == {"Reference": "EB-" + "A" * 32}
    assert facts.signer.thumbprint == judiciary.seal.certificate.thumbprint
    assert (facts.signed_at, facts.expires_at) == (SIGNED_AT, None)


def test_a_seal_is_its_own_canonical_form(seal: bytes) -> None:
    assert canonical(etree.fromstring(seal)) == seal


def test_sealing_leaves_the_element_as_it_was(judiciary: JudiciaryService) -> None:
    root = notice(REFERENCES[0])
    before = canonical(root)
    sign_document(root, judiciary.seal, SIGNED_AT)
    assert canonical(root) == before


def test_a_root_without_prefix_can_be_signed(judiciary: JudiciaryService) -> None:
    octets = sign_document(etree.Element("Specimen", Id="S-1"), judiciary.seal, SIGNED_AT)
    assert canonical(etree.fromstring(octets)) == octets


def test_a_message_proves_headers_body_signer_and_times(judiciary: JudiciaryService, wire: bytes) -> None:
    facts = judiciary.messages.examine(wire)
    assert set(facts.covered) == {"Body", "Timestamp", "To", "Action", "MessageID", "BinarySecurityToken"}
    assert facts.claims == {"To": TO, "Action": ACTION, "MessageID": MESSAGE_ID}
    assert facts.signer.thumbprint == judiciary.transport.certificate.thumbprint
    assert (facts.signed_at, facts.expires_at) == (SIGNED_AT, SIGNED_AT + LIFETIME)


def test_the_replay_key_tells_messages_apart_and_one_message_from_itself_never(
    judiciary: JudiciaryService, wire: bytes
) -> None:
    later = signed_message(judiciary.transport, SIGNED_AT + timedelta(seconds=1)).wire
    keys = [judiciary.messages.examine(octets).replay_key for octets in (wire, wire, later)]
    assert keys[0] == keys[1] != keys[2]


def test_an_answer_covers_what_it_relates_to(judiciary: JudiciaryService) -> None:
    facts = judiciary.messages.examine(signed_message(judiciary.transport, SIGNED_AT, relates_to="urn:uuid:7").wire)
    assert facts.claims["RelatesTo"] == "urn:uuid:7"
    assert "RelatesTo" in facts.covered


def test_the_payload_comes_from_the_covered_octets(judiciary: JudiciaryService, wire: bytes) -> None:
    child = payload(judiciary.messages.examine(wire))
    assert child.tag == f"{J}InquireStatus"


def test_a_signed_fault_is_a_body_like_any_other(judiciary: JudiciaryService) -> None:
    fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    etree.SubElement(fault, "faultcode").text = "soap:Server"
    message = signed_message(judiciary.transport, SIGNED_AT, body=fault)
    assert canonical(etree.fromstring(message.wire)) == message.wire
    assert payload(judiciary.messages.examine(message.wire)).tag == f"{{{SOAP}}}Fault"


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1]])
def test_seals_travel_as_literal_slices(judiciary: JudiciaryService, order: list[int]) -> None:
    seals = [sign_document(notice(reference), judiciary.seal, SIGNED_AT) for reference in REFERENCES]
    slices = [slice_of(reference, octets) for reference, octets in zip(REFERENCES, seals, strict=True)]
    body = submission(REFERENCES, order)
    message = signed_message(judiciary.transport, SIGNED_AT, body=body, slices=slices)

    assert canonical(etree.fromstring(message.wire)) == message.wire
    assert [message.wire.count(octets) for octets in seals] == [1, 1, 1]
    assert message.frame.seals == tuple(sha256(seals[number]) for number in order)
    kept = Frame.load(message.frame.dump())
    assert kept.fill({sha256(octets): octets for octets in seals}.__getitem__) == message.wire

    body = payload(judiciary.messages.examine(message.wire))
    received = [canonical(element) for element in body.iter(f"{N}Notice")]
    assert received == [seals[number] for number in order]
    assert all(judiciary.documents.examine(octets) for octets in received)


def test_a_large_batch_passes(judiciary: JudiciaryService) -> None:
    references = [f"EB-{'A' * 30}{a}{b}" for a in "ABCDE" for b in "ABCDEFGHIJ"]
    slices = [
        slice_of(r, sign_document(notice(r, b"%PDF" + b"x" * 110_000), judiciary.seal, SIGNED_AT)) for r in references
    ]
    message = signed_message(judiciary.transport, SIGNED_AT, body=submission(references), slices=slices)
    assert len(payload(judiciary.messages.examine(bytes(message.wire)))) == 50


def test_the_largest_attachment_passes(judiciary: JudiciaryService) -> None:
    octets = sign_document(notice(REFERENCES[0], b"x" * 7 * 1024 * 1024), judiciary.seal, SIGNED_AT)
    message = signed_message(
        judiciary.transport, SIGNED_AT, body=submission(REFERENCES[:1]), slices=[slice_of(REFERENCES[0], octets)]
    )
    assert contains(message.wire, octets)
    assert judiciary.documents.examine(octets)
    assert judiciary.messages.examine(bytes(message.wire))


def test_each_slice_has_exactly_one_slot(judiciary: JudiciaryService) -> None:
    slices = [slice_of(reference, b"<n:x/>") for reference in REFERENCES]
    for body in (submission(REFERENCES[:2]), submission(REFERENCES, [0, 1, 1])):
        with pytest.raises(ValueError, match="exactly one slot"):
            signed_message(judiciary.transport, SIGNED_AT, body=body, slices=slices)


def test_a_prefix_that_a_seal_uses_is_refused_around_it(judiciary: JudiciaryService) -> None:
    body = etree.Element(f"{J}SubmitNotices", nsmap={"n": J.strip("{}")})
    etree.SubElement(body, "slot", n="0")
    with pytest.raises(ValueError, match="prefixes"):
        signed_message(judiciary.transport, SIGNED_AT, body=body, slices=[slice_of("EB-1", b"<n:x/>")])


def test_text_that_looks_like_a_slot_stays_text(judiciary: JudiciaryService) -> None:
    body = etree.Element(f"{J}Text", nsmap={"j": J.strip("{}")})
    body.text = '<slot n="0"></slot>'
    assert (
        payload(judiciary.messages.examine(signed_message(judiciary.transport, SIGNED_AT, body=body).wire)).text
        == body.text
    )

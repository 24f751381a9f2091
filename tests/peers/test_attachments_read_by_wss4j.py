"""Seals that we attach are believed by Apache WSS4J, and no longer when an octet of one is another."""

from __future__ import annotations

import email.policy
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from adapters.crypto.keys.names import ATTACHMENT_CONTENT, EXC_C14N, SOAP
from adapters.crypto.message.multipart import content_type
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.document import sign_document
from tests.unit.crypto.samples import ACTION, LIFETIME, MESSAGE_ID, TO, JudiciaryService, inquiry, notice, slice_of

from .conftest import of_each_kind
from .jvm import Java, needs_java
from .unsigned import replaced

pytestmark = [needs_java, pytest.mark.long]
REFERENCES = ["EB-" + letter * 32 for letter in "AB"]


@pytest.fixture
def wire(judiciary: JudiciaryService, now: datetime) -> bytes:
    seals = [slice_of(each, sign_document(notice(each), judiciary.seal, now)) for each in REFERENCES]
    addressing = Addressing(to=TO, action=ACTION, message_id=MESSAGE_ID)
    return sign_message(inquiry(), addressing, judiciary.transport, now, LIFETIME, attached=seals).wire


class Wss4j:
    """Return WSS4J's verdict on a message that Python's reader of MIME took apart."""

    def __init__(self, java: Java, authorities: Path, folder: Path) -> None:
        self._java, self._authorities, self._folder = java, authorities, folder

    def verdict(self, wire: bytes, spoil: Callable[[bytes], bytes] = lambda octets: octets) -> str:
        """``spoil`` changes the first attachment."""
        header = f"Content-Type: {content_type(wire, SOAP, ACTION)}\r\n\r\n".encode()
        read = email.message_from_bytes(header + wire, policy=email.policy.HTTP)
        assert isinstance(read, EmailMessage)
        root, *others = read.iter_parts()
        for number, part in enumerate(others):
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            name = self._folder / str(part["Content-ID"]).strip("<>")
            name.write_bytes(content if number else spoil(content))
        envelope = self._folder / "envelope.xml"
        octets = root.get_payload(decode=True)
        assert isinstance(octets, bytes)
        envelope.write_bytes(octets)
        [reported] = self._java.run("Wss4jVerifyAttached", self._authorities, self._folder, envelope)
        return reported


@pytest.fixture
def wss4j(java: Java, authorities: Path, tmp_path: Path) -> Wss4j:
    return Wss4j(java, authorities, tmp_path)


@of_each_kind
def test_wss4j_checks_a_message_with_attachments(wss4j: Wss4j, wire: bytes) -> None:
    reported = wss4j.verdict(wire)
    assert reported == "accepted Action BinarySecurityToken Body MessageID Notice Timestamp To"
    changed = wss4j.verdict(wire, lambda octets: replaced(octets, b"<n:Number>7<", b"<n:Number>8<"))
    assert changed == "refused 6"


def test_each_part_is_what_it_is_signed_for(wss4j: Wss4j, wire: bytes) -> None:
    other_step = wire.replace(ATTACHMENT_CONTENT.encode(), EXC_C14N.encode())
    assert other_step != wire
    assert wss4j.verdict(other_step).startswith("refused")
    assert wss4j.verdict(replaced(wire, b">urn:eblagh:court<", b">urn:eblagh:count<")).startswith("refused")

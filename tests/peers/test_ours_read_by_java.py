"""Apache Santuario and Apache WSS4J believe our signatures, and none with another character in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from lxml import etree

from adapters.crypto.keys.names import RECEIPT, SOAP, SOAP12
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.xml.document import sign_document
from tests.unit.crypto.samples import JudiciaryService, notice, signed_message, slice_of, submission

from .conftest import of_each_kind
from .jvm import Java, needs_java
from .unsigned import replaced

pytestmark = needs_java
REFERENCE = "EB-" + "A" * 32
R = f"{{{RECEIPT}}}"


@pytest.fixture
def wire(judiciary: JudiciaryService, now: datetime) -> bytes:
    """An answer with a seal in it: every part that a message of ours can have."""
    inside = slice_of(REFERENCE, sign_document(notice(REFERENCE), judiciary.seal, now))
    body = submission([REFERENCE])
    return signed_message(judiciary.transport, now, body=body, slices=[inside], relates_to="urn:uuid:7").wire


@pytest.fixture
def changed(wire: bytes) -> list[bytes]:
    """The message with one change in each part: seal, header, time, action, relation."""
    changes = (
        (b"<n:Number>7<", b"<n:Number>8<"),
        (b">urn:eblagh:court<", b">urn:eblagh:count<"),
        (b"Z</wsu:Expires>", b"0Z</wsu:Expires>"),
        (b"/SubmitNotices</wsa:Action>", b"/InquireStatus</wsa:Action>"),
        (b">urn:uuid:7<", b">urn:uuid:8<"),
    )
    return [replaced(wire, *change) for change in changes]


@of_each_kind
def test_santuario_checks_a_sealed_notice(
    java: Java, judiciary: JudiciaryService, now: datetime, tmp_path: Path
) -> None:
    seal = sign_document(notice(REFERENCE), judiciary.seal, now)
    other_time = replaced(seal, b"Z</xades:SigningTime>", b"0Z</xades:SigningTime>")
    octets = [seal, replaced(seal, b"<n:Number>7<", b"<n:Number>8<"), other_time]
    signer = judiciary.pki / "municipality" / "seal-article-100.crt.pem"
    assert java.verdicts("SantuarioVerify", signer, tmp_path, octets) == ["accepted 2", "refused", "refused"]


@of_each_kind
def test_santuario_checks_a_receipt(java: Java, judiciary: JudiciaryService, now: datetime, tmp_path: Path) -> None:
    root = etree.Element(f"{R}Receipt", nsmap={"r": RECEIPT}, Id="R-1", version="1")
    etree.SubElement(root, f"{R}Event").text = "ContentConsignment"
    receipt = sign_document(root, judiciary.seal, now)
    octets = [receipt, replaced(receipt, b"ContentConsignment", b"ContentHandover")]
    signer = judiciary.pki / "municipality" / "seal-article-100.crt.pem"
    assert java.verdicts("SantuarioVerify", signer, tmp_path, octets) == ["accepted 2", "refused"]


@of_each_kind
def test_santuario_checks_a_message(
    java: Java, wire: bytes, changed: list[bytes], certificate: Path, tmp_path: Path
) -> None:
    verdicts = java.verdicts("SantuarioVerify", certificate, tmp_path, [wire, *changed])
    assert verdicts == ["accepted 7", *["refused"] * len(changed)]


@of_each_kind
def test_wss4j_checks_a_message(
    java: Java, wire: bytes, changed: list[bytes], authorities: Path, tmp_path: Path
) -> None:
    accepted, *others = java.verdicts("Wss4jVerify", authorities, tmp_path, [wire, *changed])
    assert accepted == "accepted Action BinarySecurityToken Body MessageID RelatesTo Timestamp To"
    # 6: WSS4J's "the signature or decryption was invalid".
    assert others == ["refused 6"] * len(changed)


def test_wss4j_knows_whom_to_believe(
    java: Java, judiciary: JudiciaryService, wire: bytes, now: datetime, authorities: Path, tmp_path: Path
) -> None:
    by_stranger = signed_message(judiciary.stranger, now).wire
    known, stranger = java.verdicts("Wss4jVerify", authorities, tmp_path, [wire, by_stranger])
    assert known.startswith("accepted")
    assert stranger.startswith("refused")


@pytest.mark.parametrize("soap", [SOAP, SOAP12])
def test_wss4j_checks_a_username_token(
    java: Java, judiciary: JudiciaryService, now: datetime, authorities: Path, tmp_path: Path, soap: str
) -> None:
    known = Credentials(username="city", password=b"long and random")

    def made(credentials: Credentials) -> bytes:
        return signed_message(judiciary.transport, now, soap=soap, token=credentials.token(now)).wire

    good = made(known)
    octets = [
        good,
        replaced(good, b">city<", b">town<"),
        made(replace(known, password=b"another")),
        made(replace(known, username="town")),
    ]
    accepted, changed, *others = java.verdicts(
        "Wss4jVerifyUser", authorities, tmp_path, octets, "city", "long and random"
    )
    assert accepted == "accepted Action BinarySecurityToken Body MessageID Timestamp To UsernameToken user:city"
    assert changed.startswith("refused")
    # 5: WSS4J's "the security token could not be authenticated or authorized".
    assert others == ["refused 5"] * 2

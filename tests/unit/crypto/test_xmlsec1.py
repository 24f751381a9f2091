"""The command lines of docs/audit/verify-with-xmlsec1.md, run by a stranger as they stand there."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from lxml import etree

from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.signature import encode
from tests.stranger import believes, command, lay_out, needs_xmlsec1, xmlsec1

from .conftest import SIGNED_AT, of_each_kind
from .edits import DS
from .forge import find, resigned
from .samples import JudiciaryService, notice, signed_message, slice_of, submission

R = f"{{{RECEIPT}}}"
pytestmark = needs_xmlsec1


def run(heading: str, folder: Path) -> bool:
    return believes(command(heading), folder)


@pytest.fixture
def folder(judiciary: JudiciaryService, tmp_path: Path) -> Path:
    lay_out(judiciary.pki, "municipality", "transport", tmp_path)
    return tmp_path


@of_each_kind
def test_a_stranger_checks_a_sealed_notice(judiciary: JudiciaryService, seal: bytes, folder: Path) -> None:
    (folder / "notice.xml").write_bytes(seal)
    assert run("A sealed notice", folder)
    (folder / "notice.xml").write_bytes(seal.replace(b"<n:Number>7<", b"<n:Number>8<"))
    assert not run("A sealed notice", folder)


def test_a_bare_key_in_a_notice_is_not_believed(judiciary: JudiciaryService, seal: bytes, folder: Path) -> None:
    """Signed by somebody else, who puts the key beside the signature: xmlsec1 believes it unless told not to."""
    numbers = x509.load_der_x509_certificate(judiciary.stranger.certificate.der).public_key().public_numbers()

    def edit(root: etree._Element) -> None:
        key_info = find(root, ".//ds:KeyInfo")
        key_info.clear()
        value = etree.SubElement(etree.SubElement(key_info, f"{DS}KeyValue"), f"{DS}RSAKeyValue")
        for name, number in (("Modulus", numbers.n), ("Exponent", numbers.e)):
            octets = number.to_bytes((number.bit_length() + 7) // 8, "big")
            etree.SubElement(value, DS + name).text = encode(octets)

    (folder / "notice.xml").write_bytes(resigned(seal, edit, judiciary.pki / "judiciary" / "transport.key.pem"))
    assert xmlsec1(command("A sealed notice").replace("--enabled-key-data x509", ""), folder).returncode == 0
    assert xmlsec1(command("A sealed notice"), folder).returncode == 1


@of_each_kind
def test_a_stranger_checks_a_receipt(judiciary: JudiciaryService, folder: Path) -> None:
    receipt = etree.Element(f"{R}Receipt", nsmap={"r": RECEIPT}, Id="R-1", version="1")
    etree.SubElement(receipt, f"{R}Event").text = "ContentConsignment"
    octets = sign_document(receipt, judiciary.seal, SIGNED_AT)
    (folder / "receipt.xml").write_bytes(octets)
    assert run("A receipt", folder)
    (folder / "receipt.xml").write_bytes(octets.replace(b"ContentConsignment", b"ContentHandover"))
    assert not run("A receipt", folder)


@of_each_kind
@pytest.mark.parametrize("relates_to", [None, "urn:uuid:7"])
def test_a_stranger_checks_a_stored_envelope(judiciary: JudiciaryService, folder: Path, relates_to: str | None) -> None:
    reference = "EB-" + "A" * 32
    inside = slice_of(reference, sign_document(notice(reference), judiciary.seal, SIGNED_AT))
    message = signed_message(
        judiciary.transport, SIGNED_AT, body=submission([reference]), slices=[inside], relates_to=relates_to
    )
    (folder / "envelope.xml").write_bytes(message.wire)
    assert run("A stored envelope", folder)
    for before, after in ((b"<n:Number>7<", b"<n:Number>8<"), (b"urn:eblagh:court", b"urn:eblagh:count")):
        changed = message.wire.replace(before, after)
        assert changed != message.wire
        (folder / "envelope.xml").write_bytes(changed)
        assert not run("A stored envelope", folder)

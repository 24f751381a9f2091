"""Signatures of many programs, out of signxml's source distribution: W3C's interoperability suites, XAdES of ETSI's and
DSS's tests, SAML, WS-Security, and XML bombs. Nobody of them is our partner, and none speaks our profile."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
import xmlsec
from lxml import etree

from adapters.crypto.keys.partner import Member, Partner
from adapters.crypto.message.soap_message import MessageVerifier
from gateway.trust.trust_policy import Rejection

from .archives import files
from .loosest import any_document, examine, partner_with_every_key, signature_at, signed_parts

SIGNED_INFO_ENDS = re.compile(rb"</(?:[\w-]+:)?SignedInfo\s*>")
Record = Callable[[str, object], None]
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def corpus() -> dict[str, bytes]:
    return files("signxml-*.tar.gz", "test/")


@pytest.fixture(scope="module")
def everybody(corpus: dict[str, bytes]) -> Partner:
    partner = partner_with_every_key(corpus.values())
    assert len(partner.members) > 200
    return partner


def documents(corpus: dict[str, bytes]) -> dict[str, bytes]:
    found = {name: octets for name, octets in corpus.items() if name.endswith(".xml")}
    assert len(found) > 190
    return found


def test_none_is_a_message_or_a_document_of_ours(
    corpus: dict[str, bytes], everybody: Partner, record_property: Record
) -> None:
    """Although every key is trusted and any root and content would do."""
    table: Counter[str] = Counter()
    for octets in documents(corpus).values():
        for kind, verifier in (("message", MessageVerifier(everybody)), ("document", any_document(everybody, octets))):
            with pytest.raises(Rejection) as refusal:
                verifier.examine(octets)
            table[f"{kind:8}  {refusal.value.code}"] += 1
    record_property("table", rows(table))


def test_what_is_believed_of_a_signature_wherever_it_stands(
    corpus: dict[str, bytes], everybody: Partner, record_property: Record
) -> None:
    """The shape is not looked at, only the signature. What is believed, xmlsec believes too; nothing changed is."""
    table: Counter[str] = Counter()
    believed = set()
    for name, octets in documents(corpus).items():
        for number in range(len(SIGNED_INFO_ENDS.findall(octets))):
            try:
                signer = examine(signature_at(octets, number), everybody)
            except Rejection as refusal:
                table[refusal.code] += 1
            else:
                table["believed"] += 1
                believed.add(name)
                believed_by_xmlsec(signature_at(octets, number), signer)
                disbelieved_when_changed(octets, number, everybody)
    assert believed == {
        "interop/pyXMLSecurity/SAML_assertion_sha256.xml",
        "interop/xml-crypto/wsfederation_metadata.xml",
        "xades/nonconformant-dss-2293.xml",
        "xades/signature_property_signed.xml",
        "xades/xades-counter-signature-injected.xml",
    }
    record_property("table", rows(table))


def believed_by_xmlsec(signature: etree._Element, signer: Member) -> None:
    """Raise unless it is."""
    xmlsec.tree.add_ids(signature.getroottree().getroot(), ["Id", "ID"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(signer.certificate.der, xmlsec.constants.KeyDataFormatCertDer)
    context.verify(signature)


def disbelieved_when_changed(octets: bytes, number: int, partner: Partner) -> None:
    """Change each part that is signed, one at a time."""
    for place in range(len(list(signed_parts(signature_at(octets, number))))):
        signature = signature_at(octets, number)
        list(signed_parts(signature))[place].element.set("changed", "yes")
        with pytest.raises(Rejection) as refusal:
            examine(signature, partner)
        assert refusal.value.code == "verify.digest"


def rows(table: Counter[str]) -> str:
    return "\n".join(f"{count:5}  {row}" for row, count in sorted(table.items()))

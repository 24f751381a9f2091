"""Receipts that Java's and Node's own tools sign with XAdES: read by a policy, and by an auditor without one."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from adapters.crypto.foreign.any_document import AnyDocumentVerifier
from adapters.crypto.foreign.document_policy import LOOSEST, DocumentPolicy, SignaturePlace
from adapters.crypto.keys import names
from adapters.shipped.resources import ROOT
from gateway.trust.trust_policy import Rejection
from tests.unit.crypto.samples import JudiciaryService
from tests.unit.crypto.xades_templates import SLIP, TAG, Form, properties_of

from .jvm import Java, needs_java
from .npm import Node, needs_node

pytestmark = pytest.mark.long

FORMS = [
    ("enveloped", names.RSA_SHA256, names.SHA256, names.C14N),
    ("enveloped", names.RSA_PSS_SHA256, names.SHA256, names.C14N11),
    ("enveloping", names.RSA_SHA512, names.SHA512, names.EXC_C14N),
    ("enveloping", names.RSA_PSS_SHA384, names.SHA384, names.C14N),
    ("detached", names.RSA_PSS_SHA512, names.SHA512, names.C14N11),
]


def read_by_both(judiciary: JudiciaryService, octets: bytes, policy: DocumentPolicy, tag: str) -> list[bytes]:
    """Return what each reader reads; both refuse a changed value and another algorithm."""
    readers = [
        AnyDocumentVerifier(judiciary.partner, tag, None, policy),
        AnyDocumentVerifier(judiciary.partner, None, None, LOOSEST),
    ]
    for reader in readers:
        for changed in (octets.replace(b"EB-1", b"EB-2"), octets.replace(b"LEGAL<", b"VIEWED<")):
            if changed != octets:
                with pytest.raises(Rejection) as refusal:
                    reader.examine(changed)
                assert refusal.value.code == "verify.digest"
    found = [reader.examine(octets) for reader in readers]
    assert {each.signer.thumbprint for each in found} == {judiciary.transport.certificate.thumbprint}
    return [octets for each in found for octets in each.covered.values()]


@needs_java
def test_the_jdk_signs_in_every_place(
    java: Java, judiciary: JudiciaryService, key: Path, certificate: Path, now: datetime, tmp_path: Path
) -> None:
    slip = tmp_path / "slip.xml"
    slip.write_text(f'<s:Slip xmlns:s="{SLIP}" Id="S-1"><s:Reference>EB-1</s:Reference></s:Slip>', encoding="utf-8")
    for place, algorithm, digest, c14n in FORMS:
        time = f"<xades:SigningTime>{now.isoformat()}</xades:SigningTime>"
        form = Form(place=place, algorithm=algorithm, digest=digest, c14n=c14n, time=time)
        properties, made = tmp_path / "properties.xml", tmp_path / "signed.xml"
        properties.write_text(properties_of(form, judiciary.transport), encoding="utf-8")
        java.run("XadesSign", key, certificate, slip, properties, place, algorithm, digest, c14n, made)
        policy = replace(LOOSEST, place=SignaturePlace(place), signing_time=True)
        read = read_by_both(judiciary, made.read_bytes(), policy, TAG)
        assert all(b"<s:Reference>EB-1</s:Reference>" in octets for octets in read)
        narrow = replace(policy, algorithms=frozenset({names.ECDSA_SHA256}))
        with pytest.raises(Rejection) as refusal:
            AnyDocumentVerifier(judiciary.partner, TAG, None, narrow).examine(made.read_bytes())
        assert refusal.value.code == "verify.algorithm"


@needs_node
def test_xml_crypto_signs_the_receipts_of_an_example(
    node: Node, judiciary: JudiciaryService, key: Path, certificate: Path
) -> None:
    server = ROOT / "examples" / "soap_login_tickets" / "server"
    octets = node.run("xml_crypto_receipt.js", key, certificate, server)
    read = read_by_both(judiciary, octets, DocumentPolicy(), "{http://peyk.invalid/receipt/1}Receipt")
    assert len(set(read)) == 1
    assert b"<r:Event>LEGAL</r:Event>" in read[0]
    assert b"Signature" not in read[0]

"""The envelopes of zeep's own WS-Security tests, signed as those tests do, by a key that we trust.

zeep believes each of them, and so does our signature check where they use SHA-256. But none says what a message of ours
must: there are no addressing headers, often no Timestamp, and the token is not signed.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree
from zeep.wsse import BinarySignature, Signature

from adapters.crypto.keys import names
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection
from tests.unit.crypto.certificates import issue, write

from .archives import files
from .loosest import examine, partner_with_every_key, signature_at
from .test_signatures import rows

ALGORITHMS = {
    "SHA-1": (xmlsec.constants.TransformRsaSha1, xmlsec.constants.TransformSha1),
    "SHA-256": (xmlsec.constants.TransformRsaSha256, xmlsec.constants.TransformSha256),
}


@pytest.fixture(scope="module")
def corpus() -> dict[str, bytes]:
    return files("zeep-*.tar.gz", "tests/")


def envelopes(corpus: dict[str, bytes]) -> Iterator[bytes]:
    """Yield the SOAP 1.1 envelopes that stand as literals in the tests of WS-Security."""
    for name, source in corpus.items():
        if name.startswith("test_wsse"):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and "Envelope" in node.value:
                    text = node.value.strip().encode()
                    if names.SOAP.encode() in text:
                        yield text


def test_envelopes_that_zeep_signs_and_believes(
    corpus: dict[str, bytes], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    signer = issue("signer")
    key = str(write(tmp_path / "key.pem", signer.key_pem()))
    certificate = str(write(tmp_path / "certificate.pem", signer.pem))
    partner = partner_with_every_key([signer.certificate.public_bytes(Encoding.DER)])
    table: Counter[str] = Counter()
    for octets in envelopes(corpus):
        table[f"unsigned                  {refusal(MessageVerifier(partner), octets)}"] += 1
        for kind in (Signature, BinarySignature):
            for algorithm, (method, digest) in ALGORITHMS.items():
                plugin = kind(key, certificate, signature_method=method, digest_method=digest)
                envelope = etree.fromstring(octets)
                envelope, _ = plugin.apply(envelope, {})
                plugin.verify(envelope)
                signed = etree.tostring(envelope)
                table[f"{kind.__name__:16} {algorithm:8} {refusal(MessageVerifier(partner), signed)}"] += 1
                if algorithm == "SHA-256":
                    assert examine(signature_at(signed, 0), partner)
    assert table.total() > 20
    record_property("table", rows(table))


def test_the_certificate_of_its_tests_is_no_partner(corpus: dict[str, bytes], tmp_path: Path) -> None:
    """It is an authority that signed itself."""
    certificate = x509.load_pem_x509_certificate(corpus["cert_valid.pem"])
    own = write(tmp_path / "own.pem", certificate.public_bytes(Encoding.PEM))
    with pytest.raises(GatewayError) as error:
        load_partner("zeep", [own], [own])
    assert error.value.code == "certificate.untrusted"


def refusal(verifier: MessageVerifier, octets: bytes) -> str:
    with pytest.raises(Rejection) as refused:
        verifier.examine(octets)
    return refused.value.code

"""Mizan where seals come as attachments. It takes messages apart with Python's `email`, and judges them itself: xmlsec
knows no attachments, so that the signature is checked here reference by reference (XML Signature Syntax, 3.2; Web
Services Security SOAP Messages with Attachments Profile 1.1, 5.4)."""

from __future__ import annotations

import base64
import email.policy
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509 import load_pem_x509_certificates
from lxml import etree

from .server import WSU, M, Mizan

DS = "{http://www.w3.org/2000/09/xmldsig#}"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
CONTENT = "http://docs.oasis-open.org/wss/oasis-wss-SwAProfile-1.1#Attachment-Content-Signature-Transform"


@dataclass
class AttachedMizan(Mizan):
    """``seals`` are all attachments that ever came, by Content-ID."""

    profile: ClassVar[Path] = Path(__file__).parents[1] / "mizan_swa" / "profile"
    seals: dict[str, bytes] = field(default_factory=dict)
    beside: dict[str, bytes] = field(default_factory=dict)
    """The attachments of the present message."""

    def answer(self, octets: bytes) -> tuple[int, bytes]:
        self.beside, envelope = {}, octets
        if self.media_type.startswith("multipart/related"):
            envelope = self._taken_apart(octets)
        return super().answer(envelope)

    def _taken_apart(self, octets: bytes) -> bytes:
        header = f"Content-Type: {self.media_type}\r\n\r\n".encode()
        whole = email.message_from_bytes(header + octets, policy=email.policy.HTTP)
        assert not whole.defects
        root, *others = whole.iter_parts()  # type: ignore[attr-defined]
        assert whole.get_param("start") == root["Content-ID"], "the envelope comes first"
        assert whole.get_param("type") == root.get_content_type() == "text/xml"
        for part in others:
            assert part["Content-ID"] not in self.beside
            self.beside[part["Content-ID"].strip("<>")] = part.get_payload(decode=True)
        self.seals |= self.beside
        envelope = root.get_payload(decode=True)
        assert isinstance(envelope, bytes)
        return envelope

    def _assert_signed(self, envelope: etree._Element, header: etree._Element, body: etree._Element) -> None:
        signature = envelope.find(f".//{DS}Signature")
        info, value = signature.find(f"{DS}SignedInfo"), base64.b64decode(signature.findtext(f"{DS}SignatureValue", ""))
        key = load_pem_x509_certificates(self.partner.read_bytes())[0].public_key()
        assert isinstance(key, rsa.RSAPublicKey)
        key.verify(value, _canonical(info), padding.PKCS1v15(), SHA256())
        here = {f"#{element.get(f'{{{WSU}}}Id')}": element for element in envelope.iter(etree.Element)}
        signed = set()
        for reference in info.iter(f"{DS}Reference"):
            uri = reference.get("URI")
            [step] = [each.get("Algorithm") for each in reference.iter(f"{DS}Transform")]
            if uri.startswith("cid:"):
                assert step == CONTENT
                octets = _canonical(etree.fromstring(self.beside[uri.removeprefix("cid:")]))
            else:
                assert step == EXCLUSIVE
                octets = _canonical(here[uri])
            promised = base64.b64decode(reference.findtext(f"{DS}DigestValue", ""))
            assert promised == hashlib.sha256(octets).digest(), f"digest of {uri}"
            signed.add(uri)
        assert {f"cid:{name}" for name in self.beside} | {f"#{body.get(f'{{{WSU}}}Id')}"} <= signed

    def _seal_digest(self, request: etree._Element) -> str:
        reported = request.find(f"{M}Envelope")
        [(name, octets)] = self.beside.items()
        digest = hashlib.sha256(octets).hexdigest()
        assert (reported.get("beside"), reported.get("size"), reported.get("sha256")) == (
            name,
            str(len(octets)),
            digest,
        )
        return digest

    def _where(self, request: etree._Element) -> etree._Element:
        assert len(request) == 1, "one letter is asked about at a time"
        return super()._where(request)


def _canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)

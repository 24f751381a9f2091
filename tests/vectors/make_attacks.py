"""Makes the files of tests/vectors/attacks anew: `python -m tests.vectors.make_attacks`, in the repository's root.

Keys are thrown away when it ends, so all files change at once and go with the new certificates beside them. Each attack
is a good message, notice or receipt with one edit; where a forger with the key could sign it, xmlsec signs it anew.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.message.credentials import Credentials
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.message.username_token import UsernameToken
from adapters.crypto.xml.document import sign_document
from adapters.crypto.xml.signature import encode
from adapters.crypto.xml.strict_xml import load_schema
from adapters.sandbox.judiciary import issued_receipts
from adapters.sandbox.judiciary.ledger_transaction import DueEvent
from adapters.sandbox.pki.devpki import generate
from adapters.shipped.resources import CERTS, NOTICE_SCHEMA, SCHEMAS
from gateway.notice.delivery_state import DeliveryEvent
from gateway.runtime.clock import timestamp
from tests.unit.crypto.conftest import SIGNED_AT
from tests.unit.crypto.edits import (
    BODY_REFERENCE,
    DS,
    EC,
    HMAC,
    INCLUSIVE,
    RSA_SHA1,
    SHA1,
    STYLESHEET,
    XSLT,
    add,
    all_of,
    another_reference,
    aside,
    drop,
    put,
    say,
    transform,
    wrapped,
)
from tests.unit.crypto.forge import Edit, canonical_octets, edited, find, resigned
from tests.unit.crypto.samples import ACTION, LIFETIME, TO, JudiciaryService, inquiry, notice, signer

from .attacks import ANSWERED, CREDENTIALS, FOLDER, REFERENCE, SEAL_DIGEST
from .octet_edits import in_reference, last_bits, many_attributes, many_namespaces, other_base64, unused_namespaces

XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
RSA_MD5: Final = "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"
MD5: Final = "http://www.w3.org/2001/04/xmldsig-more#md5"
NOT_TEXT: Final = f'<ds:XPath xmlns:ds="{names.DS}">not(self::text())</ds:XPath>'
BODY_TRANSFORM: Final = f"{BODY_REFERENCE}//ds:Transform"
ROOT_REFERENCE: Final = ".//ds:Reference[1]"
ROOT_TRANSFORM: Final = f"{ROOT_REFERENCE}//ds:Transform[2]"
PROPERTIES_REFERENCE: Final = ".//ds:Reference[2]"
PARTS: Final = ("To", "Action", "MessageID", "Timestamp", "BinarySecurityToken", "Body")
AFTER_ALL_CERTIFICATES: Final = SIGNED_AT + timedelta(days=1000)
LONG_NAMESPACE: Final = b'xmlns:a="urn:' + b"x" * 253 + b'"'
HOUR: Final = timedelta(hours=1)
USERNAME_TOKEN: Final = ".//wsse:UsernameToken"
TOKEN_REFERENCE: Final = ".//ds:Reference[@URI='#M-UsernameToken']"
PASSWORD_TEXT: Final = names.USERNAME_DIGEST.replace("PasswordDigest", "PasswordText")


class Forger:
    """The municipality's keys, its good papers, and what can be made of them."""

    def __init__(self, pki: Path) -> None:
        self.judiciary = JudiciaryService(pki, load_schema(NOTICE_SCHEMA, SCHEMAS))
        self.receipts = signer(pki, "judiciary", "receipts")
        self.message = self.sent()
        self.with_token = self.sent(token=CREDENTIALS.token(SIGNED_AT))
        self.notice = self.sealed()
        self.receipt = self.received()

    def sent(
        self,
        body: etree._Element | None = None,
        *,
        by: Signer | None = None,
        created: datetime = SIGNED_AT,
        lifetime: timedelta = LIFETIME,
        relates_to: str | None = None,
        token: UsernameToken | None = None,
    ) -> bytes:
        addressing = Addressing(to=TO, action=ACTION, message_id="urn:uuid:0000-1", relates_to=relates_to)
        payload = inquiry() if body is None else body
        return sign_message(payload, addressing, by or self.judiciary.transport, created, lifetime, token=token).wire

    def sealed(self, edit: Edit = lambda root: None, *, by: Signer | None = None, at: datetime = SIGNED_AT) -> bytes:
        root = notice(REFERENCE)
        edit(root)
        return sign_document(root, by or self.judiciary.seal, at)

    def received(self, reference: str = REFERENCE, seal_digest: str = SEAL_DIGEST) -> bytes:
        due = DueEvent(
            reference=reference,
            tracking="S-1",
            seal_digest=seal_digest,
            event=DeliveryEvent.CONTENT_CONSIGNMENT,
            happened_at=SIGNED_AT,
        )
        return issued_receipts.issue(due, self.receipts, SIGNED_AT).octets

    def message_signed_anew(self, *edits: Edit, key: Path | bytes | None = None) -> bytes:
        return resigned(self.message, all_of(*edits), key or self.judiciary.pki / "municipality" / "transport.key.pem")

    def token_signed_anew(self, *edits: Edit) -> bytes:
        return resigned(self.with_token, all_of(*edits), self.judiciary.pki / "municipality" / "transport.key.pem")

    def notice_signed_anew(self, *edits: Edit) -> bytes:
        key = self.judiciary.pki / "municipality" / "seal-article-100.key.pem"
        return resigned(self.notice, all_of(*edits), key)

    def payload(self, content: bytes, attributes: bytes = b"") -> etree._Element:
        """An inquiry with more in it."""
        octets = canonical_octets(inquiry()).replace(b"<j:Inquiry>", b"<j:Inquiry" + attributes + b">" + content)
        return etree.fromstring(octets)


def second_body(root: etree._Element) -> None:
    twin = copy.deepcopy(find(root, "soap:Body"))
    twin.set(names.WSU_ID, "M-Forged")
    find(twin, ".//j:Reference").text = "EB-FORGED"
    root.append(twin)


def second_signature(root: etree._Element) -> None:
    twin = copy.deepcopy(find(root, ".//ds:Signature"))
    find(twin, ".//ds:SignatureValue").text = "AAAA"
    find(root, ".//wsse:Security").append(twin)


def second_token(root: etree._Element) -> None:
    twin = copy.deepcopy(find(root, USERNAME_TOKEN))
    twin.attrib.pop(names.WSU_ID)
    find(twin, "wsse:Username").text = "another-city"
    find(root, ".//wsse:Security").append(twin)


def token_of_another_message(root: etree._Element) -> None:
    """The sender's own token, good and fresh, that came with another message."""
    other = CREDENTIALS.token(SIGNED_AT + timedelta(seconds=30))
    say(".//wsse:Password", encode(other.digest))(root)
    say(".//wsse:Nonce", encode(other.nonce))(root)
    say(f"{USERNAME_TOKEN}/wsu:Created", other.created)(root)


def digest_over(nonce: bytes, created: str) -> Edit:
    """A digest that is made with the password, over less than it must be."""
    return say(".//wsse:Password", encode(CREDENTIALS.digest(nonce, created)))


def only_properties(root: etree._Element) -> None:
    id_ = find(root, ROOT_REFERENCE).attrib["Id"]
    drop(ROOT_REFERENCE)(root)
    find(root, ".//ds:Reference").set("Id", id_)


def digest_of_another(certificate: bytes) -> Edit:
    return say(".//xades:CertDigest/ds:DigestValue", encode(hashlib.sha256(certificate).digest()))


def fault(_: Forger) -> bytes:
    envelope = etree.Element(f"{{{names.SOAP}}}Envelope", nsmap={"soap": names.SOAP})
    body = etree.SubElement(envelope, f"{{{names.SOAP}}}Body")
    element = etree.SubElement(body, f"{{{names.SOAP}}}Fault")
    etree.SubElement(element, "faultcode").text = "soap:Client.busy"
    etree.SubElement(element, "faultstring").text = "come again"
    return canonical_octets(envelope)


GOOD: Mapping[str, Callable[[Forger], bytes]] = {
    "message-good": lambda f: f.message,
    "answer-good": lambda f: f.sent(relates_to=ANSWERED),
    "notice-good": lambda f: f.notice,
    "receipt-good": lambda f: f.receipt,
    "token-good": lambda f: f.with_token,
}

MESSAGES: Mapping[str, Callable[[Forger], bytes]] = {
    # What is signed is not what is read.
    "message-body-moved-aside": lambda f: edited(f.message, aside("soap:Body/*")),
    "message-body-moved-to-header": lambda f: edited(
        f.message, all_of(add("soap:Header", "{urn:x}Wrapper"), aside("soap:Header/{urn:x}Wrapper"))
    ),
    "message-second-body": lambda f: edited(f.message, second_body),
    "message-second-signature": lambda f: edited(f.message, second_signature),
    "message-duplicate-id": lambda f: f.sent(f.payload(b"", b' xmlns:u="%s" u:Id="M-Body"' % names.WSU.encode())),
    "message-duplicate-id-of-another-kind": lambda f: f.sent(f.payload(b"", b' xml:id="M-Timestamp"')),
    "message-only-timestamp-signed": lambda f: f.message_signed_anew(
        *(drop(f".//ds:Reference[@URI='#M-{part}']") for part in PARTS if part != "Timestamp")
    ),
    "message-body-not-signed": lambda f: f.message_signed_anew(drop(BODY_REFERENCE)),
    "message-action-not-signed": lambda f: f.message_signed_anew(drop(".//ds:Reference[@URI='#M-Action']")),
    # What a parser does before anybody looks.
    "message-doctype": lambda f: b"<!DOCTYPE soap:Envelope>" + f.message,
    "message-doctype-external": lambda f: b'<!DOCTYPE soap:Envelope SYSTEM "outside.dtd">' + f.message,
    "message-doctype-entity": lambda f: (
        b'<!DOCTYPE soap:Envelope [<!ENTITY b "AA">]>' + f.message.replace(b"EB-AAAA", b"EB-&b;AA")
    ),
    # What costs.
    "message-inclusive-c14n": lambda f: f.message_signed_anew(put(".//ds:CanonicalizationMethod", Algorithm=INCLUSIVE)),
    "message-inclusive-transform": lambda f: f.message_signed_anew(put(BODY_TRANSFORM, Algorithm=INCLUSIVE)),
    "message-many-namespaces": lambda f: unused_namespaces(f.sent(f.payload(b"<a/>")), many_namespaces(33)),
    "message-long-namespace": lambda f: unused_namespaces(f.sent(f.payload(b"<a/>")), LONG_NAMESPACE),
    "message-many-attributes": lambda f: f.sent(f.payload(b"", many_attributes(33))),
    "message-deep": lambda f: f.sent(f.payload(b"<a>" * 40 + b"</a>" * 40)),
    "message-long-id": lambda f: f.sent(f.payload(b"", b' Id="' + b"x" * 257 + b'"')),
    "message-xslt": lambda f: f.message_signed_anew(transform(BODY_TRANSFORM, XSLT, STYLESHEET)),
    "message-xpath": lambda f: f.message_signed_anew(transform(BODY_TRANSFORM, XPATH, NOT_TEXT)),
    "message-inclusive-prefixes": lambda f: f.message_signed_anew(
        add(BODY_TRANSFORM, f"{EC}InclusiveNamespaces", PrefixList="soap")
    ),
    # Where a reference leads.
    "message-external-reference": lambda f: f.message_signed_anew(another_reference("outside.xml")),
    "message-reference-twice": lambda f: f.message_signed_anew(another_reference("#M-Body")),
    "message-xpointer-reference": lambda f: f.message_signed_anew(another_reference("#xpointer(id('M-Body'))")),
    # Whose key, which algorithm.
    "message-attackers-key": lambda f: f.sent(by=f.judiciary.stranger),
    "message-attackers-signature": lambda f: f.message_signed_anew(
        key=f.judiciary.pki / "judiciary" / "transport.key.pem"
    ),
    "message-hmac": lambda f: f.message_signed_anew(
        put(".//ds:SignatureMethod", Algorithm=HMAC), key=f.judiciary.transport.certificate.der
    ),
    "message-hmac-output-length": lambda f: f.message_signed_anew(
        put(".//ds:SignatureMethod", Algorithm=HMAC),
        add(".//ds:SignatureMethod", f"{DS}HMACOutputLength"),
        say(".//ds:HMACOutputLength", "128"),
        key=f.judiciary.transport.certificate.der,
    ),
    "message-signature-method-parameter": lambda f: f.message_signed_anew(
        add(".//ds:SignatureMethod", f"{DS}HMACOutputLength")
    ),
    "message-sha1-signature": lambda f: f.message_signed_anew(put(".//ds:SignatureMethod", Algorithm=RSA_SHA1)),
    "message-md5-signature": lambda f: f.message_signed_anew(put(".//ds:SignatureMethod", Algorithm=RSA_MD5)),
    "message-sha1-digest": lambda f: f.message_signed_anew(put(f"{BODY_REFERENCE}/ds:DigestMethod", Algorithm=SHA1)),
    "message-md5-digest": lambda f: f.message_signed_anew(put(f"{BODY_REFERENCE}/ds:DigestMethod", Algorithm=MD5)),
    # What a signature does not see.
    "message-comment": lambda f: in_reference(f.message, b"<!---->"),
    "message-processing-instruction": lambda f: f.sent(
        etree.fromstring(in_reference(canonical_octets(inquiry()), b"<?cut here?>"))
    ),
    # When, and how often.
    "message-stale": lambda f: f.sent(created=SIGNED_AT - 2 * HOUR, lifetime=3 * HOUR),
    "message-from-the-future": lambda f: f.sent(created=SIGNED_AT + HOUR),
    "message-expired": lambda f: f.sent(created=SIGNED_AT - timedelta(minutes=4), lifetime=timedelta(seconds=1)),
    "message-under-an-expired-certificate": lambda f: f.sent(created=AFTER_ALL_CERTIFICATES),
    "message-again": lambda f: f.message,
    "message-again-in-other-base64": lambda f: other_base64(f.message),
    "answer-to-another-request": lambda f: f.sent(relates_to="urn:uuid:another"),
    # What is no message.
    "message-cut-off": lambda f: f.message[:-9],
    "message-not-utf-8": lambda f: in_reference(f.message, b"\xff"),
    "message-byte-order-mark": lambda f: b"\xef\xbb\xbf" + f.message,
    "message-other-encoding": lambda f: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + f.message,
    "message-relative-namespace": lambda f: f.message.replace(b"<j:Inquiry>", b'<j:Inquiry xmlns:q="q">'),
    "message-junk-in-base64": lambda f: f.message.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>!"),
    "message-no-break-space-in-base64": lambda f: f.message.replace(
        b"<ds:SignatureValue>", b"<ds:SignatureValue>\xc2\xa0"
    ),
    "message-time-without-offset": lambda f: f.message_signed_anew(say(".//wsu:Created", "2026-02-03T09:30:15")),
    "message-unsigned": lambda f: edited(f.message, drop(".//ds:Signature")),
    "message-unsigned-fault": fault,
    # What was changed.
    "message-changed-after-signing": lambda f: f.message.replace(b"EB-AAAA", b"EB-BAAA"),
}

TOKENS: Mapping[str, Callable[[Forger], bytes]] = {
    "message-token-where-none-is-agreed": lambda f: f.with_token,
    "message-unsigned-token-where-none-is-agreed": lambda f: f.token_signed_anew(drop(TOKEN_REFERENCE)),
    "token-removed": lambda f: edited(f.with_token, drop(USERNAME_TOKEN)),
    "token-never-there": lambda f: f.message,
    "token-twice": lambda f: edited(f.with_token, second_token),
    "token-not-signed": lambda f: f.token_signed_anew(drop(TOKEN_REFERENCE)),
    "token-of-another-message": lambda f: edited(f.with_token, token_of_another_message),
    "token-password-text": lambda f: f.token_signed_anew(
        put(".//wsse:Password", Type=PASSWORD_TEXT), say(".//wsse:Password", CREDENTIALS.password.decode())
    ),
    "token-password-type-left-out": lambda f: f.token_signed_anew(
        lambda root: find(root, ".//wsse:Password").attrib.pop("Type")
    ),
    "token-without-a-nonce": lambda f: f.token_signed_anew(
        drop(".//wsse:Nonce"), digest_over(b"", timestamp(SIGNED_AT))
    ),
    "token-with-an-empty-nonce": lambda f: f.token_signed_anew(
        say(".//wsse:Nonce", ""), digest_over(b"", timestamp(SIGNED_AT))
    ),
    "token-of-another-password": lambda f: f.sent(
        token=Credentials(username=CREDENTIALS.username, password=b"123456").token(SIGNED_AT)
    ),
    "token-of-another-user": lambda f: f.sent(token=replace(CREDENTIALS, username="another-city").token(SIGNED_AT)),
    "token-stale": lambda f: f.sent(token=CREDENTIALS.token(SIGNED_AT - HOUR)),
    "token-from-the-future": lambda f: f.sent(token=CREDENTIALS.token(SIGNED_AT + HOUR)),
    "token-again": lambda f: f.with_token,
}

DOCUMENTS: Mapping[str, Callable[[Forger], bytes]] = {
    "notice-wrapped": lambda f: edited(f.notice, wrapped),
    "notice-duplicate-id": lambda f: f.notice_signed_anew(
        put(ROOT_REFERENCE, Id=f"N-{REFERENCE}-signature"),
        put(".//xades:DataObjectFormat", ObjectReference=f"#N-{REFERENCE}-signature"),
    ),
    "notice-only-properties-signed": lambda f: f.notice_signed_anew(only_properties),
    "notice-properties-not-signed": lambda f: f.notice_signed_anew(drop(PROPERTIES_REFERENCE)),
    "notice-doctype": lambda f: b"<!DOCTYPE n:Notice>" + f.notice,
    "notice-inclusive-c14n": lambda f: f.notice_signed_anew(put(".//ds:CanonicalizationMethod", Algorithm=INCLUSIVE)),
    "notice-inclusive-transform": lambda f: f.notice_signed_anew(put(ROOT_TRANSFORM, Algorithm=INCLUSIVE)),
    "notice-many-namespaces": lambda f: unused_namespaces(f.notice, many_namespaces(33), b"n:Case"),
    "notice-long-namespace": lambda f: unused_namespaces(f.notice, LONG_NAMESPACE, b"n:Case"),
    "notice-many-attributes": lambda f: f.sealed(put(".//n:Case", **{f"a{i}": "" for i in range(33)})),
    "notice-xslt": lambda f: f.notice_signed_anew(transform(ROOT_TRANSFORM, XSLT, STYLESHEET)),
    "notice-external-reference": lambda f: f.notice_signed_anew(another_reference("outside.xml", PROPERTIES_REFERENCE)),
    "notice-attackers-key": lambda f: f.sealed(by=f.judiciary.stranger),
    "notice-attackers-signature": lambda f: resigned(
        f.notice, all_of(), f.judiciary.pki / "judiciary" / "transport.key.pem"
    ),
    "notice-hmac": lambda f: resigned(
        f.notice, put(".//ds:SignatureMethod", Algorithm=HMAC), f.judiciary.seal.certificate.der
    ),
    "notice-sha1-signature": lambda f: f.notice_signed_anew(put(".//ds:SignatureMethod", Algorithm=RSA_SHA1)),
    "notice-sha1-digest": lambda f: f.notice_signed_anew(put(f"{ROOT_REFERENCE}/ds:DigestMethod", Algorithm=SHA1)),
    "notice-comment": lambda f: in_reference(f.notice, b"<!---->"),
    "notice-from-the-future": lambda f: f.sealed(at=SIGNED_AT + HOUR),
    "notice-under-an-expired-certificate": lambda f: f.sealed(at=AFTER_ALL_CERTIFICATES),
    "notice-cut-off": lambda f: f.notice[:-9],
    "notice-other-encoding": lambda f: b'<?xml version="1.0" encoding="ISO-8859-1"?>' + f.notice,
    "notice-time-without-offset": lambda f: f.notice_signed_anew(say(".//xades:SigningTime", "2026-02-03T09:30:15")),
    "notice-unsigned": lambda f: canonical_octets(notice(REFERENCE)),
    "notice-changed-after-signing": lambda f: f.notice.replace(b"<n:Number>7<", b"<n:Number>8<"),
    "notice-not-canonical": lambda f: f.notice.replace(b"<n:Number>7<", b"<n:Number>&#55;<"),
    "notice-in-other-base64": lambda f: last_bits(f.notice),
    "notice-without-a-district": lambda f: f.sealed(drop(".//n:District")),
    "notice-properties-of-another-certificate": lambda f: f.notice_signed_anew(
        digest_of_another(f.judiciary.stranger.certificate.der)
    ),
    "receipt-about-another-notice": lambda f: f.received(reference="EB-" + "B" * 32),
    "receipt-about-another-seal": lambda f: f.received(seal_digest="sha256:" + "b" * 64),
}


def write(folder: Path) -> None:
    """Write all files, and the certificates that go with them, to ``folder``."""
    with tempfile.TemporaryDirectory() as directory:
        pki = Path(directory) / "pki"
        generate(pki, tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8")), SIGNED_AT)
        (folder / "outside.xml").write_bytes(b"<outside></outside>")
        forger = Forger(pki)
        # xmlsec follows references to files from here.
        with contextlib.chdir(folder):
            for name, make in {**GOOD, **MESSAGES, **TOKENS, **DOCUMENTS}.items():
                Path(f"{name}.xml").write_bytes(make(forger))
        shutil.copytree(pki, folder / "certificates", ignore=shutil.ignore_patterns("*.key.pem"))


def main() -> None:
    for file in FOLDER.glob("*.xml"):
        file.unlink()
    shutil.rmtree(FOLDER / "certificates", ignore_errors=True)
    write(FOLDER)


if __name__ == "__main__":
    main()

"""Notices and messages to sign, and the reader that they are meant for."""

from __future__ import annotations

import base64
import tomllib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer, load_signer
from adapters.crypto.keys.names import JUDICIARY, NOTICE
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.message.soap_message import MessageVerifier
from adapters.crypto.message.soap_signing import Addressing, SignedMessage, sign_message
from adapters.crypto.message.username_token import UsernameToken
from adapters.crypto.xml.document import DocumentVerifier
from adapters.shipped.resources import CERTS
from gateway.judiciary.courier import SealSlice
from gateway.notice.notice import sha256

N, J = f"{{{NOTICE}}}", f"{{{JUDICIARY}}}"
LIFETIME = timedelta(minutes=5)
TO, ACTION, MESSAGE_ID = "urn:eblagh:court", "urn:eblagh:judiciary:1/SubmitNotices", "urn:uuid:0000-1"


class JudiciaryService:
    """The judiciary's side of the municipality's PKI, with the municipality's keys beside it."""

    def __init__(self, pki: Path, schema: etree.XMLSchema) -> None:
        self.pki = pki
        self.transport = signer(pki, "municipality", "transport")
        self.seal = signer(pki, "municipality", "seal-article-100")
        self.stranger = signer(pki, "judiciary", "transport")
        files = sorted((pki / "municipality").glob("*.crt.pem"))
        self.partner = load_partner("municipality", files, [pki / "anchors" / "municipality-root.pem"])
        self.messages = MessageVerifier(self.partner)
        self.documents = DocumentVerifier(self.partner, f"{N}Notice", schema)


def plan(keys: str = "rsa-2048") -> dict[str, Any]:
    """The plan of the development PKI with keys of this kind throughout."""
    found = tomllib.loads((CERTS / "development.toml").read_text(encoding="utf-8"))
    for party in found["party"].values():
        for subject in (party["root"], party["issuing"], *party["end"].values()):
            subject["key"] = keys
    return found


def signer(pki: Path, party: str, name: str) -> Signer:
    return load_signer(pki / party / f"{name}.key.pem", pki / party / f"{name}.crt.pem")


def notice(reference: str, content: bytes = b"%PDF-1.7 %%EOF", subject: str = "رأی «قلع» & <تخریب>") -> etree._Element:
    """An unsigned notice that fits its schema."""
    root = etree.Element(f"{N}Notice", nsmap={"n": NOTICE}, Id=f"N-{reference}", version="1")
    _add(root, Reference=reference)
    _add(_group(root, "IssuingBody"), Code="article-100", Title="کمیسیون ماده صد", District="منطقه ۶")
    _add(_group(root, "Case"), Number="۱۴۰۴/۱۲۳")
    _add(_group(root, "Paper"), Number="7", Kind="ruling", Subject=subject, IssuedOn="2026-02-03", Revision="1")
    _add(_group(root, "Recipient"), Kind="NATURAL", Identifier="9990000000", Name="شهروند (نمونه)")
    _add(
        _group(root, "Document"),
        Name="ruling.pdf",
        MediaType="application/pdf",
        Size=str(len(content)),
        Digest=sha256(content),
        Content=base64.b64encode(content).decode("ascii"),
    )
    return root


def attach(root: etree._Element, attached: Sequence[tuple[str, bytes]]) -> etree._Element:
    """Put documents of these media types and octets beside the paper."""
    for number, (media_type, content) in enumerate(attached, start=1):
        _add(
            _group(root, "Attachment"),
            Name=f"attachment {number}",
            Title=f"پیوست {number}",
            MediaType=media_type,
            Size=str(len(content)),
            Digest=sha256(content),
            Content=base64.b64encode(content).decode("ascii"),
        )
    return root


def slice_of(reference: str, octets: bytes) -> SealSlice:
    return SealSlice(reference=reference, octets=octets, digest=sha256(octets))


def json_submission(seals: Sequence[SealSlice]) -> dict[str, Any]:
    """Return the body of a submission over the contract in JSON."""
    return {
        "submissions": [
            {"reference": seal.reference, "sealed_notice": base64.b64encode(seal.octets).decode("ascii")}
            for seal in seals
        ]
    }


def submission(references: Sequence[str], order: Sequence[int] | None = None) -> etree._Element:
    """A SubmitNotices with a slot for each reference."""
    body = etree.Element(f"{J}SubmitNotices", nsmap={"j": JUDICIARY})
    for number, reference in zip(order or range(len(references)), references, strict=True):
        item = etree.SubElement(body, f"{J}Submission")
        etree.SubElement(item, f"{J}Reference").text = reference
        etree.SubElement(etree.SubElement(item, f"{J}SealedNotice"), "slot", n=str(number))
    return body


def inquiry() -> etree._Element:
    body = etree.Element(f"{J}InquireStatus", nsmap={"j": JUDICIARY})
    etree.SubElement(etree.SubElement(body, f"{J}Inquiry"), f"{J}Reference").text = "EB-" + "A" * 32
    return body


def signed_message(
    by: Signer,
    created: datetime,
    *,
    body: etree._Element | None = None,
    slices: Sequence[SealSlice] = (),
    relates_to: str | None = None,
    soap: str = names.SOAP,
    token: UsernameToken | None = None,
) -> SignedMessage:
    addressing = Addressing(to=TO, action=ACTION, message_id=MESSAGE_ID, relates_to=relates_to)
    payload = inquiry() if body is None else body
    return sign_message(payload, addressing, by, created, LIFETIME, slices, soap=soap, token=token)


def _group(root: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(root, N + name)


def _add(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        etree.SubElement(parent, N + name).text = text

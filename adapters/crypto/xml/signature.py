"""Construction of ds:Signature: SignedInfo is ours, canonicalised by lxml and signed as octets by any signer."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.strict_xml import canonical

_DS = f"{{{names.DS}}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Content of one ds:Reference: ``digest`` is SHA-256 over the octets that the ``transforms`` give for ``uri``.

    Without transforms, it is over the unchanged octets.
    """

    uri: str
    digest: bytes
    transforms: tuple[str, ...] = (names.EXC_C14N,)
    id: str | None = None
    type: str | None = None


def sign(references: Sequence[Reference], signer: Signer) -> etree._Element:
    """Return a new ds:Signature with SignedInfo and SignatureValue; the caller adds KeyInfo and later parts."""
    signature = etree.Element(f"{_DS}Signature", nsmap={"ds": names.DS})
    info = etree.SubElement(signature, f"{_DS}SignedInfo")
    etree.SubElement(info, f"{_DS}CanonicalizationMethod", Algorithm=names.EXC_C14N)
    etree.SubElement(info, f"{_DS}SignatureMethod", Algorithm=signer.algorithm)
    for reference in references:
        _add(info, reference)
    etree.SubElement(signature, f"{_DS}SignatureValue").text = encode(signer.sign(canonical(info)))
    return signature


def add_digest(parent: etree._Element, digest: bytes) -> None:
    """Append ds:DigestMethod and ds:DigestValue."""
    etree.SubElement(parent, f"{_DS}DigestMethod", Algorithm=names.SHA256)
    etree.SubElement(parent, f"{_DS}DigestValue").text = encode(digest)


def encode(octets: bytes) -> str:
    """Return base64 on one line."""
    return base64.b64encode(octets).decode("ascii")


def _add(info: etree._Element, reference: Reference) -> None:
    element = etree.SubElement(info, f"{_DS}Reference", URI=reference.uri)
    if reference.id is not None:
        element.set("Id", reference.id)
    if reference.type is not None:
        element.set("Type", reference.type)
    if reference.transforms:
        transforms = etree.SubElement(element, f"{_DS}Transforms")
        for algorithm in reference.transforms:
            etree.SubElement(transforms, f"{_DS}Transform", Algorithm=algorithm)
    add_digest(element, reference.digest)

"""Construction of ds:Signature: SignedInfo is ours, and signed as canonical octets by any signer.

A signature is an element, or canonical octets from a template; a property test compares both.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from adapters.crypto.keys import names
from adapters.crypto.keys.keys import Signer
from adapters.crypto.xml.strict_xml import canonical

_DS = f"{{{names.DS}}}"
_XMLNS = f' xmlns:ds="{names.DS}"'
_INFO = (
    f'<ds:CanonicalizationMethod Algorithm="{names.EXC_C14N}"></ds:CanonicalizationMethod>'
    '<ds:SignatureMethod Algorithm="{}"></ds:SignatureMethod>'
)
_ESCAPES = str.maketrans({
    "&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;",
})  # fmt: skip


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


def signature_octets(references: Sequence[Reference], signer: Signer, key_info: str) -> bytes:
    """Return the canonical ds:Signature as it stands where its prefix ``ds`` is not declared.

    ``key_info`` is the canonical content of ds:KeyInfo there.
    """
    info = _INFO.format(signer.algorithm) + "".join(map(_written, references)) + "</ds:SignedInfo>"
    value = encode(signer.sign(f"<ds:SignedInfo{_XMLNS}>{info}".encode()))
    return (
        f"<ds:Signature{_XMLNS}><ds:SignedInfo>{info}<ds:SignatureValue>{value}</ds:SignatureValue>"
        f"<ds:KeyInfo>{key_info}</ds:KeyInfo></ds:Signature>"
    ).encode()


def attribute(value: str) -> str:
    """Return an attribute's value as C14N escapes it (Canonical XML, 2.3)."""
    return value.translate(_ESCAPES)


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


def _written(reference: Reference) -> str:
    stated = {"Id": reference.id, "Type": reference.type, "URI": reference.uri}
    attributes = "".join([f' {name}="{attribute(value)}"' for name, value in stated.items() if value is not None])
    steps = "".join([f'<ds:Transform Algorithm="{step}"></ds:Transform>' for step in reference.transforms])
    return (
        f"<ds:Reference{attributes}>"
        + (f"<ds:Transforms>{steps}</ds:Transforms>" if steps else "")
        + f'<ds:DigestMethod Algorithm="{names.SHA256}"></ds:DigestMethod>'
        f"<ds:DigestValue>{encode(reference.digest)}</ds:DigestValue></ds:Reference>"
    )

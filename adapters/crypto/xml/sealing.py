"""Sealing: build a notice's XML (schemas/notice) and sign it with its issuing body's key.

No other module writes a seal.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path

from cryptography import x509
from lxml import etree

from adapters.crypto.keys.certificate import assert_valid_now, parse_pem
from adapters.crypto.keys.keys import Signer, allowed
from adapters.crypto.keys.names import DS, NOTICE
from adapters.crypto.keys.partner import Member, Partner, partner_of
from adapters.crypto.xml.document import DocumentVerifier, sign_document, sign_pieces
from adapters.crypto.xml.notice_template import CLOSING, Field, fields_of, groups_of, is_of, notice_octets
from adapters.crypto.xml.sealed_fields import ATTACHMENT
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, conforms, parse
from gateway.notice.envelope import SealedNotice, SigningCertificate
from gateway.notice.large_octets import Octets
from gateway.notice.notice import Document, Notice
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection, SignedInPast

_N = f"{{{NOTICE}}}"
_XS = "{http://www.w3.org/2001/XMLSchema}"


class NoticeSealer:
    """Implementation of `gateway.notice.envelope.Sealer`, with a signer and a chain for each issuing body's code."""

    def __init__(
        self,
        signers: Mapping[str, Signer],
        schema: etree.XMLSchema,
        chains: Mapping[str, SigningCertificate] | None = None,
    ) -> None:
        self._signers, self._schema, self._chains = signers, schema, chains or {}
        self._has_template = is_of(schema)

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        """Seal a notice: from the template, or from elements if the template leaves it to them.

        Raises `GatewayError` ``notice.body`` (no key for the body), ``notice.schema`` (naming the element) or
        ``notice.seal`` (the body's certificate is not valid now).
        """
        pieces = notice_octets(notice) if self._has_template else None
        if pieces is None:
            return self._sealed(notice_element(notice), notice.reference, self._signer(notice.body.code, at), at)
        body = notice.body.code
        octets, digest = sign_pieces(pieces, CLOSING, f"N-{notice.reference}", self._signer(body, at), at)
        return self._result(notice.reference, octets, body, at, digest)

    def seal_anew(self, octets: bytes, at: datetime) -> SealedNotice:
        """Replace the seal in ``octets`` by a new one of the body's current key.

        The old seal must verify, by the body's certificate or by an earlier one of the same subject and issuer that was
        valid at the signing time. That time must be later than ``at``.
        Otherwise anybody with write access to the store could have any content sealed. Raises as `seal` does, and
        `gateway.trust.trust_policy.Rejection` ``verify.*``.
        """
        root = parse(octets, DOCUMENT_LIMITS)
        signer = self._signer(_body_of(root), at)
        facts = DocumentVerifier(self._may_have_sealed(root, signer), f"{_N}Notice", self._schema).examine(octets)
        SignedInPast(facts.signed_at).check(facts)  # a document is judged at its signing time
        if facts.signed_at <= at:
            raise Rejection("verify.signing-time", detail=f"{timestamp(facts.signed_at)} is not ahead")
        root.remove(root[-1])  # the signature, as was verified
        return self._sealed(root, facts.claims["Reference"], signer, at)

    def _signer(self, body: str, at: datetime) -> Signer:
        signer = self._signers.get(body)
        if signer is None:
            raise GatewayError("notice.body", where="body_code", detail="no seal")
        try:
            assert_valid_now(signer.certificate, at)
        except GatewayError as expired:
            raise GatewayError("notice.seal", where=body, detail=expired.detail) from expired
        return signer

    def _may_have_sealed(self, root: etree._Element, signer: Signer) -> Partner:
        """Return the body's current certificate, and the one in the seal if that may be an earlier one."""
        code = _body_of(root)
        own = x509.load_der_x509_certificate(signer.certificate.der)
        members = {signer.certificate.thumbprint: Member.of(own, allowed(own.public_key(), code))}
        chain, shown = self._chains.get(code), _shown_certificate(root)
        issuers = [] if chain is None else parse_pem(chain.chain, code)[1:]
        if issuers and shown is not None and shown.subject == own.subject:
            members |= partner_of(code, [shown, *issuers], issuers).members
        return Partner(name=code, members=members)

    def _sealed(self, root: etree._Element, reference: str, signer: Signer, at: datetime) -> SealedNotice:
        octets = sign_document(root, signer, at)
        try:
            # Content that the other side would refuse must not be sealed: the octets pass our own checks first.
            conforms(self._schema, parse(octets, DOCUMENT_LIMITS))
        except Rejection as misfit:
            raise GatewayError("notice.schema", where=misfit.where, detail=misfit.detail) from misfit
        return self._result(reference, octets, _body_of(root), at)

    def _result(self, reference: str, octets: Octets, body: str, at: datetime, digest: str = "") -> SealedNotice:
        certificate = self._chains.get(body)
        return SealedNotice(reference=reference, octets=octets, sealed_at=at, certificate=certificate, digest=digest)


def unsealed_schema(path: Path) -> etree.XMLSchema:
    """Return the notice's schema before sealing: without the signature, which is an element of its own."""
    document = etree.parse(str(path), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    for outside in [*document.iterfind(f"{_XS}import"), *document.iterfind(f".//{_XS}element[@ref='ds:Signature']")]:
        parent = outside.getparent()
        assert parent is not None
        parent.remove(outside)
    return etree.XMLSchema(document)


def notice_element(notice: Notice) -> etree._Element:
    """Return the unsigned ``Notice`` element."""
    root = etree.Element(f"{_N}Notice", nsmap={"n": NOTICE}, Id=f"N-{notice.reference}", version="1")
    etree.SubElement(root, f"{_N}Reference").text = notice.reference
    for name, fields in groups_of(notice):
        _add(etree.SubElement(root, _N + name), fields)
    _document(root, "Document", notice.document)
    if notice.extra:
        extra = etree.SubElement(root, f"{_N}Extra")
        for name, text in notice.extra:
            etree.SubElement(extra, f"{_N}Field", name=name).text = text
    for attachment in notice.attachments:
        _document(root, ATTACHMENT, attachment)
    return root


def _document(root: etree._Element, name: str, document: Document) -> None:
    element = etree.SubElement(root, _N + name)
    _add(element, fields_of(document))
    etree.SubElement(element, f"{_N}Content").text = base64.b64encode(document.octets).decode("ascii")


def _add(parent: etree._Element, fields: Iterable[Field]) -> None:
    for name, text, _ in fields:
        if text is not None:
            etree.SubElement(parent, _N + name).text = text


def _body_of(root: etree._Element) -> str:
    return root.findtext(f"{_N}IssuingBody/{_N}Code") or ""


def _shown_certificate(root: etree._Element) -> x509.Certificate | None:
    """Return the certificate in a seal; None if it has no readable one."""
    path = "/".join(f"{{{DS}}}{name}" for name in ("Signature", "KeyInfo", "X509Data", "X509Certificate"))
    pem = f"-----BEGIN CERTIFICATE-----\n{root.findtext(path)}\n-----END CERTIFICATE-----\n"
    try:
        return parse_pem(pem.encode(), "the seal")[0]
    except GatewayError:
        return None


def recipient_identifier(octets: bytes) -> str:
    """Return the recipient's identifier in a sealed notice of ours.

    Raises `gateway.trust.trust_policy.Rejection` for octets that are no XML, `GatewayError` ``notice.schema`` if there
    is none.
    """
    identifier = parse(octets, DOCUMENT_LIMITS).findtext(f"{_N}Recipient/{_N}Identifier")
    if not identifier:
        raise GatewayError("notice.schema", where="Recipient/Identifier", detail="no identifier")
    return identifier

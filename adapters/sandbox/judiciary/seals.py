"""Judge of a sealed notice as a document: by its issuing body's seal, at its signing time, and by its own figures."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.document import DocumentVerifier
from gateway.notice.notice import MAX_DOCUMENT_BYTES, sha256
from gateway.trust.trust_policy import AllOf, Covers, IssuedBy, Rejection, SignedInPast

_N = f"{{{NOTICE}}}"


@dataclass(frozen=True, slots=True)
class SealJudge:
    """Judge of seals. ``issuers`` are the thumbprints of the partner's seal certificates, by the code of their body."""

    verifier: DocumentVerifier
    issuers: Mapping[str, frozenset[str]]
    skew: timedelta

    def recipient(self, reference: str, octets: bytes, notice: etree._Element, now: datetime) -> tuple[str, bool]:
        """Return the recipient's identifier of a valid notice, and True if its paper corrects another.

        ``octets`` are the sealed notice, ``notice`` the element whose canonical form they are: so the verified content
        is read. Raises `Rejection`.
        """
        facts = self.verifier.examine(octets)
        body = notice.findtext(f"{_N}IssuingBody/{_N}Code", "")
        own = self.issuers.get(body, frozenset())
        AllOf(IssuedBy(own), Covers("Notice"), SignedInPast(now, self.skew)).check(facts)
        if facts.claims.get("Reference") != reference:
            raise Rejection("verify.about", where=reference, detail="the sealed notice has another reference")
        _check_document(notice.find(f"{_N}Document"))
        for attachment in notice.iterfind(f"{_N}Attachment"):
            _check_document(attachment)
        corrects = notice.find(f"{_N}Paper/{_N}Predecessor") is not None
        return notice.findtext(f"{_N}Recipient/{_N}Identifier", ""), corrects


def _check_document(document: etree._Element | None) -> None:
    """Check a paper.

    The schema types the content as text; here it is decoded strictly, and compared with its digest and size.
    """
    if document is None:
        raise Rejection("verify.schema", where="Document", detail="missing")
    try:
        content = binascii.a2b_base64(document.findtext(f"{_N}Content", ""), strict_mode=True)
    except ValueError as error:
        raise Rejection("verify.document", where="Content", detail="not base64") from error
    if len(content) > MAX_DOCUMENT_BYTES:
        raise Rejection("verify.too-large", where="Content", detail=f"{len(content)} bytes")
    if document.findtext(f"{_N}Size") != str(len(content)):
        raise Rejection("verify.document", where="Size", detail=f"{len(content)} bytes")
    if document.findtext(f"{_N}Digest") != sha256(content):
        raise Rejection("verify.document", where="Digest", detail=sha256(content))

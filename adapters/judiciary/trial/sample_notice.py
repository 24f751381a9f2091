"""Notice for a trial: a sample, of nobody, or one from a file."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final

from lxml import etree

from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.sealing import notice_element
from adapters.crypto.xml.strict_xml import DOCUMENT_LIMITS, canonical, parse
from gateway.judiciary.courier import PROBE_IDENTIFIER, SealSlice
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind, sha256
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.trust.trust_policy import Rejection

SAMPLE: Final = "sample"

_PDF: Final = (
    b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
    b"3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>\nendobj\ntrailer\n<</Size 4/Root 1 0 R>>\n%%EOF\n"
)


def sample_notice(kind: str = "ruling", number: int = 1) -> SealSlice:
    """Return a notice of nobody, without its seal's signature, with every field that a notice can have.

    Another ``number`` gives another notice.
    """
    notice = Notice(
        body=IssuingBody(code="article-100", title="کمیسیون ماده صد", district="منطقه ۵"),
        case_number="1404-100-1",
        paper_number=f"P-{number}",
        kind=kind,
        subject="ابلاغ رأی",
        issued_on=date(2026, 2, 3),
        recipient=Recipient(
            kind=RecipientKind.NATURAL,
            identifier=PROBE_IDENTIFIER,
            name="شخص نمونه",
            mobile="+989121234567",
            postal_code="1234567890",
            address="تهران، خیابان نمونه، پلاک ۱",
            first_name="شخص",
            last_name="نمونه",
            father_name="نمونه",
            province="تهران",
            city="تهران",
            street="نمونه",
            alley="نمونه",
            plate="1",
            unit="1",
        ),
        document=Document(name="sample.pdf", media_type="application/pdf", octets=_PDF),
        archive_number="1",
        renovation_code="1-2-3-4-5-6-7",
    )
    return _slice(canonical(notice_element(notice)))


def notice_of(named: str) -> SealSlice:
    """Return the notice in a file (`notice show --save` writes one), or the sample for the word `SAMPLE`.

    Raises `GatewayError` ``profile.notice`` for a file that holds none.
    """
    if named == SAMPLE:
        return sample_notice()
    try:
        return _slice(Path(named).read_bytes())
    except (OSError, Rejection) as error:
        raise GatewayError("profile.notice", where=named, detail=words_of(error)) from error


def _slice(octets: bytes) -> SealSlice:
    root = parse(octets, DOCUMENT_LIMITS)
    reference = root.findtext(f"{{{NOTICE}}}Reference")
    if etree.QName(root).localname != "Notice" or not reference:
        raise GatewayError("profile.notice", where=str(etree.QName(root).localname), detail="no sealed notice")
    return SealSlice(reference=reference, octets=octets, digest=sha256(octets))

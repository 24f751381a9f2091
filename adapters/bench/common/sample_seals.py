"""Sealed sample notices without a case database: genuine for the sandbox, each with a reference of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from adapters.crypto.keys.keys import load_signer
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.shipped.resources import NOTICE_SCHEMA, SCHEMAS
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Document, IssuingBody, Notice, Recipient, RecipientKind
from gateway.runtime.clock import system_clock

BODY = "article-100"


def sample_seals(pki: Path, number: int, document: bytes) -> Iterator[SealedNotice]:
    """Yield so many sealed notices with this PDF, by the development key of `BODY` in ``pki``."""
    key, certificate = (pki / "municipality" / f"seal-{BODY}.{part}.pem" for part in ("key", "crt"))
    signer = load_signer(key, certificate)
    sealer = NoticeSealer({BODY: signer}, load_schema(NOTICE_SCHEMA, SCHEMAS))
    for count in range(number):
        yield sealer.seal(_notice(count, document), system_clock())


def _notice(number: int, document: bytes) -> Notice:
    return Notice(
        body=IssuingBody(code=BODY, title="کمیسیون ماده صد قانون شهرداری", district="منطقه ۶"),
        case_number=f"1404-{number}",
        paper_number="1",
        kind="ruling",
        subject="ابلاغ رأی",
        issued_on=system_clock().date(),
        recipient=Recipient(kind=RecipientKind.NATURAL, identifier="9990000000", name="شخص نمونه"),
        document=Document(name="ruling.pdf", media_type="application/pdf", octets=document),
    )

"""A row of the case database as an unsigned notice of schemas/notice/notice-1.xsd."""

from __future__ import annotations

import base64
import hashlib
import re
import sqlite3

import jdatetime
from lxml import etree

NOTICE = "urn:eblagh:notice:1"

_KINDS = {"حقیقی": "NATURAL", "حقوقی": "LEGAL", "اتباع": "FOREIGN"}
_LATIN = str.maketrans("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", "01234567890123456789")
_PERSIAN = str.maketrans("يىك", "ییک", "ـ")
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")


def reference_of(row: sqlite3.Row) -> str:
    """Return the notice's reference: the same for the same row and revision."""
    digest = hashlib.sha256(f"{row['body_code']} {row['notice_id']} {row['revision']}".encode()).digest()
    return "EB-" + base64.b32encode(digest[:20]).decode()


def latin(text: str) -> str:
    """Return a number's text with Latin digits, without blanks and marks of direction."""
    return _INVISIBLE.sub("", text.translate(_LATIN))


def unsigned(row: sqlite3.Row, title: str) -> etree._Element:
    """Return the notice of a row, of a body with that ``title``."""
    reference = reference_of(row)
    notice = etree.Element(f"{{{NOTICE}}}Notice", {"Id": f"N-{reference}", "version": "1"}, nsmap={"n": NOTICE})
    _add(notice, "Reference", reference)
    body = _add(notice, "IssuingBody")
    _add(body, "Code", row["body_code"])
    _add(body, "Title", title)
    _add(body, "District", row["district"])
    case = _add(notice, "Case")
    _add(case, "Number", latin(row["case_number"]))
    _add_if(case, "ArchiveNumber", row["archive_number"] and latin(row["archive_number"]))
    _add_if(case, "RenovationCode", row["renovation_code"] and latin(row["renovation_code"]))
    paper = _add(notice, "Paper")
    _add(paper, "Number", latin(row["paper_number"]))
    _add(paper, "Kind", row["kind"])
    _add(paper, "Subject", row["subject"])
    _add(paper, "IssuedOn", _gregorian(row["issued_on"]))
    _add(paper, "Revision", str(row["revision"]))
    _add_recipient(notice, row)
    _add_document(notice, row["document_name"], row["document"])
    return notice


def _add_recipient(notice: etree._Element, row: sqlite3.Row) -> None:
    recipient = _add(notice, "Recipient")
    written = _INVISIBLE.sub("", row["recipient_kind"]).translate(_PERSIAN)
    kind = _KINDS.get(written, written)
    identifier = latin(row["recipient_id"])
    _add(recipient, "Kind", kind)
    _add(recipient, "Identifier", identifier.zfill(10) if kind == "NATURAL" else identifier)
    _add(recipient, "Name", row["recipient_name"])
    if row["mobile"]:
        _add(recipient, "Mobile", "+98" + latin(row["mobile"]).removeprefix("0"))
    _add_if(recipient, "PostalCode", row["postal_code"] and latin(row["postal_code"]))
    _add_if(recipient, "Address", row["address"])


def _add_document(notice: etree._Element, name: str, content: bytes) -> None:
    document = _add(notice, "Document")
    _add(document, "Name", name)
    _add(document, "MediaType", "application/pdf")
    _add(document, "Size", str(len(content)))
    _add(document, "Digest", "sha256:" + hashlib.sha256(content).hexdigest())
    _add(document, "Content", base64.b64encode(content).decode())


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NOTICE}}}{name}")
    element.text = text
    return element


def _add_if(parent: etree._Element, name: str, text: str | None) -> None:
    if text:
        _add(parent, name, text)


def _gregorian(jalali: str) -> str:
    year, month, day = map(int, re.split(r"[/-]", latin(jalali)))
    return jdatetime.date(year, month, day).togregorian().isoformat()

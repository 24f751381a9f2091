"""A row that becomes a notice, and the body that it is of."""

from __future__ import annotations

from gateway.mapping import BodyConfig
from gateway.notice.source_row import Value
from tests.papers import PDF

GOOD: dict[str, Value] = {
    "body_code": "article-100",
    "district": "منطقه ۵",
    "case_number": "۱۴۰۴/٠٠٠۱۲",
    "archive_number": "ب/۴۵۲",
    "renovation_code": "5-12-3-4-5-6-0",
    "paper_number": "10001",
    "kind": "ruling",
    "subject": "احداث بناي مازاد",
    "issued_on": "۱۴۰۴/۱۱/۱۴",
    "serve_by": "1404/12/01",
    "revision": 2,
    "recipient_kind": "حقيقي",
    "recipient_id": "۱۲۳۴۵۶۷۹",
    "recipient_name": "علي  كريمي (نمونه)",
    "mobile": "٠٩١٢ ٣٤٥ ٦٧٨٩",
    "postal_code": "11155-12345",
    "address": "تهران، خیابان نمونه",
    "document_name": "ruling.pdf",
    "document": PDF,
}
BODIES = {"article-100": BodyConfig(code="article-100", title="کمیسیون ماده صد", kinds={"ruling": "ابلاغ رأی"})}

ATTACHED = """
[[repeat]]
target = "attachments"
from = "papers"
[[repeat.field]]
target = "name"
from = "file"
required = true
[[repeat.field]]
target = "octets"
from = "content"
required = true
[[repeat.field]]
target = "title"
from = "title"
[[repeat.field]]
target = "kind"
from = "kind"
"""
"""Attachments of a notice from the list ``papers`` of its row; further fields may follow."""

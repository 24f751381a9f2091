"""Notice: one paper, for one recipient, in one case. Values never change once made."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from gateway.notice.large_octets import Octets, sha256_of

MAX_DOCUMENT_BYTES = 7 * 1024 * 1024
"""Size limit of an attachment: in base64 it must be one XML text node of less than 10,000,000 characters."""

MAX_DOCUMENTS = 20
"""Most documents of a notice: its paper and attachments. Together they may have `MAX_DOCUMENT_BYTES`."""


def excess_of(documents: int, octets: int) -> str | None:
    """Return the code of the limit that so many documents, of so many octets together, exceed; or None."""
    if documents > MAX_DOCUMENTS:
        return "document.too-many"
    return "document.total" if octets > MAX_DOCUMENT_BYTES else None


class RecipientKind(StrEnum):
    """Kind of recipient; it decides the required identifier."""

    NATURAL = "NATURAL"
    LEGAL = "LEGAL"
    FOREIGN = "FOREIGN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """مخاطب. ``identifier`` is checked and plain (10, 11 or 12 digits by kind); ``name`` is as issued, never folded."""

    kind: RecipientKind
    identifier: str = field(repr=False)
    name: str = field(repr=False)
    mobile: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    address: str | None = field(default=None, repr=False)
    first_name: str | None = field(default=None, repr=False)
    last_name: str | None = field(default=None, repr=False)
    father_name: str | None = field(default=None, repr=False)
    province: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    street: str | None = field(default=None, repr=False)
    alley: str | None = field(default=None, repr=False)
    plate: str | None = field(default=None, repr=False)
    unit: str | None = field(default=None, repr=False)


RECIPIENT_PARTS: Final = (
    "first_name",
    "last_name",
    "father_name",
    "province",
    "city",
    "street",
    "alley",
    "plate",
    "unit",
)
"""Parts of a recipient's name and address, for services that want them apart. A notice need not have them."""


_KEY: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuingBody:
    """مرجع صادرکننده: the commission; ``district`` is the unit that serves, and may be another one."""

    code: str
    title: str
    district: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Paper or attachment as exact octets, with their digest. ``kind`` is a code of the judiciary's service."""

    name: str
    media_type: str
    octets: bytes = field(repr=False)
    title: str | None = None
    kind: str | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", sha256(self.octets))


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """ابلاغیه. ``kind`` is a code that the issuing body's configuration allows; ``issued_on`` is Gregorian.

    ``reference`` identifies the notice everywhere. It is derived from its natural key, so that it survives a lost
    store.
    ``serve_by`` is the last useful day of service, such as the day before a hearing. It decides the order of sending,
    and is not on the paper. ``extra`` are further texts by name, which have a meaning for the judiciary alone.
    ``document`` is the paper that is served; ``attachments`` follow it in order.
    """

    body: IssuingBody
    case_number: str
    paper_number: str
    kind: str
    subject: str
    issued_on: date
    recipient: Recipient
    document: Document
    archive_number: str | None = None
    renovation_code: str | None = None
    revision: int = 1
    predecessor: str | None = None
    serve_by: date | None = None
    extra: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    attachments: tuple[Document, ...] = ()
    reference: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reference", self.reference_of(self.revision))

    def reference_of(self, revision: int) -> str:
        """Return the reference of this paper under another revision number."""
        who = self.recipient
        key = [self.body.code, self.case_number, self.paper_number, who.kind.value, who.identifier, self.kind, revision]
        digest = hashlib.sha256(_KEY.encode(key).encode()).digest()
        return "EB-" + base64.b32encode(digest[:20]).decode("ascii")

    @property
    def documents(self) -> tuple[Document, ...]:
        """Return the paper and its attachments, in order."""
        return (self.document, *self.attachments)

    @property
    def content_digest(self) -> str:
        """Return a digest of all content visible to a reader; two notices of one reference must agree in it."""
        who = self.recipient
        seen = [
            self.reference, self.body.title, self.body.district, self.subject, self.issued_on.isoformat(), who.name,
            who.address, who.postal_code, who.mobile, self.archive_number, self.renovation_code, self.predecessor,
            self.document.name, self.document.media_type, self.document.digest, *self._later,
        ]  # fmt: skip
        return sha256(json.dumps(seen, ensure_ascii=True).encode())

    @property
    def _later(self) -> list[list[str]]:
        """Return fields that notices did not have at first, where they are there: digests of earlier ones stay."""
        told = [(f"recipient.{name}", getattr(self.recipient, name)) for name in RECIPIENT_PARTS]
        told += [(f"extra.{name}", text) for name, text in self.extra]
        told += [("document.title", self.document.title), ("document.kind", self.document.kind)]
        for number, each in enumerate(self.attachments, start=1):
            told += [(f"attachment.{number}.{name}", getattr(each, name)) for name in ATTACHMENT_PARTS]
        return [[path, text] for path, text in told if text is not None]


ATTACHMENT_PARTS: Final = ("name", "title", "kind", "media_type", "digest")
"""Parts of an attachment that a reader sees."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
"""Form of every digest that is stored or shown."""


def sha256(octets: Octets) -> str:
    """Return ``sha256:<64 hex digits>``, as `DIGEST` has it."""
    return f"sha256:{sha256_of(octets).hex()}"

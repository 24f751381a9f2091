"""Evidence file: the proof of one notice, or of the notices of one case, as named files.

`docs/audit/evidence-file.md` explains each:

mimetype                              application/vnd.etsi.asic-e+zip, first and stored
META-INF/manifest.xml                 every file below, with its type
META-INF/signatures001.xml            one XAdES signature over every file below
evidence.json                         description of the file: `Index`
checkpoint.note, checkpoint.tst       the tree of all records, and its time-stamp
records/NUMBER.json                   a record's header, exact octets; NUMBER is its place in the tree
records/NUMBER.proof.json             path to the checkpoint's root: `InclusionProof`
notices/REFERENCE/notice.xml          the sealed notice, its paper in it
notices/REFERENCE/paper.pdf           that paper, to be read
notices/REFERENCE/receipt-NUMBER.xml  a receipt that the judiciary signed for it (.jws), or an answer of it carried
notices/REFERENCE/receipt-NUMBER.json the status that the gateway read from an answer of the judiciary
messages/NUMBER.xml, .jws, .mime      a message that carried no notice but these (.http, .json, .txt: unsigned)
certificates/NAME.pem                 those in use, with their issuers: for chains, never for trust
revocation/HEX.crl                    revocation lists (DER) by their SHA-256
mappings/HEX.toml                     the mapping that made a notice of its row, by its SHA-256
profiles/HEX.zip                      the judiciary profile by which messages were made and read, by its SHA-256
rules/HEX.zip, calendars/HEX.zip      the rules and the office calendar that receipts name, by their SHA-256
timeline.json, timeline.….html        events with their times and proofs
VERIFY.….txt                          instructions for verification without our software
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.merkle.tree import HASH_BYTES
from gateway.record.version_subject import Subject
from gateway.runtime.clock import parse_recorded

VERSION: Final = 1
MIMETYPE, MANIFEST, SIGNATURES = "mimetype", "META-INF/manifest.xml", "META-INF/signatures001.xml"
OUTSIDE: Final = frozenset({MIMETYPE, MANIFEST, SIGNATURES})
"""Files outside the signature: they cannot be signed, or only repeat other parts of the container."""
INDEX, NOTE, TOKEN, TIMELINE = "evidence.json", "checkpoint.note", "checkpoint.tst", "timeline.json"
MAX_FILES: Final = 10_000
MAX_BYTES: Final = 2 * 1024 * 1024 * 1024
"""Maximum size of all files together, in octets, for writing and reading."""

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "xml": "application/xml",
    "jws": "application/jose",
    "mime": "multipart/related",
    "http": "message/http",
    "note": "text/plain",
    "tst": "application/timestamp-token",
    "pem": "application/x-pem-file",
    "crl": "application/pkix-crl",
    "toml": "application/toml",
    "zip": "application/zip",
    "html": "text/html",
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "tif": "image/tiff",
    "bin": "application/octet-stream",
    "txt": "text/plain",
}

_REFERENCE = r"EB-[A-Z2-7]{32}"
_ENTRY = re.compile(
    r"evidence\.json|checkpoint\.(?:note|tst)|records/[0-9]{12}(?:\.proof)?\.json"
    rf"|notices/{_REFERENCE}/(?:notice\.xml|receipt-[0-9]{{12}}\.(?:xml|json|jws)|paper\.pdf"
    r"|attachment-[1-9][0-9]?\.(?:pdf|jpg|png|tif|bin))"
    r"|messages/[0-9]{12}\.(?:xml|jws|mime|http|json|txt)"
    r"|certificates/[a-z0-9][a-z0-9-]{0,99}\.pem|revocation/[0-9a-f]{64}\.crl|mappings/[0-9a-f]{64}\.toml"
    r"|(?:profiles|rules|calendars)/[0-9a-f]{64}\.zip"
    r"|timeline\.json|timeline\.(?:fa|en)\.html|VERIFY\.(?:fa|en)\.txt"
)


class NotAnEvidenceFile(Exception):
    """The file is no valid evidence file; the text gives the reason in a few words."""

    literal_name = "NotAnEvidenceFile"


class Withheld(StrEnum):
    """Reason for a payload's absence; the header has its digest, so that it can be shown elsewhere."""

    OTHERS = "OTHERS"
    """It also carried or names notices of other persons."""
    WORDS = "WORDS"
    """Act of a person of the municipality, in his own words and under his account."""
    REFUSED = "REFUSED"
    """Received content that failed verification: it could be anybody's, about anybody."""
    CONFIGURATION = "CONFIGURATION"
    """Table of a configuration's parts: the archive has it, the header its digest."""
    DELETED = "DELETED"
    """Deleted from the archive by a retention rule; the record of its deletion names the rule."""
    DAMAGED = "DAMAGED"
    """Message whose octets were damaged in the gateway's store. Notice and receipts prove themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedNotice:
    """Notice of this file; ``mapping`` names the mapping that made it of its row, ``mapping_digest`` is its SHA-256."""

    reference: str
    mapping: str
    mapping_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedRecord:
    """Record by its place; its payload is in ``file``, or is ``withheld``.

    A deleted one has ``rule`` and ``deleted_at``.
    """

    index: int
    file: str | None
    withheld: Withheld | None
    rule: str | None = None
    deleted_at: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = {"index": self.index, "file": self.file, "withheld": self.withheld}
        return told | ({"rule": self.rule, "deleted_at": self.deleted_at} if self.withheld is Withheld.DELETED else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Index of the file: ``notices``, made at ``made_at`` by the archive of ``origin``.

    With a ``case``, these are all of its notices. The records stand in the tree of the first ``size`` records.
    """

    origin: str
    made_at: str
    case: str | None
    size: int
    notices: tuple[IndexedNotice, ...]
    records: tuple[IndexedRecord, ...]

    @property
    def octets(self) -> bytes:
        told: dict[str, Any] = {
            "v": VERSION,
            "origin": self.origin,
            "made_at": self.made_at,
            "case": self.case,
            "size": self.size,
            "notices": [
                {"reference": each.reference, "mapping": each.mapping, "mapping_digest": each.mapping_digest}
                for each in self.notices
            ],
            "records": [each.told for each in self.records],
        }
        return dump(told)

    @classmethod
    def of(cls, octets: bytes) -> Index:
        """Parse an index. Raises `NotAnEvidenceFile` for every other form."""
        try:
            told = json.loads(octets)
            if max(len(told["notices"]), len(told["records"])) > MAX_FILES:
                raise NotAnEvidenceFile("evidence.json names more notices or records than a file can hold")
            index = cls(
                origin=told["origin"],
                made_at=told["made_at"],
                case=told["case"],
                size=told["size"],
                notices=tuple(IndexedNotice(**each) for each in told["notices"]),
                records=tuple(
                    IndexedRecord(**each | {"withheld": each["withheld"] and Withheld(each["withheld"])})
                    for each in told["records"]
                ),
            )
            _assert_texts(index.origin, index.case or "")
            parse_recorded(index.made_at)
            for notice in index.notices:
                _assert_texts(notice.reference, notice.mapping, notice.mapping_digest)
            for record in index.records:
                _assert_texts(record.file or "", record.rule or "")
            places = [each.index for each in index.records]
            right = (
                index.octets == octets
                and type(index.size) is int
                and all(type(place) is int and 0 <= place < index.size for place in places)
                and places == sorted(set(places))
                and all((each.file is None) != (each.withheld is None) for each in index.records)
                and all(_tells_of_a_deletion(each) for each in index.records if each.withheld is Withheld.DELETED)
                and all(re.fullmatch(_REFERENCE, each.reference) for each in index.notices)
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotAnEvidenceFile("evidence.json has another form") from error
        if not right or not index.notices:
            raise NotAnEvidenceFile("evidence.json has another form")
        return index


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionProof:
    """Proof that leaf ``index`` stands in the tree of ``size`` (RFC 9162, 2.1.3); ``path`` has siblings, leaf first."""

    index: int
    size: int
    path: tuple[bytes, ...]

    @property
    def octets(self) -> bytes:
        told = {"v": VERSION, "index": self.index, "size": self.size, "path": [node.hex() for node in self.path]}
        return dump(told)

    @classmethod
    def of(cls, octets: bytes) -> InclusionProof:
        """Parse a proof. Raises `NotAnEvidenceFile`."""
        try:
            told = json.loads(octets)
            path = tuple(bytes.fromhex(text) for text in told["path"])
            proof = cls(index=told["index"], size=told["size"], path=path)
            right = (
                proof.octets == octets
                and type(proof.index) is type(proof.size) is int
                and all(len(node) == HASH_BYTES for node in path)
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotAnEvidenceFile("a proof has another form") from error
        if not right:
            raise NotAnEvidenceFile("a proof has another form")
        return proof


def _assert_texts(*values: str) -> None:
    """Raise `TypeError` or `ValueError` for a value that JSON has and no text can hold: half of a pair, a number."""
    "".join(values).encode()


def _tells_of_a_deletion(record: IndexedRecord) -> bool:
    parse_recorded(record.deleted_at or "")
    return isinstance(record.rule, str)


def is_entry(name: str) -> bool:
    """Return True if an evidence file may hold a file of this name."""
    return name in OUTSIDE or _ENTRY.fullmatch(name) is not None


def media_type(name: str) -> str:
    """Return the media type of a file that an evidence file may hold."""
    return MEDIA_TYPES[name.rpartition(".")[2]]


def record_name(index: int) -> str:
    return f"records/{index:012d}.json"


def proof_name(index: int) -> str:
    return f"records/{index:012d}.proof.json"


def notice_name(reference: str) -> str:
    return f"notices/{reference}/notice.xml"


def paper_name(reference: str) -> str:
    return f"notices/{reference}/paper.pdf"


def attachment_name(reference: str, number: int, media_type: str) -> str:
    """Return the name of an attachment's file; ``number`` is 1 for the first document after the paper."""
    ending = next((name for name in ("pdf", "jpg", "png", "tif") if MEDIA_TYPES[name] == media_type), "bin")
    return f"notices/{reference}/attachment-{number}.{ending}"


def is_attachment(name: str, reference: str) -> bool:
    return name.startswith(f"notices/{reference}/attachment-")


def receipt_name(reference: str, index: int, octets: bytes) -> str:
    """Return the name for a receipt by its form: a status begins with ``{``, a JWS with the base64 of that."""
    document, status, signed_text = receipt_names(reference, index)
    if octets.startswith(b"{"):
        return status
    return signed_text if octets.startswith(b"eyJ") else document


def receipt_names(reference: str, index: int) -> tuple[str, str, str]:
    beginning = f"notices/{reference}/receipt-{index:012d}"
    return f"{beginning}.xml", f"{beginning}.json", f"{beginning}.jws"


def message_name(index: int, octets: bytes) -> str:
    """Return the name for a message by its form.

    XML begins with ``<``, a package with ``--``, unsigned JSON with ``{``; the first line of plain REST names HTTP. A
    JWS has no white space.
    """
    beginning, start = f"messages/{index:012d}", octets.lstrip()[:1]
    if octets.startswith(b"--"):
        return f"{beginning}.mime"
    if start == b"<":
        return f"{beginning}.xml"
    if b"HTTP/1.1" in octets.partition(b"\r\n")[0]:
        return f"{beginning}.http"
    if start == b"{":
        return f"{beginning}.json"
    return f"{beginning}.txt" if _SPACE.search(octets) else f"{beginning}.jws"


_SPACE: Final = re.compile(rb"\s")


def message_names(index: int) -> tuple[str, ...]:
    """Return the names that a message may have."""
    return tuple(f"messages/{index:012d}.{form}" for form in ("xml", "jws", "mime", "http", "json", "txt"))


def mapping_name(digest: str) -> str:
    return f"mappings/{digest.removeprefix('sha256:')}.toml"


BUNDLES: Final[Mapping[Subject, str]] = {
    Subject.PROFILE: "profiles",
    Subject.RULES: "rules",
    Subject.CALENDAR: "calendars",
}
"""Folder of the bundles of each subject that a record's context may name."""


def bundle_names(context: Mapping[str, str]) -> dict[str, str]:
    """Return the digests of the bundles that a record's context names, by the names of their files."""
    found = {folder: context.get(f"{subject.value}_digest") for subject, folder in BUNDLES.items()}
    return {f"{folder}/{digest.removeprefix('sha256:')}.zip": digest for folder, digest in found.items() if digest}


def dump(told: Mapping[str, Any]) -> bytes:
    """Serialize JSON in the only accepted form: keys sorted, indented by one, UTF-8, a line end."""
    return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def sorted_names(names: Sequence[str]) -> list[str]:
    """Return names in the order of container, manifest and signature: the index first."""
    return sorted(names, key=lambda name: (name != INDEX, name))

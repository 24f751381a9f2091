"""The evidence file: what proves one notice, or the notices of one case, as named files.

`docs/audit/evidence-file.md` explains each:

mimetype                              application/vnd.etsi.asic-e+zip, first and stored
META-INF/manifest.xml                 every file below, with its type
META-INF/signatures001.xml            one XAdES signature over every file below
evidence.json                         what it is: `Index`
checkpoint.note, checkpoint.tst       the tree that every record stands in, and when that was there
records/NUMBER.json                   a record's header, exact octets; NUMBER is its place in the tree
records/NUMBER.proof.json             how it leads to the checkpoint's root: `InclusionProof`
notices/REFERENCE/notice.xml          the sealed notice, its paper in it
notices/REFERENCE/paper.pdf           that paper, to be read
notices/REFERENCE/receipt-NUMBER.xml  what the judiciary signed of it
messages/NUMBER.xml, .jws, .mime      a message that carried no notice but these
certificates/NAME.pem                 those in use, with their issuers: for chains, never for trust
revocation/HEX.crl                    revocation lists (DER) by their SHA-256
mappings/HEX.toml                     the mapping that made a notice of its row, by its SHA-256
profiles/HEX.zip                      the judiciary profile by which messages were made and read, by its SHA-256
timeline.json, timeline.….html        what happened when, and what proves it
VERIFY.….txt                          how to check all this with nothing of ours
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gateway.merkle.tree import HASH_BYTES
from gateway.runtime.clock import parse_timestamp, timestamp

VERSION: Final = 1
MIMETYPE, MANIFEST, SIGNATURES = "mimetype", "META-INF/manifest.xml", "META-INF/signatures001.xml"
OUTSIDE: Final = frozenset({MIMETYPE, MANIFEST, SIGNATURES})
"""What the signature is not over: it could not be, or says nothing that the container's other parts do not say."""
INDEX, NOTE, TOKEN, TIMELINE = "evidence.json", "checkpoint.note", "checkpoint.tst", "timeline.json"
MAX_FILES: Final = 10_000
MAX_BYTES: Final = 2 * 1024 * 1024 * 1024
"""What is larger is not written, and not read: of all files together."""

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "xml": "application/xml",
    "jws": "application/jose",
    "mime": "multipart/related",
    "note": "text/plain",
    "tst": "application/timestamp-token",
    "pem": "application/x-pem-file",
    "crl": "application/pkix-crl",
    "toml": "application/toml",
    "zip": "application/zip",
    "html": "text/html",
    "pdf": "application/pdf",
    "txt": "text/plain",
}

_REFERENCE = r"EB-[A-Z2-7]{32}"
_ENTRY = re.compile(
    r"evidence\.json|checkpoint\.(?:note|tst)|records/[0-9]{12}(?:\.proof)?\.json"
    rf"|notices/{_REFERENCE}/(?:(?:notice|receipt-[0-9]{{12}})\.xml|paper\.pdf)|messages/[0-9]{{12}}\.(?:xml|jws|mime)"
    r"|certificates/[a-z0-9][a-z0-9-]{0,99}\.pem|revocation/[0-9a-f]{64}\.crl|mappings/[0-9a-f]{64}\.toml"
    r"|profiles/[0-9a-f]{64}\.zip"
    r"|timeline\.json|timeline\.(?:fa|en)\.html|VERIFY\.(?:fa|en)\.txt"
)


class NotAnEvidenceFile(Exception):
    """The text says what is wrong with it, in a few words."""

    literal_name = "NotAnEvidenceFile"


class Withheld(StrEnum):
    """Why a record's payload is not in the file: its header has the digest, so that it can be shown elsewhere."""

    OTHERS = "OTHERS"
    """It carried notices of other persons, too, or speaks of them."""
    WORDS = "WORDS"
    """What a person of the municipality did, in his own words and under his account."""
    REFUSED = "REFUSED"
    """It came, and is not believed: it could be anybody's, about anybody."""
    CONFIGURATION = "CONFIGURATION"
    """The table of a configuration's parts: the archive has it, the header its digest."""
    DELETED = "DELETED"
    """The archive has it no more: its life was over, by a rule of retention that the record of its deletion names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedNotice:
    """A notice of this file; ``mapping`` is the name of what made it of its row, ``mapping_digest`` its SHA-256."""

    reference: str
    mapping: str
    mapping_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedRecord:
    """A record by its place; its payload is in ``file``, or is ``withheld``. Of a deleted one, ``rule`` and
    ``deleted_at`` are told."""

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
    """What the file is: of ``notices``, all those of ``case`` where that is told, made at ``made_at`` by the archive of
    ``origin``; its records stand in the tree of the first ``size``."""

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
        """Read `octets`. Raises `NotAnEvidenceFile` for every other form."""
        try:
            told = json.loads(octets)
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
            places = [each.index for each in index.records]
            right = (
                index.octets == octets
                and timestamp(parse_timestamp(index.made_at)) == index.made_at
                and all(isinstance(place, int) and 0 <= place < index.size for place in places)
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
    """That leaf ``index`` stands in the tree of ``size`` (RFC 9162, 2.1.3): ``path`` are the siblings, leaf first."""

    index: int
    size: int
    path: tuple[bytes, ...]

    @property
    def octets(self) -> bytes:
        told = {"v": VERSION, "index": self.index, "size": self.size, "path": [node.hex() for node in self.path]}
        return dump(told)

    @classmethod
    def of(cls, octets: bytes) -> InclusionProof:
        """Read `octets`. Raises `NotAnEvidenceFile`."""
        try:
            told = json.loads(octets)
            path = tuple(bytes.fromhex(text) for text in told["path"])
            proof = cls(index=told["index"], size=told["size"], path=path)
            right = proof.octets == octets and all(len(node) == HASH_BYTES for node in path)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotAnEvidenceFile("a proof has another form") from error
        if not right:
            raise NotAnEvidenceFile("a proof has another form")
        return proof


def _tells_of_a_deletion(record: IndexedRecord) -> bool:
    at = record.deleted_at or ""
    return isinstance(record.rule, str) and timestamp(parse_timestamp(at)) == at


def is_entry(name: str) -> bool:
    """Whether an evidence file may hold a file of this name."""
    return name in OUTSIDE or _ENTRY.fullmatch(name) is not None


def media_type(name: str) -> str:
    """The type of a file that an evidence file may hold."""
    return MEDIA_TYPES[name.rpartition(".")[2]]


def record_name(index: int) -> str:
    return f"records/{index:012d}.json"


def proof_name(index: int) -> str:
    return f"records/{index:012d}.proof.json"


def notice_name(reference: str) -> str:
    return f"notices/{reference}/notice.xml"


def paper_name(reference: str) -> str:
    return f"notices/{reference}/paper.pdf"


def receipt_name(reference: str, index: int) -> str:
    return f"notices/{reference}/receipt-{index:012d}.xml"


def message_name(index: int, octets: bytes) -> str:
    """XML begins with ``<``, what has attachments with ``--``, and no JWS does either."""
    plain, signed_text, package = message_names(index)
    if octets.startswith(b"--"):
        return package
    return plain if octets.lstrip()[:1] == b"<" else signed_text


def message_names(index: int) -> tuple[str, str, str]:
    beginning = f"messages/{index:012d}"
    return f"{beginning}.xml", f"{beginning}.jws", f"{beginning}.mime"


def mapping_name(digest: str) -> str:
    return f"mappings/{digest.removeprefix('sha256:')}.toml"


def profile_name(digest: str) -> str:
    return f"profiles/{digest.removeprefix('sha256:')}.zip"


def dump(told: Mapping[str, Any]) -> bytes:
    """Return the one form in which this file's JSON stands: keys sorted, indented by one, UTF-8, a line end."""
    return json.dumps(told, sort_keys=True, ensure_ascii=False, indent=1).encode() + b"\n"


def sorted_names(names: Sequence[str]) -> list[str]:
    """The order in which files stand in the container, in its manifest and in its signature: what says what it is
    comes first."""
    return sorted(names, key=lambda name: (name != INDEX, name))

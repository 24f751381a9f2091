"""Segment of an archive: a self-contained range of the log, as named files (`schemas/archive/README.md`).

    segment.json                 description of the segment: `Manifest`
    records.jsonl                headers, one a line; line n is leaf ``first + n``
    checkpoints/SIZE.note        signed notes of the tree within the range; the last one is of its very end
    checkpoints/SIZE.tst         time-stamp of such a note's text: DER of a TimeStampToken
    payloads/HEX                 exact octets, by the SHA-256 that headers name
    frames/HEX                   the same of a message: JSON, to be filled with payloads of this segment
    certificates/NAME.pem        those in use when it was made and those of before, with their issuers
    revocation/HEX.crl           revocation lists that were in force meanwhile (DER), by their SHA-256

A payload that several records name stands once in each segment that needs it. So each segment can be verified
alone, on any machine, at the same time as the others.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from gateway.merkle.tree import HASH_BYTES, Frontier

VERSION: Final = 1
MANIFEST, RECORDS = "segment.json", "records.jsonl"
SET_ASIDE: Final = "set-aside"
"""Subfolder of the archive for segments set aside on record; it has one folder for each such act."""
MAX_MANIFEST_BYTES: Final = 64 * 1024
MAX_ENTRY_BYTES: Final = 32 * 1024 * 1024
"""Most octets of any entry but the records, and so of a payload as it is stored."""

_FILE = re.compile(r"([0-9]{12})-([0-9]{12})\.zip")
_ENTRY = re.compile(
    r"segment\.json|records\.jsonl|checkpoints/[0-9]{12}\.(?:note|tst)|payloads/[0-9a-f]{64}|frames/[0-9a-f]{64}"
    r"|certificates/[a-z0-9][a-z0-9-]{0,99}\.pem|revocation/[0-9a-f]{64}\.crl"
)


def assert_archivable(digest: str, octets: int) -> None:
    """Raise `ValueError` for a payload of so many octets that no segment can hold: it would stop the archive for ever.

    Whoever makes a payload bounds it, so this is a defect of the program.
    """
    if octets > MAX_ENTRY_BYTES:
        raise ValueError(f"the payload {digest} has {octets} octets, and a segment holds {MAX_ENTRY_BYTES} at most")


class NotASegment(Exception):
    """The file is no valid segment; the text gives the reason in a few words."""

    literal_name = "NotASegment"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """Records ``first`` to ``end`` (exclusive) of ``origin``; ``before`` is the tree's frontier at ``first``."""

    origin: str
    first: int
    end: int
    before: Frontier

    @property
    def file(self) -> str:
        """Return the segment's file name; it contains the range, so a listing shows gaps."""
        return file_name(self.first, self.end)

    @property
    def octets(self) -> bytes:
        told: dict[str, Any] = {
            "v": VERSION,
            "origin": self.origin,
            "first": self.first,
            "end": self.end,
            "before": [root.hex() for root in self.before.roots],
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()

    @classmethod
    def of(cls, octets: bytes) -> Manifest:
        """Parse a manifest. Raises `NotASegment`."""
        try:
            told = json.loads(octets)
            roots = tuple(bytes.fromhex(text) for text in told["before"])
            first, end = told["first"], told["end"]
            before = Frontier(size=first, roots=roots)
            manifest = cls(origin=told["origin"], first=first, end=end, before=before)
            right = (
                manifest.octets == octets
                and 0 <= first < end
                and len(roots) == first.bit_count()
                and all(len(root) == HASH_BYTES for root in roots)
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise NotASegment("segment.json has another form") from error
        if not right:
            raise NotASegment("segment.json has another form")
        return manifest


def file_name(first: int, end: int) -> str:
    """Return the file name of the segment of this range."""
    return f"{first:012d}-{end:012d}.zip"


def range_of(file: str) -> tuple[int, int] | None:
    """Return the range in a segment's file name; None for any other name."""
    found = _FILE.fullmatch(file)
    return (int(found[1]), int(found[2])) if found else None


def is_entry(name: str) -> bool:
    """Return True if a segment may hold a file of this name."""
    return _ENTRY.fullmatch(name) is not None


def note_name(size: int) -> str:
    return f"checkpoints/{size:012d}.note"


def token_name(size: int) -> str:
    return f"checkpoints/{size:012d}.tst"


def payload_name(digest: str, *, framed: bool = False) -> str:
    """Return the entry name of the payload with this ``sha256:…``, or of the frame that is filled to it."""
    return f"{'frames' if framed else 'payloads'}/{digest.removeprefix('sha256:')}"


def list_name(digest: str) -> str:
    """Return the entry name of the revocation list with this ``sha256:…``."""
    return f"revocation/{digest.removeprefix('sha256:')}.crl"

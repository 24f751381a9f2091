"""Contents of the audit room's pages: records, acts of persons, checkpoints and segments, each a bounded part."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from adapters.archive.zip_writer import assert_good
from adapters.composition.installation import Installation
from adapters.console.audit.record_verification import time_stamp
from adapters.storage.sql_store import SqlStore
from gateway.archive.segment import range_of
from gateway.archive.timestamping import TimeStamp
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.evidence.evidence_query import EvidenceQuery, FoundRecord
from gateway.merkle.checkpoint import Checkpoint, NotANote, SignedNote
from gateway.operations.notice_access import act_of, is_access
from gateway.operations.notice_work import COMMENTING
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import told

PAGE: Final = 25
MAX_VERIFIED: Final = 128 * 1024 * 1024
"""Largest segment, in octets, that a page verifies; the auditor's program verifies every one."""
_LOOKS: Final = 8
"""Most pages of acts that are looked at for one page of chosen ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Act of a person, by its record and payload.

    ``header`` is None if it cannot be read; ``told`` is empty then, and if the payload cannot be read.
    """

    record: FoundRecord
    header: Header | None
    told: dict[str, str]

    @property
    def name(self) -> str:
        return "" if self.header is None else self.header.context.get("act", "")

    @property
    def comments(self) -> bool:
        """True if the reason is a comment on a notice."""
        return self.name in COMMENTING


def acts(store: SqlStore, wanted: str, before: int | None) -> tuple[list[Act], int | None]:
    """Return a page of acts before a position, and the position of the next page.

    ``wanted`` is an act's name, ``access`` for every access, or empty for every act. One call looks at a bounded number
    of acts: a page may be short, and yet have a next one.
    """
    query = EvidenceQuery(kinds=frozenset({EvidenceKind.PERSON_ACT}))
    found: list[FoundRecord] = []
    for _ in range(_LOOKS):
        page = store.records.find(query, before, PAGE * 4)
        for record in page.records:
            if _is_wanted(record, wanted):
                found.append(record)
                if len(found) > PAGE:
                    return _told(store, found[:PAGE]), found[PAGE - 1].position
        before = page.next
        if before is None:
            break
    return _told(store, found), before


def _is_wanted(record: FoundRecord, wanted: str) -> bool:
    """Return True if an act is wanted. One whose header cannot be read may be any, so that it is in every list."""
    if not wanted or Header.read(record.row.header) is None:
        return True
    return is_access(record.row) if wanted == "access" else act_of(record.row) == wanted


def _told(store: SqlStore, records: Sequence[FoundRecord]) -> list[Act]:
    found = []
    for record in records:
        header, told = Header.read(record.row.header), dict[str, Any]()
        if header is not None:
            try:
                told = json.loads(store.evidence.payload(record.row.payload_digest))
            except (GatewayError, ValueError):
                told = {}
        facts = {str(name): str(value) for name, value in told.items()} if isinstance(told, dict) else {}
        found.append(Act(record=record, header=header, told=facts))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCheckpoint:
    """Checkpoint with its signers, its time-stamp and the witnesses that hold it or a later one.

    ``refused`` is the error of the archive's signature or of the time-stamp.
    """

    kept: StoredCheckpoint
    root: str
    signers: Sequence[str]
    is_ours: bool
    stamp: TimeStamp | None
    witnesses: Sequence[str]
    refused: GatewayError | None


def shown_checkpoints(installation: Installation, before: int | None) -> tuple[list[ShownCheckpoint], int | None]:
    """Return a page of checkpoints, the newest first, and the size before which the next page begins."""
    store = installation.store()
    found = store.records.checkpoints(before, PAGE + 1)
    held = {name: state.size for name, state in store.log.witnesses().items()}
    shown = [_checkpoint(installation, each, held) for each in found[:PAGE]]
    return shown, found[PAGE - 1].size if len(found) > PAGE else None


def _checkpoint(installation: Installation, kept: StoredCheckpoint, held: dict[str, int]) -> ShownCheckpoint:
    refused: GatewayError | None = None
    stamp, is_ours = None, False
    try:
        note = SignedNote.of(kept.note)
        root, signers = Checkpoint.of(note.text).root.hex(), [each.name for each in note.signatures]
    except NotANote as problem:
        root, signers = "", []
        refused = GatewayError("archive.checkpoint", where=str(kept.size), detail=str(problem))
    try:
        installation.checkpoints.verifier.open(kept.note)
        is_ours = True
        stamp = time_stamp(installation, kept)
    except NotANote as problem:
        refused = GatewayError("archive.checkpoint", where=str(kept.size), detail=str(problem))
    except GatewayError as error:
        refused = error
    return ShownCheckpoint(
        kept=kept,
        root=root,
        signers=signers,
        is_ours=is_ours,
        stamp=stamp,
        witnesses=[name for name, size in held.items() if size >= kept.size],
        refused=refused,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentLine:
    """Segment in the archive's folder, or (``is_missing``) a range of records between two segments that none holds."""

    first: int
    end: int
    size: int = 0
    is_missing: bool = False


def segments(folder: Path) -> list[SegmentLine]:
    """Return the segments of a folder and the gaps between them, the newest first. Raises `GatewayError`."""
    try:
        files = [(span, path.stat().st_size) for path in folder.glob("*.zip") if (span := range_of(path.name))]
    except OSError as error:
        raise GatewayError("archive.folder", where=str(folder), detail=str(error.strerror)) from error
    found, end = list[SegmentLine](), 0
    for (first, last), size in sorted(files):
        if first > end:
            found.append(SegmentLine(first=end, end=first, is_missing=True))
        found.append(SegmentLine(first=first, end=last, size=size))
        end = max(end, last)
    return found[::-1]


def verify_segment(installation: Installation, line: SegmentLine) -> GatewayError | None:
    """Verify one segment: its records, their places, its checkpoints and payloads; return the first error.

    Signatures of documents are verified record by record. A segment of more than `MAX_VERIFIED` octets is not read.
    """
    path = installation.archive_path / f"{line.first:012d}-{line.end:012d}.zip"
    if line.size > MAX_VERIFIED:
        raise ValueError("too large to be verified by a page")
    try:
        assert_good(path, path.name, installation.checkpoints.verifier, installation.store().retention)
    except GatewayError as error:
        return error
    except OSError as error:
        return GatewayError("archive.segment", where=str(path), detail=told(error))
    return None


def day_query(
    notice: str | None, kinds: frozenset[EvidenceKind], first: date | None, last: date | None
) -> EvidenceQuery:
    """Return a search for the records of some days in Tehran, the last one included."""
    return EvidenceQuery(
        notice=notice,
        kinds=kinds,
        begins=None if first is None else datetime.combine(first, time(), TEHRAN),
        ends=None if last is None else datetime.combine(last + timedelta(days=1), time(), TEHRAN),
    )

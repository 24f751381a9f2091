"""Audit of one segment: a walk through its records and payloads.

`gateway.audit.audit_recipe` has the checks.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from gateway.archive.segment import Manifest, NotASegment, note_name, payload_name, token_name
from gateway.archive.timestamping import TimeStamp, TokenReader
from gateway.audit.audit import CannotTell, SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.audit.period import Period, Stamped
from gateway.audit.revocation_audit import RevocationCheck, RevocationJudge
from gateway.merkle.checkpoint import Checkpoint, NotANote, NoteOpener
from gateway.merkle.tree import leaf_hash
from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.record.deletion import ANYWHERE, Deletions, NoDeletions
from gateway.record.evidence_record import EvidenceKind, Header, NotARecord
from gateway.record.set_aside import NotASettingAside, SettingAside
from gateway.runtime.clock import parse_timestamp, timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of
from gateway.runtime.verdict import Verdict
from gateway.trust.trust_policy import Facts


class SegmentFiles(Protocol):
    """Opened segment. Raises `NotASegment` for every defect of the container."""

    @property
    def name(self) -> str: ...

    def manifest(self) -> Manifest: ...

    def notes(self) -> Sequence[int]:
        """Return the sizes of its checkpoints in ascending order."""
        ...

    def token(self, size: int) -> bytes | None:
        """Return the time-stamp of the checkpoint of this size, if there is one."""
        ...

    def records(self) -> Iterator[bytes]:
        """Iterate over the lines of its records, without line ends."""
        ...

    def payloads(self) -> frozenset[str]:
        """Return the names of its payloads and frames."""
        ...

    def read(self, name: str) -> bytes: ...

    def size(self, name: str) -> int:
        """Return the number of octets that ``read`` would return."""
        ...


class RecordJudge(Protocol):
    """Verifier of signed payloads."""

    def judge(self, header: Header, octets: bytes) -> Facts | None:
        """Verify a signed payload and return its facts; None if no signature is expected.

        Raises `GatewayError`, and `CannotTell`.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditor:
    """Inputs of an auditor: the archive's key, anchors, and limits of the audit.

    Anchors are behind ``judge`` and ``read_token`` (None: no time authority is trusted). ``own`` are checkpoints kept
    from earlier, ``period`` is the requested period.
    ``deletions`` are those that the archive records; ``revocation`` judges by revocation lists.
    """

    opener: NoteOpener
    judge: RecordJudge
    read_token: TokenReader | None = None
    own: Sequence[Checkpoint] = ()
    period: Period | None = None
    deletions: Deletions = field(default_factory=NoDeletions)
    revocation: RevocationJudge | None = None


SKEW = timedelta(minutes=10)
"""Tolerance for the difference between a time authority's clock and the gateway's, which proves nothing.

It also covers the time from a record's commit to its place in the tree.
"""

MAX_MESSAGE_BYTES = 128 * 1024 * 1024
"""Upper bound in octets of a message: a frame may name one seal any number of times."""

_TOGETHER = 1024
"""Number of leaves appended to the tree at a time."""


def audit_segment(files: SegmentFiles, by: Auditor) -> SegmentAudit:
    audit = SegmentAudit(file=files.name)
    try:
        manifest = audit.manifest = files.manifest()
        if files.name != manifest.file:
            audit.add(Check.CONTAINER, files.name, f"its content is that of {manifest.file}")
        _Segment(files, manifest, by, audit).judge()
    except NotASegment as problem:
        audit.add(Check.CONTAINER, files.name, str(problem))
        audit.after = None
    except (RecursionError, MemoryError) as error:
        # No known input gets here, since limits are checked first. If one does, the segment is at fault.
        audit.add(Check.CONTAINER, files.name, f"needs more than this program has: {words_of(error)}")
        audit.after = None
    else:
        audit.passed[Check.CONTAINER] += 1
    return audit


class _Segment:
    """One walk through a segment's records, and then through its payloads."""

    def __init__(self, files: SegmentFiles, manifest: Manifest, by: Auditor, audit: SegmentAudit) -> None:
        self._files, self._manifest, self._by, self._audit = files, manifest, by, audit
        self._own: dict[int, list[Checkpoint]] = {}
        for own in by.own:
            if manifest.first < own.size <= manifest.end:
                self._own.setdefault(own.size, []).append(own)
        self._named: set[str] = set()
        self._deleted: Counter[str] = Counter()
        self._revocation = RevocationCheck(by.revocation, audit)

    def judge(self) -> None:
        manifest, audit = self._manifest, self._audit
        notes = dict.fromkeys(self._files.notes())
        if not notes or max(notes) != manifest.end or min(notes) <= manifest.first:
            raise NotASegment("its checkpoints are not those of its range")
        tree, size = manifest.before, manifest.first
        leaves: list[bytes] = []
        held = self._files.payloads()
        for line in self._files.records():
            size += 1
            leaves.append(leaf_hash(line))
            self._record(size - 1, line, held)
            compared = size in notes or size in self._own or size == manifest.end
            if compared or len(leaves) == _TOGETHER:
                tree, leaves = tree.extend(leaves), []
            if compared:
                self._compare(size, tree.root(), is_noted=size in notes)
        for reason, number in self._deleted.items():
            audit.add(Check.PAYLOAD, f"{number} payloads", reason, Verdict.INDETERMINATE)
        if size != manifest.end:
            raise NotASegment(f"{size - manifest.first} records, where {manifest.end - manifest.first} are told")
        if unnamed := held - self._named:
            raise NotASegment(f"{len(unnamed)} payloads that no record names, such as {min(unnamed)}")
        audit.after, audit.last_root = tree, tree.root()

    def _compare(self, size: int, root: bytes, *, is_noted: bool) -> None:
        for own in self._own.get(size, ()):
            if own.root == root:
                self._audit.passed[Check.HISTORY] += 1
                self._audit.same.append(own)
            else:
                self._audit.others.append(own)
        if not is_noted:
            return
        name = note_name(size)
        try:
            octets = self._files.read(name)
            checkpoint = self._by.opener.open(octets)
        except NotANote as problem:
            self._audit.add(Check.CHECKPOINT, name, str(problem))
            return
        self._audit.passed[Check.CHECKPOINT] += 1
        if (checkpoint.size, checkpoint.root, checkpoint.origin) == (size, root, self._manifest.origin):
            self._audit.passed[Check.TREE] += 1
        else:
            self._audit.add(Check.TREE, name, f"the records up to {size} have another root than was signed")
        self._date(size, checkpoint.text)

    def _date(self, size: int, text: bytes) -> None:
        """Judge a checkpoint's time-stamp: it must be of this text, and not earlier than the last record."""
        token, name = self._files.token(size), token_name(size)
        if token is None:
            if size == self._manifest.end:
                self._audit.add(Check.TIME, note_name(size), "without a time-stamp", Verdict.INDETERMINATE)
            return
        if self._by.read_token is None:
            self._audit.add(Check.TIME, name, "you trust no time authority", Verdict.INDETERMINATE)
            return
        try:
            stamp = self._by.read_token(token, hashlib.sha256(text).digest())
        except GatewayError as problem:
            self._audit.add(Check.TIME, name, f"{problem.code} {problem.detail}".strip())
            return
        if timestamp(stamp.time + SKEW) < self._audit.last_time:
            self._audit.add(Check.TIME, name, f"of {timestamp(stamp.time)}, before records that it covers")
            return
        self._audit.passed[Check.TIME] += 1
        self._audit.stamped_at = max(self._audit.stamped_at, timestamp(stamp.time))
        self._meet(size, stamp)

    def _meet(self, size: int, stamp: TimeStamp) -> None:
        """Keep a checkpoint that bounds the period, allowing for the stated accuracy of the authority's clock."""
        audit, period, off = self._audit, self._by.period, stamp.accuracy or timedelta()
        found = Stamped(size=size, time=stamp.time, after=timestamp(stamp.time - off - SKEW))
        if audit.stamped is None or found.after > audit.stamped.after:
            audit.stamped = found
        if period is None:
            return
        if stamp.time + off < period.since:
            audit.opening, audit.closing = found, None
        elif stamp.time - off >= period.until and audit.closing is None:
            audit.closing = found

    def _order(self, subject: str, recorded_at: str) -> None:
        """Judge that a record says no earlier time than the time-stamps of the checkpoints in front of it."""
        audit = self._audit
        if audit.stamped is not None and (reason := audit.stamped.contradicted(recorded_at)):
            audit.add(Check.TIME, subject, reason)
        if audit.closing is not None and audit.closing.contradicted(recorded_at):
            audit.closing = None

    def _record(self, index: int, line: bytes, held: frozenset[str]) -> None:
        audit = self._audit
        try:
            header = Header.of(line)
        except NotARecord as problem:
            audit.add(Check.RECORDS, f"record {index}", str(problem))
            return
        audit.passed[Check.RECORDS] += 1
        audit.kinds[header.kind.value] += 1
        subject = f"record {index}, {header.id}"
        if not audit.first_time or header.recorded_at < audit.first_time:
            audit.first_time, audit.oldest = header.recorded_at, subject
        self._order(subject, header.recorded_at)
        # The record in its place says that its time had not come, and nothing here shows that it was sent.
        replaced = header.kind is EvidenceKind.SEALED_NOTICE and self._by.deletions.replaced(header)
        if not replaced:
            audit.last_time = max(audit.last_time, header.recorded_at)
        if self._by.period is not None and self._by.period.holds(parse_timestamp(header.recorded_at)):
            audit.of_period += 1
        octets, facts = self._payload(index, header, held), None
        if octets is None:
            return
        if header.kind is EvidenceKind.HISTORY_SET_ASIDE:
            self._set_aside(subject, octets)
        try:
            if facts := self._by.judge.judge(header, octets):
                audit.passed[Check.SIGNATURE] += 1
        except CannotTell as doubt:
            audit.add(Check.SIGNATURE, subject, doubt.reason, Verdict.INDETERMINATE)
            facts = doubt.facts
        except GatewayError as problem:
            audit.add(Check.SIGNATURE, subject, f"{problem.code} {problem.detail}".strip())
        if facts is not None and not replaced:
            self._revocation.judge(subject, facts)

    def _set_aside(self, subject: str, octets: bytes) -> None:
        try:
            self._audit.set_aside.append(SettingAside.of(octets))
        except NotASettingAside as problem:
            self._audit.add(Check.RECORDS, subject, str(problem))

    def _payload(self, index: int, header: Header, held: frozenset[str]) -> bytes | None:
        subject, digest = f"record {index}, {header.id}", header.payload_digest
        plain, framed = payload_name(digest), payload_name(digest, framed=True)
        try:
            if plain in held:
                octets = self._named_octets(plain)
            elif framed in held:
                frame = Frame.load(self._named_octets(framed))
                self._named.update(map(payload_name, frame.seals))
                if lost := [seal for seal in frame.seals if payload_name(seal) not in held]:
                    self._gone(subject, lost, ANYWHERE)
                    return None
                sizes = [*map(len, frame.pieces), *(self._files.size(payload_name(seal)) for seal in frame.seals)]
                if sum(sizes) > MAX_MESSAGE_BYTES:
                    self._audit.add(Check.PAYLOAD, subject, f"its message would have {sum(sizes)} octets, and none has")
                    return None
                octets = frame.fill(lambda seal: self._named_octets(payload_name(seal)))
            else:
                self._gone(subject, [digest], index)
                return None
        except (ValueError, KeyError, TypeError, AttributeError):
            self._audit.add(Check.PAYLOAD, subject, "the frame of its message has another form")
            return None
        if sha256(octets) != digest:
            self._audit.add(Check.PAYLOAD, subject, "its payload is another than the record says")
            return None
        self._audit.passed[Check.PAYLOAD] += 1
        return octets

    def _gone(self, subject: str, digests: Sequence[str], place: int) -> None:
        """Report a missing payload, or missing seals of a message: deleted on record behind ``place``, or damaged or
        removed.

        Damage on record names each record that it concerns: its content cannot be proven any more.
        """
        reasons = [self._by.deletions.reason(digest, place) for digest in digests]
        if told := [reason for reason in reasons if reason is not None]:
            self._deleted[told[0]] += 1
        if len(told) < len(reasons):
            damages = [
                damage
                for digest, reason in zip(digests, reasons, strict=True)
                if reason is None and (damage := self._by.deletions.damage(digest))
            ]
            self._audit.add(Check.PAYLOAD, subject, ": ".join(["its payload is not here", *damages[:1]]))

    def _named_octets(self, name: str) -> bytes:
        self._named.add(name)
        return self._files.read(name)

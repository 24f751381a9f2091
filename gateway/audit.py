"""Audit: a segment is judged by what it holds, an archive by how its segments join. Pure: files come in by a port.

The recipe, which code, report and `docs/archive.md` share; the numbers are those of `Check`:

1. container    exactly the files of a segment, none twice, none besides, within bounds
2. records      each header has the one form of a record, and its payload is said by digest
3. tree         the records' root, appended to what the segment says came before, is that of each checkpoint
4. checkpoint   each note is signed by the archive's key, which the auditor has from elsewhere
5. payload      each payload has the digest that headers name; messages are filled first
6. signature    notices, receipts and believed messages are verified at their time, by anchors that the auditor has
7. join         the first segment begins at 0; each begins where, and with the very tree with which, the last one ended
8. history      the auditor's own checkpoints are of this very tree: nothing was rewritten, nothing is missing

A check has a verdict of its own. What could not be judged is INDETERMINATE, with the reason, and never PASSED.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gateway.checkpoint import Checkpoint, NotANote
from gateway.envelope import Frame
from gateway.errors import GatewayError
from gateway.evidence import Header, NotARecord
from gateway.merkle import Frontier, leaf_hash
from gateway.notice import sha256
from gateway.segment import Manifest, NotASegment, note_name, payload_name


class Check(StrEnum):
    """One step of the recipe."""

    CONTAINER = "1 container"
    RECORDS = "2 records"
    TREE = "3 tree"
    CHECKPOINT = "4 checkpoint"
    PAYLOAD = "5 payload"
    SIGNATURE = "6 signature"
    JOIN = "7 join"
    HISTORY = "8 history"


class Verdict(StrEnum):
    """What came of a check."""

    PASSED = "PASSED"
    FAILED = "FAILED"
    INDETERMINATE = "INDETERMINATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something that is not as it should be: which check, where, and why."""

    check: Check
    verdict: Verdict
    subject: str
    reason: str


class SegmentFiles(Protocol):
    """An opened segment. Raises `NotASegment` for whatever is wrong with the container."""

    @property
    def name(self) -> str: ...

    def manifest(self) -> Manifest: ...

    def notes(self) -> Sequence[int]:
        """The sizes of its checkpoints, the smallest first."""
        ...

    def records(self) -> Iterator[bytes]:
        """The lines of its records, without their ends."""
        ...

    def payloads(self) -> frozenset[str]:
        """The names of its payloads and frames."""
        ...

    def read(self, name: str) -> bytes: ...


class NoteOpener(Protocol):
    """Knows the archive's key."""

    def open(self, octets: bytes) -> Checkpoint:
        """Return the checkpoint that the archive's key signed. Raises `NotANote`."""
        ...


class RecordJudge(Protocol):
    """Verifies what somebody signed."""

    def judge(self, header: Header, octets: bytes) -> bool:
        """Whether there was a signature that ought to be verified, and was. Raises `GatewayError`."""
        ...


MAX_FINDINGS = 100
"""Findings that are told of one segment; the others are counted."""


@dataclass(slots=True, kw_only=True)
class SegmentAudit:
    """What one segment came to. ``after`` is the tree's frontier at its end, None where that could not be made."""

    file: str
    manifest: Manifest | None = None
    after: Frontier | None = None
    last_root: bytes | None = None
    kinds: Counter[str] = field(default_factory=Counter)
    passed: Counter[Check] = field(default_factory=Counter)
    failed: Counter[tuple[Check, Verdict]] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)
    first_time: str = ""
    last_time: str = ""

    def add(self, check: Check, subject: str, reason: str, verdict: Verdict = Verdict.FAILED) -> None:
        self.failed[check, verdict] += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(check=check, verdict=verdict, subject=subject, reason=reason))


def audit_segment(
    files: SegmentFiles, opener: NoteOpener, judge: RecordJudge, own: Sequence[Checkpoint] = ()
) -> SegmentAudit:
    """Judge one segment. ``own`` are checkpoints that the auditor kept from earlier."""
    audit = SegmentAudit(file=files.name)
    try:
        manifest = audit.manifest = files.manifest()
        if files.name != manifest.file:
            audit.add(Check.CONTAINER, files.name, f"its content is that of {manifest.file}")
        _Segment(files, manifest, opener, judge, own, audit).judge()
    except NotASegment as problem:
        audit.add(Check.CONTAINER, files.name, str(problem))
        audit.after = None
    else:
        audit.passed[Check.CONTAINER] += 1
    return audit


class _Segment:
    """One walk through a segment's records, and then through its payloads."""

    def __init__(
        self,
        files: SegmentFiles,
        manifest: Manifest,
        opener: NoteOpener,
        judge: RecordJudge,
        own: Sequence[Checkpoint],
        audit: SegmentAudit,
    ) -> None:
        self._files, self._manifest, self._opener, self._judge = files, manifest, opener, judge
        self._audit = audit
        self._own = {c.size: c for c in own if manifest.first < c.size <= manifest.end}
        self._named: set[str] = set()

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
            if size in notes or size in self._own or size == manifest.end:
                tree, leaves = tree.extend(leaves), []
                self._compare(size, tree.root(), is_noted=size in notes)
        if size != manifest.end:
            raise NotASegment(f"{size - manifest.first} records, where {manifest.end - manifest.first} are told")
        if unnamed := held - self._named:
            raise NotASegment(f"{len(unnamed)} payloads that no record names, such as {min(unnamed)}")
        audit.after, audit.last_root = tree, tree.root()

    def _compare(self, size: int, root: bytes, *, is_noted: bool) -> None:
        if size in self._own:
            if self._own[size].root == root:
                self._audit.passed[Check.HISTORY] += 1
            else:
                self._audit.add(Check.HISTORY, f"at {size} records", "the tree is another than your checkpoint says")
        if not is_noted:
            return
        name = note_name(size)
        try:
            checkpoint = self._opener.open(self._files.read(name))
        except NotANote as problem:
            self._audit.add(Check.CHECKPOINT, name, str(problem))
            return
        self._audit.passed[Check.CHECKPOINT] += 1
        if (checkpoint.size, checkpoint.root, checkpoint.origin) == (size, root, self._manifest.origin):
            self._audit.passed[Check.TREE] += 1
        else:
            self._audit.add(Check.TREE, name, f"the records up to {size} have another root than was signed")

    def _record(self, index: int, line: bytes, held: frozenset[str]) -> None:
        audit = self._audit
        try:
            header = Header.of(line)
        except NotARecord as problem:
            audit.add(Check.RECORDS, f"record {index}", str(problem))
            return
        audit.passed[Check.RECORDS] += 1
        audit.kinds[header.kind.value] += 1
        audit.first_time = min(audit.first_time or header.recorded_at, header.recorded_at)
        audit.last_time = max(audit.last_time, header.recorded_at)
        octets = self._payload(f"record {index}, {header.id}", header, held)
        if octets is None:
            return
        try:
            if self._judge.judge(header, octets):
                audit.passed[Check.SIGNATURE] += 1
        except GatewayError as problem:
            audit.add(Check.SIGNATURE, f"record {index}, {header.id}", f"{problem.code} {problem.detail}".strip())

    def _payload(self, subject: str, header: Header, held: frozenset[str]) -> bytes | None:
        digest = header.payload_digest
        plain, framed = payload_name(digest), payload_name(digest, framed=True)
        try:
            if plain in held:
                octets = self._named_octets(plain)
            elif framed in held:
                frame = Frame.load(self._named_octets(framed))
                octets = frame.fill(lambda seal: self._named_octets(payload_name(seal)))
            else:
                self._audit.add(Check.PAYLOAD, subject, "its payload is not here")
                return None
        except (ValueError, KeyError, TypeError, AttributeError):
            self._audit.add(Check.PAYLOAD, subject, "the frame of its message has another form")
            return None
        if sha256(octets) != digest:
            self._audit.add(Check.PAYLOAD, subject, "its payload is another than the record says")
            return None
        self._audit.passed[Check.PAYLOAD] += 1
        return octets

    def _named_octets(self, name: str) -> bytes:
        self._named.add(name)
        return self._files.read(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an archive came to. ``verdicts`` has every check; ``size`` and ``root`` are those of its last segment."""

    size: int
    root: bytes | None
    records: int
    kinds: Mapping[str, int]
    passed: Mapping[Check, int]
    verdicts: Mapping[Check, Verdict]
    findings: Sequence[Finding]
    untold: int
    first_time: str
    last_time: str

    @property
    def good(self) -> bool:
        return all(verdict is Verdict.PASSED for verdict in self.verdicts.values())


def join(audits: Sequence[SegmentAudit], own: Sequence[Checkpoint] = ()) -> AuditReport:
    """Return what segments come to together. ``audits`` are in the order of their ranges."""
    whole = SegmentAudit(file="archive")
    tree: Frontier | None = Frontier()
    origin = None
    for audit in audits:
        manifest = audit.manifest
        if manifest is None:
            tree = None
            continue
        if tree is None:
            whole.add(Check.JOIN, audit.file, "what came before it could not be judged", Verdict.INDETERMINATE)
        elif manifest.first != tree.size:
            reason = "records are missing" if manifest.first > tree.size else "begins before the last one ended"
            whole.add(Check.JOIN, audit.file, f"{reason}: {tree.size} to {manifest.first}")
        elif manifest.before != tree:
            whole.add(Check.JOIN, audit.file, "the tree that it goes on from is not that of the segment before it")
        elif origin not in (None, manifest.origin):
            whole.add(Check.JOIN, audit.file, f"the archive of {manifest.origin}, not of {origin}")
        else:
            whole.passed[Check.JOIN] += 1
        tree, origin = audit.after, manifest.origin
    last = audits[-1] if audits else whole
    size = last.after.size if last.after else 0
    for checkpoint in own:
        if checkpoint.size > size:
            reason = f"your checkpoint has {checkpoint.size} records; the last ones are missing here"
            whole.add(Check.HISTORY, f"at {size} records", reason)
    if not own:
        reason = "no checkpoint of your own was given, so a later end or another history cannot be told"
        whole.add(Check.HISTORY, f"at {size} records", reason, Verdict.INDETERMINATE)
    return _report([*audits, whole], size, last.last_root)


def _report(audits: Sequence[SegmentAudit], size: int, root: bytes | None) -> AuditReport:
    kinds: Counter[str] = Counter()
    passed: Counter[Check] = Counter()
    failed: Counter[tuple[Check, Verdict]] = Counter()
    findings: list[Finding] = []
    for audit in audits:
        kinds += audit.kinds
        passed += audit.passed
        failed += audit.failed
        findings += audit.findings
    times = [time for audit in audits for time in (audit.first_time, audit.last_time) if time]
    return AuditReport(
        size=size,
        root=root,
        records=kinds.total(),
        kinds=kinds,
        passed=passed,
        verdicts={check: _verdict(check, passed, failed) for check in Check},
        findings=findings,
        untold=failed.total() - len(findings),
        first_time=min(times, default=""),
        last_time=max(times, default=""),
    )


def _verdict(check: Check, passed: Counter[Check], failed: Counter[tuple[Check, Verdict]]) -> Verdict:
    if failed[check, Verdict.FAILED]:
        return Verdict.FAILED
    if failed[check, Verdict.INDETERMINATE] or not passed[check]:
        return Verdict.INDETERMINATE
    return Verdict.PASSED

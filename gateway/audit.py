"""Audit: a segment is judged by what it holds (`gateway.segment_audit`), an archive by how its segments join.

The recipe, which code, report and `docs/archive.md` share; the numbers are those of `Check`:

1. container    exactly the files of a segment, none twice, none besides, within bounds
2. records      each header has the one form of a record, and its payload is said by digest
3. tree         the records' root, appended to what the segment says came before, is that of each checkpoint
4. checkpoint   each note is signed by the archive's key, which the auditor has from elsewhere
5. time         each time-stamp is an authority's, of that very note, and not of a time before the records it covers
6. payload      each payload has the digest that headers name; messages are filled first
7. signature    notices, receipts and believed messages are verified at their time, by anchors that the auditor has
8. join         the first segment begins at 0; each begins where, and with the very tree with which, the last one ended
9. history      the auditor's own checkpoints are of this very tree: nothing was rewritten, nothing is missing
10. revocation  no certificate that signed, nor one that issued it, was revoked at the time of signing

A check has a verdict of its own. What could not be judged is INDETERMINATE, with the reason, and never PASSED.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.checkpoint import Checkpoint
from gateway.merkle import Frontier
from gateway.segment import Manifest


class Check(StrEnum):
    """One step of the recipe."""

    CONTAINER = "1 container"
    RECORDS = "2 records"
    TREE = "3 tree"
    CHECKPOINT = "4 checkpoint"
    TIME = "5 time"
    PAYLOAD = "6 payload"
    SIGNATURE = "7 signature"
    JOIN = "8 join"
    HISTORY = "9 history"
    REVOCATION = "10 revocation"


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
    stamped_at: str = ""

    def add(self, check: Check, subject: str, reason: str, verdict: Verdict = Verdict.FAILED) -> None:
        self.failed[check, verdict] += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding(check=check, verdict=verdict, subject=subject, reason=reason))


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
    stamped_at: str

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
        stamped_at=max((audit.stamped_at for audit in audits), default=""),
    )


def _verdict(check: Check, passed: Counter[Check], failed: Counter[tuple[Check, Verdict]]) -> Verdict:
    if failed[check, Verdict.FAILED]:
        return Verdict.FAILED
    if failed[check, Verdict.INDETERMINATE] or not passed[check]:
        return Verdict.INDETERMINATE
    return Verdict.PASSED

"""Report on a whole archive: join the audits of its segments in one walk along their ranges.

Memory does not grow with the archive, except for the list of findings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from gateway.archive.segment import Manifest, range_of
from gateway.audit.audit import AuditReport, Finding, PeriodReport, SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.audit.period import Period, Stamped
from gateway.audit.set_aside_audit import SetAsideSegments
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tree import Frontier
from gateway.runtime.verdict import Verdict
from gateway.trust.key_uses import KeyUses

MAX_FINDINGS = 1000
"""Maximum number of findings listed for an archive; further ones are only counted."""

_SPOILS = (Check.CONTAINER, Check.RECORDS, Check.TREE, Check.CHECKPOINT)
"""Checks that must pass for a segment's range to be complete. A payload may be deleted; its record remains."""

Range = tuple[int, int]


def join(
    audits: Iterable[SegmentAudit],
    own: Sequence[Checkpoint] = (),
    period: Period | None = None,
    aside: Sequence[SegmentAudit] = (),
) -> AuditReport:
    """Join audits of segments into one report.

    ``audits`` are in the order of their ranges; ``own`` are checkpoints that the auditor kept; ``aside`` are segments
    that were set aside.
    With a ``period``, gaps outside of it cause no failure.
    """
    walk = _Walk(own, aside)
    for audit in audits:
        walk.add(audit)
    return walk.report(period)


class _Walk:
    def __init__(self, own: Sequence[Checkpoint], aside: Sequence[SegmentAudit]) -> None:
        self._own, self._aside = own, aside
        self._others: list[Checkpoint] = []
        self._set_aside = [record for audit in aside for record in audit.set_aside]
        self._uncompared = {checkpoint.size for checkpoint in own}
        self._whole = SegmentAudit(file="archive")
        self._tree: Frontier | None = Frontier()
        self._origin: str | None = None
        self._end = self._size = 0
        self._root: bytes | None = None
        self._gaps: list[tuple[Range, str]] = []
        self._spoiled: list[tuple[Range, str]] = []
        self._stamped: Stamped | None = None
        self._opening: Stamped | None = None
        self._closing: Stamped | None = None
        self._segments = self._of_period = 0
        self._key_uses = KeyUses()
        self._kinds: Counter[str] = Counter()
        self._passed: Counter[Check] = Counter()
        self._failed: Counter[tuple[Check, Verdict]] = Counter()
        self._findings: list[Finding] = []
        self._first_time = self._last_time = self._stamped_at = ""

    def add(self, audit: SegmentAudit) -> None:
        self._segments += 1
        self._count(audit)
        self._meet(audit)
        self._others += audit.others
        self._set_aside += audit.set_aside
        manifest = audit.manifest
        first, end = (manifest.first, manifest.end) if manifest else range_of(audit.file) or (self._end, self._end)
        if audit.after is None or any(audit.failed[check, Verdict.FAILED] for check in _SPOILS):
            self._spoiled.append(((first, end), audit.file))
        if first > self._end:
            self._gaps.append(((self._end, first), audit.file))
        if manifest is not None:
            self._join(audit, manifest)
        self._tree, self._end = audit.after, max(self._end, end)
        self._size, self._root = (audit.after.size, audit.last_root) if audit.after else (0, None)

    def _join(self, audit: SegmentAudit, manifest: Manifest) -> None:
        wrong = None
        if manifest.first < self._end:
            wrong = f"begins before the last one ended: {self._end} to {manifest.first}"
        elif self._origin not in (None, manifest.origin):
            wrong = f"the archive of {manifest.origin}, not of {self._origin}"
        elif manifest.first == self._end and self._tree not in (None, manifest.before):
            wrong = "the tree that it goes on from is not that of the segment before it"
        if wrong:
            self._whole.add(Check.JOIN, audit.file, wrong)
            self._spoiled.append(((manifest.first, manifest.end), audit.file))
        elif manifest.first == self._end and self._tree is None:
            reason = "what came before it could not be judged"
            self._whole.add(Check.JOIN, audit.file, reason, Verdict.INDETERMINATE)
        elif manifest.first == self._end:
            self._whole.passed[Check.JOIN] += 1
        self._origin = manifest.origin
        if audit.after is not None:
            self._uncompared -= {size for size in self._uncompared if manifest.first < size <= manifest.end}

    def _meet(self, audit: SegmentAudit) -> None:
        """Compare the times of a segment's records with the time-stamps in front of it, and bound the period."""
        if reason := _contradicted(self._stamped, audit):
            self._whole.add(Check.TIME, audit.oldest, reason)
        if _contradicted(self._closing, audit):
            self._closing = None
        if audit.stamped and (self._stamped is None or audit.stamped.after > self._stamped.after):
            self._stamped = audit.stamped
        if audit.opening and (self._opening is None or audit.opening.size > self._opening.size):
            self._opening = audit.opening
        found = [each for each in (self._closing, audit.closing) if each and each.size > self._opened]
        self._closing = min(found, key=lambda each: each.size, default=None)

    @property
    def _opened(self) -> int:
        return self._opening.size if self._opening else 0

    def _count(self, audit: SegmentAudit) -> None:
        self._key_uses.add(audit.key_uses)
        self._kinds += audit.kinds
        self._passed += audit.passed
        self._failed += audit.failed
        self._findings += audit.findings[: MAX_FINDINGS - len(self._findings)]
        self._of_period += audit.of_period
        for time in filter(None, (audit.first_time, audit.last_time)):
            self._first_time = min(self._first_time or time, time)
            self._last_time = max(self._last_time, time)
        self._stamped_at = max(self._stamped_at, audit.stamped_at)

    def report(self, period: Period | None) -> AuditReport:
        asked = self._of(period) if period else None
        for (first, end), file in self._gaps:
            outside = asked is not None and (end <= asked.first or first >= asked.end)
            reason = f"records are missing: {first} to {end}" + (", outside the period" if outside else "")
            self._whole.add(Check.JOIN, file, reason, Verdict.INDETERMINATE if outside else Verdict.FAILED)
        for place, reason in (*self._key_uses.wrong_receipts(), *self._key_uses.wrong_messages()):
            self._whole.add(Check.SIGNATURE, place, reason)
        aside = SetAsideSegments(records=self._set_aside, audits=self._aside)
        self._judge_history(aside)
        if asked:
            self._judge_period(asked)
        aside.judge(self._whole, complete=asked is None)
        # Findings on the whole archive come first, and are listed however many its parts have.
        parts, self._findings = self._findings, []
        self._count(self._whole)
        self._findings += parts[: MAX_FINDINGS - len(self._findings)]
        return AuditReport(
            origin=self._origin,
            size=self._size,
            root=self._root,
            segments=self._segments,
            records=self._kinds.total(),
            kinds=self._kinds,
            passed=self._passed,
            verdicts={check: self._verdict(check) for check in Check if asked or check is not Check.PERIOD},
            findings=self._findings,
            untold=self._failed.total() - len(self._findings),
            first_time=self._first_time,
            last_time=self._last_time,
            stamped_at=self._stamped_at,
            period=asked,
            set_aside=self._set_aside,
        )

    def _judge_history(self, aside: SetAsideSegments) -> None:
        if not self._own:
            reason = "no checkpoint of your own was given, so a later end or another history cannot be told"
            self._whole.add(Check.HISTORY, f"at {self._size} records", reason, Verdict.INDETERMINATE)
        trees = {
            (checkpoint.origin, checkpoint.size, checkpoint.root)
            for checkpoint in self._own
            if not aside.explain(checkpoint)
        }
        for origin, size in sorted({(origin, size) for origin, size, _ in trees}):
            if sum((origin, size) == tree[:2] for tree in trees) > 1:
                # The signer showed different histories to different people, whatever this archive holds.
                reason = (
                    "two of your checkpoints are of different trees of this size, and the archive's key signed both"
                )
                self._whole.add(Check.HISTORY, f"at {size} records", reason)
        for other in self._others:
            explained = aside.explain(other)
            verdict = Verdict.INDETERMINATE if explained else Verdict.FAILED
            told = explained or "the tree is another than your checkpoint says"
            self._whole.add(Check.HISTORY, f"at {other.size} records", told, verdict)
        for size in sorted(self._uncompared):
            reasons = [aside.explain(own) for own in self._own if own.size == size]
            if all(reasons):
                for told in filter(None, reasons):
                    self._whole.add(Check.HISTORY, f"at {size} records", told, Verdict.INDETERMINATE)
            elif size > self._end:
                reason = f"your checkpoint has {size} records; the last ones are missing here"
                self._whole.add(Check.HISTORY, f"at {size} records", reason)
            else:
                reason = "your checkpoint could not be compared: the records up to it could not be judged"
                self._whole.add(Check.HISTORY, f"at {size} records", reason, Verdict.INDETERMINATE)

    def _of(self, period: Period) -> PeriodReport:
        first = self._opened
        end = self._closing.size if self._closing else self._end
        return PeriodReport(
            period=period,
            opening=self._opening,
            closing=self._closing,
            first=first,
            end=end,
            of_period=self._of_period,
            missing=[
                (max(first, begin), min(end, stop)) for (begin, stop), _ in self._gaps if begin < end and first < stop
            ],
            spoiled=sorted({file for (begin, stop), file in self._spoiled if begin < end and first < stop}),
        )

    def _judge_period(self, asked: PeriodReport) -> None:
        subject = f"records {asked.first} to {asked.end}"
        for first, end in asked.missing:
            self._whole.add(Check.PERIOD, subject, f"records {first} to {end} are missing")
        for file in asked.spoiled:
            self._whole.add(Check.PERIOD, subject, f"{file} is not as it was, or is of another history")
        if asked.closing is None:
            reason = "no checkpoint here was time-stamped after the period, so records of it may still be elsewhere"
            self._whole.add(Check.PERIOD, subject, reason, Verdict.INDETERMINATE)
        elif not asked.missing and not asked.spoiled:
            self._whole.passed[Check.PERIOD] += asked.end - asked.first

    def _verdict(self, check: Check) -> Verdict:
        if self._failed[check, Verdict.FAILED]:
            return Verdict.FAILED
        if self._failed[check, Verdict.INDETERMINATE] or not self._passed[check]:
            return Verdict.INDETERMINATE
        return Verdict.PASSED


def _contradicted(stamped: Stamped | None, audit: SegmentAudit) -> str | None:
    """Return the reason if a segment behind a checkpoint has a record of an earlier time."""
    if stamped is None or audit.manifest is None or audit.manifest.first < stamped.size or not audit.first_time:
        return None
    return stamped.contradicted(audit.first_time)

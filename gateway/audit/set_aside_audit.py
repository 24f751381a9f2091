"""Audit of set-aside segments, which belong to a forgotten history, by the records that set them aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.audit.audit import SegmentAudit
from gateway.audit.audit_recipe import Check
from gateway.merkle.checkpoint import Checkpoint
from gateway.record.set_aside import Forgotten, SettingAside
from gateway.runtime.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAsideSegments:
    """Segments that lie aside: ``records`` of the archive that set something aside, ``audits`` of the segments."""

    records: Sequence[SettingAside]
    audits: Sequence[SegmentAudit]

    def explain(self, checkpoint: Checkpoint) -> str | None:
        """Return the recorded reason for an auditor's checkpoint of another tree; None if there is none."""
        for record in self.records:
            if Forgotten(size=checkpoint.size, root=checkpoint.root) in record.checkpoints:
                return f"your checkpoint is of a history that was {record.summary}"
        for audit in self.audits:
            if checkpoint in audit.same and (found := self._naming(audit)):
                return f"your checkpoint is of {audit.file}, which was {found.summary}"
        return None

    def judge(self, whole: SegmentAudit, *, complete: bool) -> None:
        """Add deviations to ``whole``; an archive that is incomplete on purpose fails no missing segment."""
        for audit in self.audits:
            whole.failed += audit.failed
            whole.findings += audit.findings
            if self._naming(audit) is None:
                whole.add(Check.JOIN, f"set-aside/{audit.file}", "it lies aside, and no record says why")
        here = {audit.file for audit in self.audits}
        verdict = Verdict.FAILED if complete else Verdict.INDETERMINATE
        for record in self.records:
            for file in record.segments:
                if file not in here:
                    reason = f"it was {record.summary}, and is not here"
                    whole.add(Check.JOIN, f"set-aside/{file}", reason, verdict)

    def _naming(self, audit: SegmentAudit) -> SettingAside | None:
        return next((record for record in self.records if _is_named(audit, record)), None)


def _is_named(audit: SegmentAudit, record: SettingAside) -> bool:
    """Return True if a record names this file, with this root if it names a root for that size."""
    ends = [each.root for each in record.checkpoints if audit.manifest and each.size == audit.manifest.end]
    return audit.file in record.segments and (audit.last_root is None or not ends or audit.last_root in ends)

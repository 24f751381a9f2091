"""Audit: a segment is judged by what it holds (`gateway.audit.segment_audit`), an archive by how its segments join
(`gateway.audit.archive_report`). `gateway.audit.audit_recipe` has the checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from gateway.archive.segment import Manifest
from gateway.audit.audit_recipe import Check
from gateway.audit.period import Period, Stamped
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tree import Frontier
from gateway.record.set_aside import SettingAside
from gateway.runtime.verdict import Verdict
from gateway.trust.key_uses import KeyUses
from gateway.trust.trust_policy import Facts


class CannotTell(Exception):
    """A signature holds, and what it is on could not be judged as a whole, for this ``reason``. ``facts`` are those of
    the signature."""

    literal_name = "CannotTell"

    def __init__(self, reason: str, facts: Facts) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


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
    """What one segment came to. ``after`` is the tree's frontier at its end, None where that could not be made.

    Of the period that is asked about: ``opening`` is the last checkpoint here that was time-stamped before it,
    ``closing`` the first one after it, and ``of_period`` counts records that say they were made in it. ``key_uses`` are
    the keys that signed something here.

    Of the auditor's own checkpoints ``same`` are of this tree and ``others`` are not. ``set_aside`` is what its records
    say of forgotten histories.
    """

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
    opening: Stamped | None = None
    closing: Stamped | None = None
    of_period: int = 0
    key_uses: KeyUses = field(default_factory=KeyUses)
    same: list[Checkpoint] = field(default_factory=list)
    others: list[Checkpoint] = field(default_factory=list)
    set_aside: list[SettingAside] = field(default_factory=list)

    def add(self, check: Check, subject: str, reason: str, verdict: Verdict = Verdict.FAILED) -> None:
        self.failed[check, verdict] += 1
        if len(self.findings) < MAX_FINDINGS:
            found = Finding(check=check, verdict=verdict, subject=shown(subject), reason=shown(reason))
            self.findings.append(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodReport:
    """What came of a period: the records ``first`` to ``end`` (exclusive) are those between its checkpoints. Without
    an ``opening`` they begin with the archive, without a ``closing`` they end with what is here.

    ``missing`` are ranges that are not here; ``spoiled`` names segments of the range that a check found wrong.
    """

    period: Period
    opening: Stamped | None
    closing: Stamped | None
    first: int
    end: int
    of_period: int
    missing: Sequence[tuple[int, int]]
    spoiled: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What an archive came to. ``verdicts`` has every check that was asked; ``size`` and ``root`` are those of its
    last segment. ``set_aside`` are the records of forgotten histories that lie aside."""

    origin: str | None
    size: int
    root: bytes | None
    segments: int
    records: int
    kinds: Mapping[str, int]
    passed: Mapping[Check, int]
    verdicts: Mapping[Check, Verdict]
    findings: Sequence[Finding]
    untold: int
    first_time: str
    last_time: str
    stamped_at: str
    period: PeriodReport | None = None
    set_aside: Sequence[SettingAside] = ()

    @property
    def good(self) -> bool:
        return all(verdict is Verdict.PASSED for verdict in self.verdicts.values())

    @property
    def failed(self) -> bool:
        return Verdict.FAILED in self.verdicts.values()


_MAX_SHOWN = 500
_HALF_SPACE = "\u200c"


def shown(text: str) -> str:
    """A text as it may be shown: whoever forged a file may have written to a terminal by it, or turned lines around."""
    clean = "".join(each if each.isprintable() or each == _HALF_SPACE else "\ufffd" for each in text[:_MAX_SHOWN])
    return clean if len(text) <= _MAX_SHOWN else f"{clean} …"

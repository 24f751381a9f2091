"""Results of an audit: findings, and reports on a segment, a period and an archive.

`gateway.audit.segment_audit` judges one segment, `gateway.audit.archive_report` joins them, and
`gateway.audit.audit_recipe` has the checks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from gateway.archive.segment import Manifest
from gateway.audit.audit_recipe import Check
from gateway.audit.period import Period, Stamped
from gateway.merkle.checkpoint import Checkpoint
from gateway.merkle.tree import Frontier
from gateway.record.set_aside import SettingAside
from gateway.runtime.bilingual import Words
from gateway.runtime.verdict import Verdict
from gateway.trust.key_uses import KeyUses
from gateway.trust.trust_policy import Facts

CONNECTION_ONLY: Final = Words(
    en="connection only: nobody signed it, and only the gateway says that the judiciary's server sent it",
    fa="تنها اتصال: کسی آن را امضا نکرده است و تنها درگاه می‌گوید که سرور قوه قضاییه آن را فرستاده است",
)
"""Reason for content that a connection alone proves: offline nobody can judge that."""

SENT_UNSIGNED: Final = Words(
    en="connection only: the gateway's own request went out unsigned over TLS, and only the gateway says what it sent",
    fa="تنها اتصال: درخواست خود درگاه بدون امضا و از راه TLS فرستاده شده است و تنها درگاه می‌گوید چه فرستاده است",
)
"""Reason for a request of ours that nobody signed."""


SECRETS_REMOVED: Final = Words(
    en="secrets removed: a mark stands in the place of a password or a token, so these octets are not as sent, and no "
    "signature over them can be judged",
    fa="حذف اسرار: به جای گذرواژه یا توکن نشانه‌ای آمده است؛ پس این داده همان نیست که فرستاده شد و درباره امضای آن "
    "نمی‌توان داوری کرد",
)
"""Reason for a stored message that is not as it was on the wire."""


class CannotTell(Exception):
    """The content could not be judged completely; ``reason`` says why.

    ``facts`` are the facts of a valid signature; None if there is none to judge by.
    """

    literal_name = "CannotTell"

    def __init__(self, reason: str, facts: Facts | None = None) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Deviation found by an audit: the check, the place and the reason."""

    check: Check
    verdict: Verdict
    subject: str
    reason: str


MAX_FINDINGS = 100
"""Maximum number of findings listed for one segment; further ones are only counted."""


@dataclass(slots=True, kw_only=True)
class SegmentAudit:
    """Result for one segment. ``after`` is the tree's frontier at its end; None if it could not be computed.

    For the requested period, ``opening`` is the last checkpoint here with a time-stamp before it, and ``closing`` the
    first one after both that no record contradicts. ``of_period`` counts records that state a time within it.
    ``stamped`` is the checkpoint with the latest time-stamp; ``oldest`` names the record of ``first_time``.
    ``key_uses`` are the keys that signed something here.

    Of the auditor's own checkpoints, ``same`` belong to this tree and ``others`` do not. ``set_aside`` are its records
    of forgotten histories.
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
    oldest: str = ""
    last_time: str = ""
    stamped_at: str = ""
    stamped: Stamped | None = None
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
    """Result for a period: records ``first`` to ``end`` (exclusive) are those between its checkpoints.

    Without an ``opening`` they begin with the archive, without a ``closing`` they end with the last record here.
    ``missing`` are absent ranges; ``spoiled`` names segments of the range in which a check failed.
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
    """Result for an archive: ``verdicts`` has every check of the audit.

    ``size`` and ``root`` are those of its last segment. ``set_aside`` are the records of forgotten histories whose
    segments lie aside.
    """

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
    """Return a text safe for display: a forged file may contain terminal commands or change the direction of lines."""
    clean = "".join(each if each.isprintable() or each == _HALF_SPACE else "\ufffd" for each in text[:_MAX_SHOWN])
    return clean if len(text) <= _MAX_SHOWN else f"{clean} …"

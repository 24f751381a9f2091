"""Retention: the life of payloads. Evidence (headers, hashes, tree) is kept for ever.

Only payloads that a class of the configuration names are deleted. A payload lives as long as the longest of the records
that name it.
The first class that fits a record applies to it, so narrow classes stand before wide ones. A payload that a person
holds, or that is in use, is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.record.evidence_record import EvidenceKind

NEEDED = timedelta(days=190)
"""Life below which `check` warns: six months, and the days around them.

In that time a person abroad may still contest a notice (before the Court of Administrative Justice).
"""

KEPT = frozenset(
    {
        EvidenceKind.PAYLOAD_DELETED,
        EvidenceKind.MAPPING_ACTIVATED,
        EvidenceKind.PROFILE_ACTIVATED,
        EvidenceKind.RECOVERY_BEGUN,
        EvidenceKind.CONFIGURATION_CHANGED,
        EvidenceKind.HISTORY_SET_ASIDE,
        EvidenceKind.PAYLOAD_DAMAGED,
        EvidenceKind.RULES_ACTIVATED,
        EvidenceKind.CALENDAR_ACTIVATED,
        EvidenceKind.DEADLINES_MOVED,
    }
)
"""Kinds that no class may name: they explain later why data is gone, or how it was made."""

FRAMED = {
    EvidenceKind.MESSAGE_SENT: EvidenceKind.SEALED_NOTICE,
    EvidenceKind.MESSAGE_RECEIVED: EvidenceKind.RECEIPT,
}
"""Kinds of messages that may be stored without what they carried, and the kind of the records of that."""


class About(StrEnum):
    """Subject of a hold."""

    NOTICE = "notice"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """Hold of a person on everything about a notice, or about the notices of a case.

    ``evidence_id`` is the act that placed it.
    """

    about: About
    subject: str
    since: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Retention class: records of ``kinds``; with ``notices``, only those that concern one notice of these kinds.

    Their payloads live for ``life`` after they were recorded.
    """

    name: str
    kinds: Collection[EvidenceKind]
    notices: Collection[str] = ()
    life: timedelta

    @property
    def days(self) -> float:
        """Return the life in days: an integer unless the configuration gives parts of days, as in a demonstration."""
        days = self.life / timedelta(days=1)
        return int(days) if days.is_integer() else days

    def fits(self, naming: Naming) -> bool:
        return naming.kind in self.kinds and (not self.notices or naming.notice_kind in self.notices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """Record that names a payload: its kind, its time, and the kind of its notice (None: several, or none).

    ``kept`` is True if it is held, or in use.
    """

    kind: EvidenceKind
    notice_kind: str | None
    recorded_at: datetime
    kept: bool = False


def over(namings: Sequence[Naming], rules: Sequence[Rule], now: datetime) -> Rule | None:
    """Return the rule that ended a payload's life, that of the longest record; None if it still lives."""
    last: tuple[datetime, Rule] | None = None
    for naming in namings:
        rule = next((rule for rule in rules if rule.fits(naming)), None)
        if rule is None or naming.kept or naming.recorded_at + rule.life > now:
            return None
        end = naming.recorded_at + rule.life
        last = (end, rule) if last is None or end > last[0] else last
    return last[1] if last else None


def answers_that_go_first(rules: Sequence[Rule]) -> Rule | None:
    """Return the rule by which answers are deleted before receipts that rest on them; None if there is none."""
    answers = next((rule for rule in rules if EvidenceKind.MESSAGE_RECEIVED in rule.kinds), None)
    if answers is None:
        return None
    receipts = [rule for rule in rules if EvidenceKind.RECEIPT in rule.kinds]
    all_end = any(not rule.notices for rule in receipts)
    return None if all_end and all(rule.life <= answers.life for rule in receipts) else answers

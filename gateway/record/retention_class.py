"""Retention: how long payloads are kept. Evidence (headers, hashes, tree) is kept for ever; nothing is deleted that no
class of the configuration names.

A payload lives as long as the longest of the records that name it. Of the classes the first that fits a record is its
own, so that narrow ones stand before wide ones. What a person holds, and what is in use, is not over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.record.evidence_record import EvidenceKind

NEEDED = timedelta(days=190)
"""What `check` calls too short: six months, in which a person abroad may still contest a notice (before the
Court of Administrative Justice), and the days around them."""

KEPT = frozenset(
    {
        EvidenceKind.PAYLOAD_DELETED,
        EvidenceKind.MAPPING_ACTIVATED,
        EvidenceKind.PROFILE_ACTIVATED,
        EvidenceKind.RECOVERY_BEGUN,
        EvidenceKind.CONFIGURATION_CHANGED,
        EvidenceKind.HISTORY_SET_ASIDE,
        EvidenceKind.PAYLOAD_DAMAGED,
    }
)
"""Kinds that no class may name: without them nobody could tell later why something is gone, or how it was made."""


class About(StrEnum):
    """What a hold is on."""

    NOTICE = "notice"
    CASE = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalHold:
    """A person wants everything about a notice, or about the notices of a case, to be kept. ``evidence_id`` is the act
    that said so."""

    about: About
    subject: str
    since: datetime
    evidence_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A class: records of ``kinds``, and where ``notices`` are named only those that concern one notice of these kinds.
    Their payloads live for ``life`` after they were recorded."""

    name: str
    kinds: Collection[EvidenceKind]
    notices: Collection[str] = ()
    life: timedelta

    @property
    def days(self) -> float:
        """A whole number unless a configuration gives parts of days, as a demonstration may."""
        days = self.life / timedelta(days=1)
        return int(days) if days.is_integer() else days

    def fits(self, naming: Naming) -> bool:
        return naming.kind in self.kinds and (not self.notices or naming.notice_kind in self.notices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """A record that names a payload: its kind, that of the notice that it concerns (None: of several, or of none), and
    when it was recorded. ``kept`` is whether it is held, or in use."""

    kind: EvidenceKind
    notice_kind: str | None
    recorded_at: datetime
    kept: bool = False


def over(namings: Sequence[Naming], rules: Sequence[Rule], now: datetime) -> Rule | None:
    """Return the rule under which a payload's life is over: that of the record that kept it longest. None: it lives."""
    last: tuple[datetime, Rule] | None = None
    for naming in namings:
        rule = next((rule for rule in rules if rule.fits(naming)), None)
        if rule is None or naming.kept or naming.recorded_at + rule.life > now:
            return None
        end = naming.recorded_at + rule.life
        last = (end, rule) if last is None or end > last[0] else last
    return last[1] if last else None

"""Refused rows in words: the finding, its remedy, and what happens once the row is corrected; and groups of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.runtime.bilingual import Words
from gateway.runtime.errors import CATALOGUE, Actor
from gateway.store.stored import StandingRefusal

_BY_ITSELF: Final = Words(
    en="The row is looked at again by itself; once the cause is gone it needs no change.",
    fa="ردیف خودبه‌خود دوباره بررسی می‌شود و پس از رفع علت نیازی به تغییر آن نیست.",
)
_ONCE_CORRECTED: Final = Words(
    en="Once the row is corrected, it is read again by itself, and leaves this list.",
    fa="ردیف پس از اصلاح خودبه‌خود دوباره خوانده و از این فهرست خارج می‌شود.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedRow:
    """Refused row: its place, and the cause.

    ``field`` is the source's column, ``told`` the Persian text that the row itself shows. ``finding`` and ``remedy``
    are the catalogue's; for a code that it does not have any more they are the row's own text, and empty. ``actor`` is
    None then. ``since`` is the beginning of its refusal for any reason, ``written`` True if the row shows it.
    """

    source: str
    row_key: str
    case_number: str | None
    code: str
    field: str
    told: str
    finding: Words
    remedy: Words
    then: Words
    actor: Actor | None
    since: datetime
    written: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedGroup:
    """Rows of one ``source`` that are refused for one reason (``code``) in one ``field``, the oldest first."""

    source: str
    code: str
    field: str
    finding: Words
    remedy: Words
    actor: Actor | None
    rows: Sequence[RefusedRow]


def refused_row(standing: StandingRefusal) -> RefusedRow:
    """Return a refused row in words."""
    refusal, entry = standing.refusal, CATALOGUE.get(standing.refusal.code)
    own = Words(en=refusal.reason, fa=refusal.reason)
    return RefusedRow(
        source=refusal.source,
        row_key=refusal.row_key,
        case_number=refusal.case_number,
        code=refusal.code,
        field=refusal.field,
        told=refusal.reason,
        finding=Words(en=entry.en, fa=entry.fa) if entry else own,
        remedy=entry.on_page if entry else Words(en="", fa=""),
        then=_BY_ITSELF if entry and entry.retry else _ONCE_CORRECTED,
        actor=entry.actor if entry else None,
        since=standing.since,
        written=standing.written,
    )


def by_reason(found: Iterable[StandingRefusal]) -> list[RefusedGroup]:
    """Group refused rows by source, reason and field, the largest group first."""
    groups: defaultdict[tuple[str, str, str], list[RefusedRow]] = defaultdict(list)
    for each in found:
        row = refused_row(each)
        groups[row.source, row.code, row.field].append(row)
    ordered = sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))
    return [_group(rows) for _, rows in ordered]


def _group(rows: Sequence[RefusedRow]) -> RefusedGroup:
    first = rows[0]
    return RefusedGroup(
        source=first.source,
        code=first.code,
        field=first.field,
        finding=first.finding,
        remedy=first.remedy,
        actor=first.actor,
        rows=sorted(rows, key=lambda row: (row.since, row.row_key)),
    )

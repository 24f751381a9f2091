"""Filters of the list of notices, as they stand in its address.

The recipient's identifier never stands there: its keyed hashes do, which tell nothing without the key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from werkzeug.datastructures import MultiDict

from gateway.notice.delivery_state import DeliveryState
from gateway.notice.recipient_index import KeyedHash
from gateway.notice.text import plain
from gateway.notice.written_date import parse_day
from gateway.overview.worklist import GROUPS
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import GatewayError
from gateway.search.notice_query import NoticeQuery
from gateway.search.searched_text import SoughtText


class Sought(StrEnum):
    """Property that a text is looked for in; the value is its name in an address."""

    REFERENCE = "reference"
    RECIPIENT = "recipient"
    CASE = "case"
    PAPER = "paper"
    TRACKING = "tracking"
    NAME = "name"


TEXTS: Final = {
    Sought.REFERENCE: "reference",
    Sought.CASE: "case_number",
    Sought.PAPER: "paper_number",
    Sought.TRACKING: "tracking_number",
    Sought.NAME: "name",
}
"""Property → field of a query."""

_CHOICES: Final = ("state", "kind", "body", "district", "from", "to")
HASH: Final = re.compile("([0-9a-f]{16})-([0-9a-f]{64})")
"""A keyed hash as an address has it."""

_SAYS_NOTHING: Final = Words(
    en="this text has no character that can be looked for",
    fa="این متن نویسه‌ای ندارد که بتوان آن را جست‌وجو کرد",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFilters:
    """Filters as typed. ``mistakes`` has the reason why a value cannot be used, by the field's name."""

    texts: Mapping[Sought, str] = field(default_factory=dict, repr=False)
    recipient: Sequence[KeyedHash] | None = field(default=None, repr=False)
    choices: Mapping[str, str] = field(default_factory=dict)
    since: date | None = None
    until: date | None = None
    mistakes: Mapping[str, Words] = field(default_factory=dict)

    @classmethod
    def of(cls, address: MultiDict[str, str]) -> NoticeFilters:
        """Read the filters of an address."""
        # A mark alone, a star or an invisible character: such a filter must not find every notice.
        mistakes: dict[str, Words] = {
            name: _SAYS_NOTHING
            for name in (*TEXTS, *_CHOICES)
            if (text := address.get(name, "").strip()) and SoughtText.typed(text) is None
        }
        choices = {name: text for name in _CHOICES if (text := plain(address.get(name, "")))}
        days = {name: _day(name, choices.get(name), mistakes) for name in ("from", "to")}
        hashes = address.getlist(Sought.RECIPIENT)
        return cls(
            texts={name: text for name in TEXTS if (text := address.get(name, "").strip())},
            recipient=[_hash(*parts.groups()) for text in hashes if (parts := HASH.fullmatch(text))]
            if hashes
            else None,
            choices=choices,
            since=days["from"],
            until=days["to"],
            mistakes=mistakes,
        )

    @property
    def are_none(self) -> bool:
        """True if every notice is listed."""
        return not self.texts and self.recipient is None and not self.choices

    @property
    def address(self) -> dict[str, Any]:
        """The filters as an address has them: a text, or a list of texts, by name."""
        told: dict[str, Any] = {**{name.value: text for name, text in self.texts.items()}, **self.choices}
        if self.recipient is not None:
            told[Sought.RECIPIENT] = [told_hash(each) for each in self.recipient]
        return told

    def query(self, visible_bodies: frozenset[str] | None) -> NoticeQuery:
        """Return the query, limited to what a person may see. It finds nothing if there are mistakes."""
        get = self.choices.get
        state, kind, body = get("state"), get("kind"), get("body")
        known = GROUPS.get(state or "", frozenset(DeliveryState) & {state})
        return NoticeQuery(
            visible_bodies=visible_bodies,
            **{TEXTS[name]: SoughtText.typed(text) for name, text in self.texts.items()},
            district=SoughtText.typed(get("district")),
            states=frozenset(DeliveryState(each) for each in known) if state else None,
            kinds=_code(kind) if kind else None,
            bodies=frozenset() if self.mistakes else _code(body) if body else None,
            admitted_from=_midnight(self.since),
            admitted_before=_midnight(self.until, days=1),
            recipient=self.recipient,
        )


def told_hash(keyed: KeyedHash) -> str:
    """Return a keyed hash as an address has it."""
    return f"{keyed.key_id}-{keyed.keyed_hash}"


def _code(text: str) -> frozenset[str]:
    """Return a code to look for; none for a text that no code can be, and that a database would refuse (NUL)."""
    return frozenset({text} if text.isprintable() else ())


def _hash(key_id: str, keyed_hash: str) -> KeyedHash:
    return KeyedHash(key_id=key_id, keyed_hash=keyed_hash)


def _day(name: str, text: str | None, mistakes: dict[str, Words]) -> date | None:
    if text is None:
        return None
    try:
        return parse_day(text)
    except GatewayError as error:
        mistakes[name] = Words(en=error.entry.en, fa=error.entry.fa)
        return None


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    """Return the beginning of a civil day in Tehran, or of one some days later."""
    return None if day is None else datetime.combine(day + timedelta(days=days), time(), TEHRAN)

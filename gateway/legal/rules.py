"""Rules of service as dated values: the period that a kind of notice starts, and the effect of arrival and viewing.

A rule is in force from ``begins`` to ``ends``. The rule of a notice is the one of its day: a later rule changes nothing
about earlier notices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from gateway.legal.intervals import in_force
from gateway.legal.legal_period import Period
from gateway.legal.origin import Origin
from gateway.notice.written_date import written_day
from gateway.runtime.bilingual import Words
from gateway.runtime.errors import GatewayError


class Starts(StrEnum):
    """Time limit that a notice starts, by its purpose."""

    OBJECTION = "objection"
    COURT_COMPLAINT = "court-complaint"
    DEFENCE = "defence"
    COMPLIANCE = "compliance"
    COMPLETION = "completion"
    REPLY = "reply"
    HEARING = "hearing"


STARTS: Final[Mapping[Starts, Words]] = {
    Starts.OBJECTION: Words(en="objection", fa="مهلت اعتراض"),
    Starts.COURT_COMPLAINT: Words(
        en="complaint to the Administrative Justice Court", fa="مهلت شکایت در دیوان عدالت اداری"
    ),
    Starts.DEFENCE: Words(en="defence", fa="مهلت دفاع"),
    Starts.COMPLIANCE: Words(en="compliance", fa="مهلت اجرا"),
    Starts.COMPLETION: Words(en="completion of the file", fa="مهلت تکمیل پرونده"),
    Starts.REPLY: Words(en="reply", fa="مهلت پاسخ"),
    Starts.HEARING: Words(en="hearing", fa="زمان رسیدگی"),
}


class Unfixed(StrEnum):
    """In the place of a period, where no number of days is fixed by the rule."""

    NONE = "none"
    """The notice starts no such period; for an objection: the decision is final."""
    STATED = "stated"
    """The day stands in the notice itself."""
    UNKNOWN = "unknown"
    """Counsel must provide the period; until then nothing is computed."""


class Abroad(StrEnum):
    """Period of a recipient abroad, where it is no number of days of its own."""

    SAME = "same"
    UNKNOWN = "unknown"


class FromEvent(StrEnum):
    """Event whose civil day in Tehran is the day before the first counted one."""

    SERVICE = "service"
    """The day of service, by the rule of service that is in force."""
    VIEWING = "viewing"


class AtHoliday(StrEnum):
    """Treatment of a last day on which offices are closed (Civil Procedure Code, article 444)."""

    ROLL_FORWARD = "roll-forward"
    KEEP = "keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Issuing body with the kinds of its notices: code to title."""

    code: str
    title: Words
    kinds: Mapping[str, Words]
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodRule:
    """Period that a kind of notice of a body starts, in force from ``begins`` to ``ends`` (None: without an end)."""

    body: str
    kind: str
    starts: Starts
    period: Period | Unfixed
    abroad: Period | Abroad
    event: FromEvent
    at_holiday: AtHoliday
    begins: date
    ends: date | None
    origin: Origin
    note: Words | None = None
    place: str = field(default="", compare=False)

    @property
    def id(self) -> str:
        """Return the rule's name with its day of effect: article-100/ruling/objection@1404-01-01."""
        return f"{self.body}/{self.kind}/{self.starts}@{written_day(self.begins)}"

    @property
    def is_counted(self) -> bool:
        return isinstance(self.period, Period)

    def period_for(self, *, abroad: bool) -> Period | Unfixed:
        """Return the period of a recipient in the country, or abroad."""
        if not abroad or not self.is_counted or self.abroad is Abroad.SAME:
            return self.period
        return Unfixed.UNKNOWN if isinstance(self.abroad, Abroad) else self.abroad


class Unseen(StrEnum):
    """Effect of a notice that arrived in the account and was not viewed."""

    SERVED = "served"
    """Arrival is service: legal, and actual from viewing on."""
    SERVED_AFTER = "served-after"
    """Not viewed for a number of days counts as refusal: legal service at their end."""
    NOT_SERVED = "not-served"
    """Only viewing is service."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRule:
    """Rule of the effect of arrival and viewing. ``unseen_days`` belong to `Unseen.SERVED_AFTER` alone."""

    code: str
    title: Words
    unseen: Unseen
    unseen_days: int | None
    begins: date
    ends: date | None
    origin: Origin
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules, with the digest of their files as ``version``."""

    version: str
    bodies: Mapping[str, Body]
    periods: Sequence[PeriodRule]
    services: Sequence[ServiceRule]

    def body_of(self, kind: str, body: str | None = None) -> Body:
        """Return the body that issues a kind. Raises `GatewayError` ``legal.kind``, also if several bodies do."""
        issuing = [each for each in self.bodies.values() if kind in each.kinds]
        if body is not None:
            issuing = [each for each in issuing if each.code == body]
        if len(issuing) > 1:
            raise GatewayError("legal.which-body", detail=f"{kind}: {', '.join(each.code for each in issuing)}")
        if not issuing:
            known = list(self.bodies[body].kinds if body is not None and body in self.bodies else self.bodies)
            detail = f"{kind if body is None else f'{body}/{kind}'}; {', '.join(known)}"
            raise GatewayError("legal.kind", detail=detail)
        return issuing[0]

    def periods_of(self, body: str, kind: str, day: date) -> Sequence[PeriodRule]:
        """Return what a kind starts by the rules in force on a day. Raises `GatewayError` ``legal.rule``."""
        found = [each for each in self.periods if (each.body, each.kind) == (body, kind) and in_force(each, day)]
        if not found:
            raise GatewayError("legal.rule", where=f"{body}/{kind}", detail=written_day(day))
        return found

    def service_on(self, day: date) -> ServiceRule:
        """Return the rule of service in force on a day. Raises `GatewayError` ``legal.rule``."""
        for each in self.services:
            if in_force(each, day):
                return each
        raise GatewayError("legal.rule", where="[[service]]", detail=written_day(day))

"""Areas of the console, in the order of the navigation. A person sees those that their roles open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from gateway.people.permissions import Permission
from gateway.people.person import Person
from gateway.runtime.bilingual import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """Area: its first page, its name, and the permission that opens it."""

    path: str
    name: Words
    needed: Permission


AREAS: Final = (
    Area(path="/", name=Words(en="Today", fa="امروز"), needed=Permission.SEE_TODAY),
    Area(path="/notices", name=Words(en="Notices", fa="ابلاغیه‌ها"), needed=Permission.SEE_NOTICES),
    Area(path="/deadlines", name=Words(en="Deadlines", fa="مهلت‌ها"), needed=Permission.SEE_NOTICES),
    Area(path="/intake", name=Words(en="New notice", fa="ثبت ابلاغیه"), needed=Permission.ENTER_NOTICES),
    Area(path="/refused", name=Words(en="Refused rows", fa="ردیف‌های پذیرفته‌نشده"), needed=Permission.SEE_REFUSED_ROWS),
    Area(path="/reports", name=Words(en="Reports", fa="گزارش‌ها"), needed=Permission.SEE_REPORTS),
    Area(path="/queue", name=Words(en="Queue", fa="صف"), needed=Permission.SEE_QUEUE),
    Area(path="/endpoints", name=Words(en="Endpoints", fa="مقصدها"), needed=Permission.SEE_ENDPOINTS),
    Area(path="/mappings", name=Words(en="Mappings", fa="نگاشت‌ها"), needed=Permission.SEE_MAPPINGS),
    Area(path="/audit", name=Words(en="Audit room", fa="اتاق حسابرسی"), needed=Permission.SEE_AUDIT_ROOM),
    Area(path="/people", name=Words(en="People", fa="کاربران"), needed=Permission.SEE_PEOPLE),
    Area(path="/settings", name=Words(en="Settings", fa="تنظیمات"), needed=Permission.SEE_SETTINGS),
)


def areas(person: Person) -> Sequence[Area]:
    """Return the areas that a person may open."""
    return [area for area in AREAS if person.may(area.needed)]

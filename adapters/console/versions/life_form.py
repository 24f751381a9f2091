"""Forms of acts on a version: which are possible in its state and for a person, and what each asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import request

from adapters.console.site import context
from adapters.console.versions.version_pages import Place
from gateway.notice.written_date import parse_day, parse_moment
from gateway.people.permissions import Permission
from gateway.people.person import Person
from gateway.record.version_subject import Subject
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN, timestamp
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.version import MappingStep, MappingVersion
from gateway.store.version_state import MappingEvent, MappingState

_S = MappingState


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeForm:
    """Form of an act: its last name, the permission that it needs, and the states of a version in which it is possible.

    ``lead`` says what it does. A mapping's form asks for sources if ``has_sources``.
    """

    act: str
    needed: Permission
    states: frozenset[MappingState]
    title: Words
    lead: Words
    has_sources: bool = True
    has_time: bool = False


FORMS: Final[Sequence[LifeForm]] = (
    LifeForm(
        act="submit",
        needed=Permission.EDIT_MAPPINGS,
        states=frozenset({_S.DRAFT, _S.CHECKED}),
        title=Words(en="Submit for approval", fa="ارائه برای تأیید"),
        lead=Words(
            en="Another person is asked to approve this version. It is checked once more before.",
            fa="از شخص دیگری خواسته می‌شود این نسخه را تأیید کند. پیش از آن، نسخه یک بار دیگر بررسی می‌شود.",
        ),
    ),
    LifeForm(
        act="approve",
        needed=Permission.APPROVE_MAPPINGS,
        states=frozenset({_S.SUBMITTED}),
        title=Words(en="Approve", fa="تأیید نسخه"),
        lead=Words(
            en="You confirm that you have read this version and hold it to be right. It is not in force by that.",
            fa="شما تأیید می‌کنید که این نسخه را خوانده‌اید و درست می‌دانید. نسخه با این کار جاری نمی‌شود.",
        ),
        has_sources=False,
    ),
    LifeForm(
        act="activate",
        needed=Permission.EDIT_MAPPINGS,
        states=frozenset({_S.APPROVED, _S.ACTIVE}),
        title=Words(en="Put in force", fa="جاری کردن"),
        lead=Words(
            en="New rows are mapped by this version from then on. Notices that were admitted stay as they are.",
            fa="از آن زمان ردیف‌های تازه با این نسخه نگاشت می‌شوند. ابلاغیه‌های پذیرفته‌شده تغییر نمی‌کنند.",
        ),
        has_time=True,
    ),
    LifeForm(
        act="retire",
        needed=Permission.EDIT_MAPPINGS,
        states=frozenset(MappingState) - {_S.RETIRED},
        title=Words(en="Retire", fa="کنار گذاشتن"),
        lead=Words(
            en="This version ends for good: it can never be put in force again. Its text stays on record.",
            fa="این نسخه برای همیشه کنار گذاشته می‌شود و دیگر جاری نخواهد شد. متن آن در سوابق می‌ماند.",
        ),
        has_sources=False,
    ),
)

ACTIVATIONS: Final[Mapping[Subject, Words]] = {
    Subject.PROFILE: Words(
        en="The gateway speaks to the judiciary by this version from then on. Earlier messages stay as they are.",
        fa="از آن زمان ارتباط با قوه قضاییه بر پایه این نسخه است. پیام‌های پیشین تغییر نمی‌کنند.",
    ),
    Subject.RULES: Words(
        en="These rules count for notices that arrive from then on. Notices that have arrived keep the rules of their "
        "day.",
        fa="این قواعد بر ابلاغیه‌هایی حاکم است که از آن زمان به حساب کاربری مخاطب واصل می‌شوند. ابلاغیه‌های واصل‌شده تابع "
        "قواعد روز خود می‌مانند.",
    ),
    Subject.CALENDAR: Words(
        en="The last days of all notices follow from this calendar from then on. Those that change are listed before "
        "you confirm, and recorded.",
        fa="از آن زمان آخرین روز مهلت همه ابلاغیه‌ها بر پایه این تقویم محاسبه می‌شود. روزهایی که تغییر می‌کنند "
        "پیش از تأیید شما فهرست و سپس ثبت می‌شوند.",
    ),
}
"""Leads of activations by subject; a mapping has the one of its form."""


def is_shown_in_form(error: GatewayError) -> bool:
    """Return True for an error that the person reads beside the form: every one but a store that cannot be used."""
    return error.scope is not ErrorScope.SYSTEM


def area_of(version: MappingVersion) -> str:
    """Return the first part of the names of a version's acts."""
    return version.subject.area


def lead_of(form: LifeForm, version: MappingVersion) -> Words:
    return ACTIVATIONS.get(version.subject, form.lead) if form.has_time else form.lead


def possible_forms(version: MappingVersion, person: Person, places: Sequence[Place]) -> list[LifeForm]:
    """Return the forms that a person may use for a version now, by its standing in all ``places``.

    One that is in force or planned is not retired. One that is in force everywhere is not put in force again.
    """
    impossible = {"retire"} if standing_places(places, version) else set[str]()
    if all(_is_settled(place, version) for place in places if place.standing.subject is version.subject):
        impossible.add("activate")
    possible = [each for each in FORMS if version.state in each.states and person.may(each.needed)]
    return [each for each in possible if each.act not in impossible]


def _is_settled(place: Place, version: MappingVersion) -> bool:
    """Return True if the version is in force at a place, and no other one is planned."""
    here = place.standing.here
    return here is not None and here.label == version.label and not place.standing.planned


def is_own_submission(steps: Sequence[MappingStep], person: Person) -> bool:
    """Return True if the person submitted the version last: another one approves it."""
    submitted = [step for step in steps if step.event is MappingEvent.SUBMISSION]
    return bool(submitted) and submitted[-1].person == person.id


def standing_places(places: Sequence[Place], version: MappingVersion) -> list[Place]:
    """Return the places where a version is in force, or will be."""
    return [
        place
        for place in places
        if place.standing.subject is version.subject
        and version.label in {each.label for each in (place.standing.here, *place.standing.planned) if each}
    ]


def chosen_sources() -> list[str]:
    """Return the ticked sources that exist."""
    known = context.installation().settings.sources
    return [name for name in dict.fromkeys(request.form.getlist("source")) if name in known]


def usual_sources(version: MappingVersion, places: Sequence[Place]) -> list[str]:
    """Return the sources to tick at first: those that a version of this mapping is in force for, else the only one."""
    named = [
        place.name
        for place in places
        if place.standing.subject is version.subject
        and (decision := place.standing.here) is not None
        and decision.mapping == version.name
    ]
    known = list(context.installation().settings.sources)
    return named or (known if len(known) == 1 else [])


TIME_FIELDS: Final[Mapping[str, str]] = {
    "date.form": "day",
    "date.year": "day",
    "date.day": "day",
    "mapping-life.past": "day",
    "date.time": "time",
}
"""Fields of the form by the code of an error."""


def typed_time() -> datetime | None:
    """Return the time from which a version shall be in force: a day and a time of day in Tehran; None for now.

    Raises `GatewayError` ``date.time`` for the time of day, and another ``date.*`` for the day (`TIME_FIELDS`); it says
    what was typed there.
    """
    if request.form.get("when") != "later":
        return None
    day, time = request.form.get("day", "").strip(), request.form.get("time", "").strip()
    try:
        parse_day(day)
    except GatewayError as error:
        raise GatewayError(error.code, where=day) from error
    try:
        return parse_moment(f"{day} {time}".strip(), TEHRAN)
    except GatewayError as error:
        raise GatewayError("date.time", where=time) from error


def arguments(form: LifeForm, version: MappingVersion) -> Mapping[str, Any]:
    """Return the arguments of the act as the form has them. Raises `GatewayError` ``date.*``."""
    asked: dict[str, Any] = {"version": version.label}
    if form.has_sources and version.subject.has_sources:
        asked["sources"] = chosen_sources()
    if form.has_time:
        begins = typed_time()
        asked["begins"] = None if begins is None else timestamp(begins)
    return asked

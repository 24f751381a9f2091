"""The morning's mail: a person's work of the day in numbers and links, once a day for each person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from gateway.mail.mail import Mail, nothing_to_tell
from gateway.mail.mail_store import MailStore
from gateway.mail.mail_words import Wording
from gateway.overview.dates_in_words import civil_day, day, number
from gateway.overview.day_numbers import DayEnds, DayNumber, Works, counted, day_numbers
from gateway.people.person import Person
from gateway.runtime.bilingual import Words
from gateway.runtime.clock import TEHRAN


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """Time of the morning's mail in Tehran, and the days of the week on which there is one (Monday is 0)."""

    at: time
    weekdays: frozenset[int]

    def is_due(self, now: datetime) -> bool:
        local = now.astimezone(TEHRAN)
        return local.weekday() in self.weekdays and local.time() >= self.at


def make_digests(
    store: Works,
    mails: MailStore,
    morning: Morning,
    wording: Wording,
    now: datetime,
    ends: Callable[[], DayEnds | None],
) -> int:
    """Queue the morning's mails that are not made yet; return their number. ``ends`` is read if there are any.

    A person without work gets none, and none later on that day. If ``ends`` returns None, a later run makes the mails.
    """
    if not morning.is_due(now):
        return 0
    today = civil_day(now)
    wanted = {_id(each, today): each for each in _readers(store)}
    new = sorted(wanted.keys() - mails.known(wanted.keys()))
    if not new:
        return 0
    if (found := ends()) is None:
        return 0
    made = [_mail(id, wanted[id], day_numbers(store, wanted[id], found), wording, now) for id in new]
    mails.queue(made, at=now)
    return sum(mail.due_at is not None for mail in made)


def _readers(store: Works) -> Iterator[Person]:
    for standing in store.people.all():
        person = standing.person
        if person.active and person.digest and person.address is not None:
            yield person


def _id(person: Person, today: date) -> str:
    return f"digest:{person.id}:{today.isoformat()}"


def _mail(id: str, person: Person, numbers: Sequence[DayNumber], wording: Wording, now: datetime) -> Mail:
    if not numbers or person.address is None:
        return nothing_to_tell(id, now)
    on = day(now)
    return Mail(
        id=id,
        recipient=person.address,
        subject=wording.subject(Words(en=f"your work of {on.en}", fa=f"کارهای امروز، {on.fa}")),
        text=wording.text(list(_lines(numbers, wording))),
        made_at=now,
        until=_end_of(now),
        due_at=now,
    )


def _lines(numbers: Sequence[DayNumber], wording: Wording) -> Iterator[str]:
    for each in numbers:
        count = number(each.count)
        more = Words(en=f"{count.en} or more", fa=f"{count.fa} یا بیشتر") if each.at_least else count
        yield f"• {wording.say(counted(each.words, more))}"
        if (link := wording.link(each.path)) is not None:
            yield f"  {link}"
    yield ""
    yield wording.say(
        Words(
            en="You can switch this mail off on the page of your account.",
            fa="دریافت این نامه را می‌توانید در صفحه «حساب شما» قطع کنید.",
        )
    )
    if (link := wording.link("/account")) is not None:
        yield f"  {link}"


def _end_of(now: datetime) -> datetime:
    tomorrow = civil_day(now) + timedelta(days=1)
    return datetime.combine(tomorrow, time(), TEHRAN)

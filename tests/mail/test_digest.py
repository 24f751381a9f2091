"""The morning's mail: once a day for each person who wants it, of the own bodies alone, without personal data."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.mail.digest import Morning, make_digests
from gateway.mail.mail import Mail
from gateway.mail.mail_words import Wording
from gateway.operations import person_acts
from gateway.overview.dates_in_words import civil_day
from gateway.overview.day_numbers import DayEnds, day_ends
from gateway.people.permissions import Role
from gateway.reconciliation.limits import Limit, Limits
from gateway.runtime.clock import TEHRAN
from tests.manual_clock import ManualClock
from tests.people import ORIGIN, SignIn

MORNING = Morning(at=time(7, 30), weekdays=frozenset({5, 6, 0, 1, 2, 3}))
WORDING = Wording(language="fa", gateway="city", console="https://notices.city.example/")
TUESDAY = datetime(2026, 2, 3, 7, 30, tzinfo=TEHRAN)


class Town:
    """People with mailboxes over one store."""

    def __init__(self, store: SqlStore, clock: ManualClock, folder: Path) -> None:
        self.store, self.clock, self.people, self.reads = store, clock, SignIn(store, clock, folder), 0

    def person(self, login: str, role: Role, *bodies: str) -> None:
        person, _ = self.people.invite(login, role, bodies=frozenset(bodies))
        act = self.people.act("person.address")
        assert person_acts.give_address(self.store, person, f"{login}@city.example", act, ORIGIN)

    def switch(self, login: str, *, wanted: bool) -> None:
        person = self.store.people.by_login(login)
        assert person
        self.clock.advance(seconds=1)
        assert person_acts.choose_digest(self.store, person, self.people.act("person.digest"), ORIGIN, wanted=wanted)

    def look(self, at: datetime) -> int:
        def ends() -> DayEnds:
            self.reads += 1
            late = Counter({"article-100": 12, "article-77": 30})
            soon = Counter({"article-100": 8, "article-55-20": 1})
            return DayEnds(day=civil_day(at), ends_today=Counter({"article-100": 3}), late=late, deadlines_soon=soon)

        return make_digests(self.store, self.store.mail, MORNING, WORDING, at, ends)

    def mails(self, at: datetime) -> dict[str, Mail]:
        return {each.recipient: each for each in self.store.mail.due(at, 99)}


@pytest.fixture
def town(store: SqlStore, clock: ManualClock, tmp_path: Path) -> Town:
    made = Town(store, clock, tmp_path)
    made.person("secretary", Role.COMMISSION_SECRETARY, "article-100")
    made.person("operator", Role.OPERATOR)
    made.person("officer", Role.SECURITY_OFFICER)
    return made


def test_each_person_gets_the_numbers_of_the_own_bodies_once_a_day(town: Town) -> None:
    assert town.look(TUESDAY - timedelta(minutes=1)) == 0
    assert town.look(TUESDAY) == 2
    assert [town.look(TUESDAY + timedelta(hours=hour)) for hour in range(9)] == [0] * 9
    assert town.reads == 1
    mails = town.mails(TUESDAY)
    own = mails["secretary@city.example"].text
    assert "تأخیر: ۱۲" in own
    assert "امروز است: ۳" in own
    assert "۷ روز پایان می‌یابد: ۸" in own
    assert "امروز پایان می‌یابد" not in own
    assert "https://notices.city.example/deadlines" in own
    assert "تأخیر: ۴۲" in mails["operator@city.example"].text
    assert "https://notices.city.example/account" in own
    assert town.look(TUESDAY + timedelta(days=1)) == 2


def test_a_person_without_work_gets_none_and_none_later_that_day(town: Town) -> None:
    town.look(TUESDAY)
    assert "officer@city.example" not in town.mails(TUESDAY)
    assert town.store.mail.known([f"digest:p-officer:{date(2026, 2, 3)}"])


def test_numbers_whose_reading_was_broken_off_are_told_by_a_later_run(town: Town) -> None:
    limits = Limits(periods=dict.fromkeys(Limit, timedelta(days=1)), warn_at=0.8)
    for batches in range(3):
        may_continue = partial(next, iter([True] * batches), False)
        ends = partial(day_ends, town.store, TUESDAY, limits, may_continue)
        assert make_digests(town.store, town.store.mail, MORNING, WORDING, TUESDAY, ends) == 0
    assert town.look(TUESDAY + timedelta(minutes=5)) == 2
    assert "تأخیر: ۱۲" in town.mails(TUESDAY + timedelta(minutes=5))["secretary@city.example"].text


def test_nobody_who_has_switched_it_off_is_written_to(town: Town) -> None:
    town.switch("secretary", wanted=False)
    assert town.look(TUESDAY) == 1
    town.switch("secretary", wanted=True)
    assert town.look(TUESDAY) == 1


def test_friday_has_none(town: Town) -> None:
    assert town.look(TUESDAY + timedelta(days=3)) == 0
    assert town.look(TUESDAY + timedelta(days=4)) == 2


def test_the_mail_names_no_person(town: Town) -> None:
    town.look(TUESDAY)
    for mail in town.mails(TUESDAY).values():
        assert not any(text in mail.subject + mail.text for text in ("زهرا", "احمدی", "secretary", "operator"))


def test_a_printed_person_shows_no_address(town: Town) -> None:
    person = town.store.people.by_login("secretary")
    assert person
    assert person.address == "secretary@city.example"
    assert "city.example" not in repr(person)

"""Each alarm and its end are told once, by one mail for a storm, over restarts and several processes."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from adapters.storage.sql_store import SqlStore
from gateway.mail.alarm import to_be_affirmed
from gateway.mail.alarm_mail import tell_alarms
from gateway.mail.mail import Mail
from gateway.mail.mail_words import Wording
from gateway.overview.deadlines.deadline_alerts import DEADLINE_NEAR
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock

QUIET, PAUSE = timedelta(minutes=20), timedelta(minutes=10)
BOXES = ["one@city.example", "two@city.example"]
WORDING = Wording(language="fa", gateway="city", console="https://notices.city.example")


class Installation:
    """Processes on one store, of which one makes mails."""

    def __init__(self, store: SqlStore, clock: ManualClock) -> None:
        self.store, self.clock, self.began_at = store, clock, clock()
        self.boxes = BOXES

    def restart(self) -> None:
        self.began_at = self.clock()

    def live(self, period: timedelta, **alarms: str) -> int:
        """Let processes affirm alarms, and the pass run, every forty seconds; return the mails it made."""
        made, end = 0, self.clock() + period
        while self.clock() < end:
            self.clock.advance(seconds=40)
            self.store.mail.affirm(alarms, self.clock())
            made += self.look()
        return made

    def look(self, at: datetime | None = None) -> int:
        return tell_alarms(
            self.store.mail,
            self.boxes,
            {},
            WORDING,
            at or self.clock(),
            quiet=QUIET,
            pause=PAUSE,
            began_at=self.began_at,
        )

    def mails(self) -> list[Mail]:
        return self.store.mail.due(self.clock(), 100)


@pytest.fixture
def processes(store: SqlStore, clock: ManualClock) -> Installation:
    return Installation(store, clock)


MINUTE = timedelta(minutes=1)


def test_an_alarm_and_its_end_are_each_one_mail_for_each_mailbox(processes: Installation) -> None:
    assert processes.live(12 * MINUTE, dispatch="source.unavailable") == 2
    assert processes.live(24 * MINUTE) == 2
    assert processes.live(12 * MINUTE) == 0
    begun, over = processes.mails()[:2], processes.mails()[2:]
    assert sorted(mail.recipient for mail in begun) == BOXES
    assert "هشدار: ۱" in begun[0].subject
    assert "پایان هشدار: ۱" in over[0].subject
    assert "https://notices.city.example/endpoints" in begun[0].text
    assert "source.unavailable" in begun[0].text


def test_a_storm_is_one_mail(processes: Installation) -> None:
    storm = {f"task-{number}": "store.full" for number in range(30)} | {"clock": "clock.off"}
    assert processes.live(12 * MINUTE, **storm) == len(BOXES)
    text = processes.mails()[0].text
    assert text.count("store.full") == text.count("clock.off") == 1
    assert "۳۰" in text


def test_deadlines_that_end_soon_are_told_once_with_their_page(processes: Installation) -> None:
    near = {f"deadlines:article-100:1405-09-{day}": DEADLINE_NEAR for day in (20, 21)}
    assert processes.live(60 * MINUTE, **near) == len(BOXES)
    text = processes.mails()[0].text
    assert "deadlines:article-100:1405-09-20, deadlines:article-100:1405-09-21" in text
    assert "https://notices.city.example/deadlines" in text
    near.popitem()
    assert processes.live(24 * MINUTE, **near) == len(BOXES)
    assert "پایان هشدار: ۱" in processes.mails()[-1].subject
    assert processes.live(60 * MINUTE, **near) == 0


def test_more_alarms_wait_for_the_pause(processes: Installation) -> None:
    assert processes.live(3 * MINUTE, a="source.unavailable") == 2
    assert processes.live(5 * MINUTE, a="source.unavailable", b="store.full") == 0
    assert processes.live(10 * MINUTE, a="source.unavailable", b="store.full") == 2


def test_an_alarm_that_comes_and_goes_is_one_with_a_count(processes: Installation) -> None:
    for _ in range(4):
        processes.live(2 * MINUTE, a="source.unavailable")
        processes.live(4 * MINUTE)
    assert len(processes.mails()) == len(BOXES)
    processes.live(24 * MINUTE)
    assert "دفعات: ۴" in processes.mails()[-1].text


def test_a_restart_neither_loses_nor_doubles(processes: Installation) -> None:
    processes.live(4 * MINUTE, a="source.unavailable")
    processes.clock.advance(hours=5)  # nothing runs
    processes.restart()
    assert processes.live(15 * MINUTE) == 0
    assert processes.live(8 * MINUTE, a="source.unavailable") == 0
    assert processes.live(24 * MINUTE) == 2
    assert len(processes.mails()) == 2 * len(BOXES)


def test_after_a_clock_that_was_ahead_alarms_and_their_ends_are_told(processes: Installation) -> None:
    processes.clock.advance(days=30)
    assert processes.live(12 * MINUTE, a="source.unavailable") == 2
    processes.clock.advance(days=-30)
    processes.restart()
    assert processes.live(3 * MINUTE, b="source.unavailable") == 2
    # The pause is kept as ever.
    assert processes.live(5 * MINUTE, b="source.unavailable", c="store.full") == 0
    assert processes.live(10 * MINUTE, b="source.unavailable", c="store.full") == 2
    assert processes.live(30 * MINUTE, b="source.unavailable", c="store.full") == 2
    assert processes.live(3 * MINUTE, a="source.unavailable", b="source.unavailable", c="store.full") == 2
    subjects = [mail.subject for mail in processes.mails()]
    assert sum("پایان هشدار: ۱" in subject for subject in subjects) == len(BOXES)


def test_an_alarm_that_began_by_a_clock_ahead_and_still_stands_is_told_once(processes: Installation) -> None:
    processes.store.mail.affirm({"a": "store.full"}, processes.clock() + timedelta(days=30))
    assert processes.live(MINUTE, a="store.full") == 2
    assert processes.live(90 * MINUTE, a="store.full") == 0


def test_two_processes_that_make_mails_at_once_make_them_once(processes: Installation, clock: ManualClock) -> None:
    processes.store.mail.affirm({"a": "source.unavailable"}, clock())
    clock.advance(minutes=2)
    untold = processes.store.mail.untold()
    assert processes.look() == 2
    made = processes.mails()
    processes.store.mail.queue(made, told=untold, at=clock())
    assert processes.mails() == made
    assert processes.look() == 0


def test_an_affirmation_that_is_repeated_counts_once(store: SqlStore, clock: ManualClock) -> None:
    store.mail.affirm({"a": "store.full"}, clock())
    clock.advance(minutes=5)
    for _ in range(3):
        store.mail.affirm({"a": "store.full"}, clock())
    [alarm] = store.mail.untold()
    assert (alarm.times, alarm.seen_at) == (2, clock())


def test_the_present_alarms_are_those_that_a_process_affirmed_lately(store: SqlStore, clock: ManualClock) -> None:
    store.mail.affirm({"b": "store.full", "a": "clock.off"}, clock())
    clock.advance(minutes=5)
    store.mail.affirm({"a": "clock.off"}, clock())
    assert [each.name for each in store.mail.present(clock() - MINUTE)] == ["a"]
    assert [each.name for each in store.mail.present(clock() - 9 * MINUTE)] == ["a", "b"]
    store.mail.close_quiet(clock(), 4 * MINUTE)
    assert [each.name for each in store.mail.present(clock() - 9 * MINUTE)] == ["a"]


def test_an_alarm_that_was_over_long_before_mail_was_configured_is_not_told(processes: Installation) -> None:
    for name in ("over", "stands"):
        processes.store.mail.affirm({name: "store.full"}, processes.clock())
    processes.clock.advance(days=4)  # no mail is configured
    processes.restart()
    assert processes.live(24 * MINUTE, stands="store.full") == len(BOXES)
    assert "stands" in processes.mails()[0].text
    assert processes.live(24 * MINUTE, stands="store.full") == 0
    assert "over" not in [each.name for each in processes.store.mail.untold()]


def test_an_alarm_that_nobody_could_be_told_of_is_told_to_the_first_mailbox(processes: Installation) -> None:
    processes.boxes = []
    assert processes.live(12 * MINUTE, a="store.full") == 0
    processes.boxes = BOXES[:1]
    assert processes.live(MINUTE, a="store.full") == 1
    assert "store.full" in processes.mails()[0].text
    # Its end waits in the same way.
    processes.boxes = []
    assert processes.live(24 * MINUTE) == 0
    processes.boxes = BOXES[:1]
    assert processes.live(MINUTE) == 1
    assert "پایان هشدار: ۱" in processes.mails()[1].subject
    assert processes.store.mail.untold() == []


def test_without_a_mailbox_alarms_are_forgotten_that_nobody_has_seen_for_days(processes: Installation) -> None:
    processes.boxes = []
    for number in range(9):
        assert processes.live(2 * MINUTE, **{f"deadlines:{number}": DEADLINE_NEAR}) == 0
        processes.clock.advance(days=1)
    processes.look()
    assert [each.name for each in processes.store.mail.untold()] == ["deadlines:7", "deadlines:8"]
    processes.clock.advance(days=4)
    processes.look()
    assert processes.store.mail.untold() == []
    processes.store.mail.forget(processes.clock())
    assert processes.store.mail.present(processes.clock() - timedelta(days=30)) == []


def test_no_mail_tells_that_mail_cannot_be_sent() -> None:
    seen = {"mail": GatewayError("mail.unreachable"), "collect": GatewayError("source.unavailable")}
    assert to_be_affirmed(seen) == {"collect": "source.unavailable"}


def test_english_words(store: SqlStore, clock: ManualClock) -> None:
    store.mail.affirm({"a": "store.full"}, clock())
    clock.advance(minutes=2)
    wording = Wording(language="en", gateway="city", console=None)
    tell_alarms(store.mail, BOXES[:1], {}, wording, clock(), quiet=QUIET, pause=PAUSE, began_at=clock())
    [mail] = store.mail.due(clock(), 9)
    assert mail.subject == "city: alarms: 1"
    assert "http" not in mail.text
    assert mail.text.isascii() or "•" in mail.text

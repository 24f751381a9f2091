"""Queued mails survive a server that is away, and nothing else waits for them."""

from __future__ import annotations

from datetime import timedelta

from adapters.storage.sql_store import SqlStore
from gateway.mail.mail import BACKOFF, nothing_to_tell
from gateway.mail.sending import send_mails
from gateway.runtime.may_continue import always
from gateway.runtime.pass_report import PassReport
from tests.mail.post_office import PostOffice
from tests.mail.test_mail_server import mail, server
from tests.manual_clock import ManualClock
from tests.witness.tls import Tls


def run(store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock) -> PassReport:
    return send_mails(store.mail, server(office, tls), clock, always)


def codes(report: PassReport) -> list[str]:
    return [error.code for error in report.errors]


def test_mails_wait_for_a_server_that_is_away(
    store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock
) -> None:
    store.mail.queue([mail(1), mail(2)], at=clock())
    anchored, present = tls, office.port
    office.port = 1
    assert codes(run(store, office, anchored, clock)) == ["mail.unreachable"]
    # Between two attempts the trouble is told, and nobody is called.
    assert codes(run(store, office, anchored, clock)) == ["mail.unreachable"]
    assert store.mail.standing().waiting == 2
    office.port = present
    clock.now += BACKOFF[0]
    report = run(store, office, anchored, clock)
    assert (report.counts["mails"], report.errors) == (2, [])
    assert store.mail.standing().code is None
    assert store.mail.known([mail(1).id, "another"]) == {mail(1).id}
    store.mail.queue([mail(1)], at=clock())
    assert run(store, office, anchored, clock).counts["mails"] == 0
    assert len(office.mails) == 2


def test_a_mail_whose_answer_was_lost_comes_twice_rather_than_never(
    store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock
) -> None:
    store.mail.queue([mail(1)], at=clock())
    office.cut_after_data = 1
    assert codes(run(store, office, tls, clock)) == ["mail.unreachable"]
    clock.now += BACKOFF[0]
    assert run(store, office, tls, clock).counts["mails"] == 1
    assert len(office.mails) == 2
    assert len({each["Message-ID"] for each in office.mails}) == 1


def test_a_mail_that_was_put_off_by_a_clock_ahead_is_sent_when_the_clock_is_right(
    store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock
) -> None:
    clock.advance(days=30)
    store.mail.queue([mail(1, made_at=clock(), due_at=clock(), until=clock() + timedelta(days=3))], at=clock())
    office.answers["DATA"] = ["451 later"]
    assert codes(run(store, office, tls, clock)) == ["mail.deferred"]
    clock.advance(days=-30)
    assert run(store, office, tls, clock).counts["mails"] == 1


def test_a_mailbox_that_does_not_exist_is_given_up_and_counted(
    store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock
) -> None:
    store.mail.queue([mail(1), mail(2)], at=clock())
    office.answers["RCPT"] = ["550 nobody"]
    assert codes(run(store, office, tls, clock)) == ["mail.refused"]
    assert office.recipients == ["operator-2@city.example"]
    standing = store.mail.standing()
    assert (standing.waiting, standing.given_up) == (0, 1)
    assert run(store, office, tls, clock).errors == []


def test_a_mail_is_given_up_after_its_time(store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock) -> None:
    store.mail.queue([mail(1, until=clock() + timedelta(minutes=5))], at=clock())
    office.answers["DATA"] = ["451 later"] * 9
    for _ in range(3):
        run(store, office, tls, clock)
        clock.advance(minutes=4)
    assert (store.mail.standing().waiting, store.mail.standing().given_up) == (0, 1)
    assert len(office.answers["DATA"]) == 7


def test_mails_that_waited_beyond_their_time_are_given_up_and_not_sent(
    store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock
) -> None:
    """The service is down, or everything is stopped, between two attempts and before the first one."""
    store.mail.queue([mail(1, until=clock() + timedelta(hours=9))], at=clock())
    present, office.port = office.port, 1
    assert codes(run(store, office, tls, clock)) == ["mail.unreachable"]
    office.port = present
    untried = [mail(number, until=clock() + timedelta(days=3)) for number in range(2, 30)]
    store.mail.queue([*untried, mail(30, until=clock() + timedelta(days=5))], at=clock())
    clock.advance(days=5)
    report = run(store, office, tls, clock)
    assert (report.counts["mails"], codes(report)) == (1, ["mail.unreachable"])
    assert office.recipients == ["operator-30@city.example"]
    assert (store.mail.standing().waiting, store.mail.standing().given_up) == (0, 29)
    assert store.mail.standing().code is None


def test_what_was_sent_keeps_neither_recipient_nor_text(
    store: SqlStore, office: PostOffice, tls: Tls, clock: ManualClock
) -> None:
    sent = mail(1).sent()
    assert (sent.recipient, sent.subject, sent.text, sent.due_at) == ("", "", "", None)
    store.mail.queue([mail(1), nothing_to_tell("digest:p-9:2026-02-03", clock())], at=clock())
    run(store, office, tls, clock)
    clock.advance(days=31)
    run(store, office, tls, clock)
    assert store.mail.known([mail(1).id, "digest:p-9:2026-02-03"]) == set()

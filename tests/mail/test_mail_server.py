"""Mails reach a real server: over TLS alone, and what it refuses has a code, and never its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.mail.smtp_mail_server import SmtpMailServer
from adapters.mail.smtp_session import SmtpSettings
from gateway.mail.mail import Mail
from gateway.runtime.errors import GatewayError
from tests.mail import post_office
from tests.mail.post_office import PostOffice
from tests.witness.tls import Tls

pytestmark = pytest.mark.long

NOW = datetime(2026, 2, 3, 8, tzinfo=UTC)
SENDER = "eblagh@city.example"


def mail(number: int = 1, **named: Any) -> Mail:
    known = Mail(
        id=f"digest:p-{number}:2026-02-03",
        recipient=f"operator-{number}@city.example",
        subject="\u2068city\u2069: کارهای امروز، ۱۴۰۴/۱۱/۱۴",
        text="\u200f• ابلاغیه‌های نیازمند اقدام: ۳\n  https://notices.city.example/\n",
        made_at=NOW,
        until=NOW + timedelta(days=1),
        due_at=NOW,
    )
    return replace(known, **named)


def server(office: PostOffice, tls: Tls, **named: Any) -> SmtpMailServer:
    settings: dict[str, Any] = {"security": "starttls", "anchors": tls.root, "loopback_only": True} | named
    return SmtpMailServer(
        SmtpSettings(name="[mail]", host=settings.pop("host", "127.0.0.1"), port=office.port, **settings), SENDER, "fa"
    )


def codes(found: list[GatewayError | None]) -> list[str | None]:
    return [None if error is None else error.code for error in found]


def refusal(of: SmtpMailServer) -> GatewayError:
    with pytest.raises(GatewayError) as raised:
        of.send([mail()])
    return raised.value


def test_a_persian_mail_arrives_as_it_was_written(office: PostOffice, tls: Tls) -> None:
    assert server(office, tls).send([mail(1), mail(2)]) == [None, None]
    first = office.mails[0]
    assert (first["From"], first["To"], office.senders[0]) == (SENDER, "operator-1@city.example", SENDER)
    assert first["Subject"] == mail().subject
    assert office.text(0) == mail().text
    assert (first.get_content_type(), first.get_content_charset()) == ("text/plain", "utf-8")
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"].datetime == NOW
    assert office.recipients == ["operator-1@city.example", "operator-2@city.example"]
    assert office.in_tls == [True, True]


def test_a_mail_has_the_same_message_id_whenever_it_is_sent(office: PostOffice, tls: Tls) -> None:
    for _ in range(2):
        server(office, tls).send([mail(1)])
    server(office, tls).send([mail(2)])
    ids = [each["Message-ID"] for each in office.mails]
    assert ids[0] == ids[1] != ids[2]
    assert "digest" not in ids[0]


def test_tls_from_the_first_octet_on(tls: Tls) -> None:
    with post_office.serving(tls.context(), implicit=True) as office:
        assert server(office, tls, security="tls").send([mail()]) == [None]
        assert office.in_tls == [True]


def test_a_certificate_of_another_root_or_name_gets_no_mail(office: PostOffice, tls: Tls) -> None:
    assert refusal(server(office, tls, anchors=None)).code == "mail.unreachable"
    with post_office.serving(tls.context(of=tls.stranger)) as stranger:
        assert refusal(server(stranger, tls)).code == "mail.unreachable"
        assert stranger.mails == office.mails == []


def test_a_password_is_said_in_tls_and_a_wrong_one_is_ours_to_mend(tls: Tls) -> None:
    with post_office.serving(tls.context(), password="sesame") as office:
        assert server(office, tls, user="eblagh", password=lambda: b"sesame").send([mail()]) == [None]
        error = refusal(server(office, tls, user="eblagh", password=lambda: b"wrong"))
        assert error.code == "mail.credentials"
        assert len(office.mails) == 1


@pytest.mark.parametrize(
    ("user", "password", "told"),
    [
        ("eblagh", "گذرواژه-۱۴۰۵".encode(), "not ASCII"),
        ("eblagh", "sesäme".encode(), "not ASCII"),
        ("ابلاغ", b"sesame", "not ASCII"),
        ("eblagh", b"ses\xe4me", "not text in UTF-8"),
    ],
    ids=["persian", "latin", "user", "latin-1"],
)
def test_a_user_or_password_that_no_login_can_have_is_ours_to_mend(
    tls: Tls, user: str, password: bytes, told: str
) -> None:
    with post_office.serving(tls.context(), password="sesame") as office:
        sender = server(office, tls, user=user, password=lambda: password)
        with pytest.raises(GatewayError) as raised:
            sender.check()
        for error in (refusal(sender), raised.value):
            assert error.code == "mail.credentials"
            assert error.found is not None
            assert told in error.found.en
            assert told.rpartition(" ")[2] in error.found.fa
            # The context has the password: nobody prints it.
            assert error.__cause__ is not None
            assert error.__cause__.__suppress_context__


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_refusal_for_good_and_one_for_now_are_two_codes(office: PostOffice, tls: Tls, command: str) -> None:
    office.answers[command] = ["550 no mailbox of Hassan here", "452 mailbox of Hassan is full"]
    found = server(office, tls).send([mail(1), mail(2), mail(3)])
    assert codes(found) == ["mail.refused", "mail.deferred", None]
    assert [error.detail for error in found if error] == ["SMTP 550", "SMTP 452"]
    assert office.recipients == ["operator-3@city.example"]


def test_a_connection_that_is_cut_leaves_the_rest_for_later(office: PostOffice, tls: Tls) -> None:
    office.cut_after_data = 1
    found = server(office, tls).send([mail(1), mail(2)])
    assert codes(found) == ["mail.unreachable", "mail.unreachable"]
    assert office.recipients == ["operator-1@city.example"]


def test_no_server_is_an_error_of_all(office: PostOffice, tls: Tls) -> None:
    gone = replace(office, port=1)
    assert refusal(server(gone, tls)).code == "mail.unreachable"


def test_development_writes_to_no_other_machine(office: PostOffice, tls: Tls) -> None:
    assert refusal(server(office, tls, host="192.0.2.1")).code == "config.endpoint"


@pytest.mark.parametrize(
    "named", [{"subject": "a\r\nBcc: x@evil.example"}, {"recipient": "a@b.example\r\nBcc: x@evil"}]
)
def test_no_value_makes_a_header(office: PostOffice, tls: Tls, named: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="linefeed or carriage return"):
        server(office, tls).send([mail(**named)])
    assert office.mails == []

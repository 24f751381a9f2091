"""The meaning of each answer of Shahrzad: what is not certainly taken or not taken is unknown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.courtesy.shahrzad import Shahrzad
from adapters.http.known_service import KnownService
from adapters.settings import CourtesySection
from gateway.courtesy.courtesy_service import Answer, NotTaken, Refused, Taken, Unknown
from gateway.courtesy.courtesy_text import USUAL_TEXT, is_text
from gateway.runtime.errors import GatewayError
from tests.witness import https_keeper
from tests.witness.https_keeper import Keeper
from tests.witness.tls import Tls

COURTESY_PAGE = Path(__file__).parents[2] / "docs/connect/courtesy.md"
MOBILE = "+989121234567"


@pytest.fixture
def keeper(tls: Tls) -> Iterator[Keeper]:
    with https_keeper.serving(tls.context()) as opened:
        yield opened


def shahrzad(url: str, tls: Tls, not_taken: tuple[int, ...] = (), **named: Any) -> Shahrzad:
    known = {"name": "shahrzad", "url": url, "credentials": "courtesy.credentials", "anchors": tls.root} | named
    return Shahrzad(KnownService(timeout=timedelta(seconds=30), **known), not_taken)


def shown(answer: Answer) -> tuple[type, str | None]:
    match answer:
        case Taken(message_number=number):
            return Taken, number
        case Refused(error=error) | NotTaken(error=error) | Unknown(error=error):
            assert MOBILE[3:] not in str(error)
            return type(answer), error.code


@pytest.mark.parametrize(
    ("status", "says", "meaning"),
    [
        (202, b'{"id": "SH-17"}', (Taken, "SH-17")),
        (202, b"<html>signed in</html>", (Unknown, "courtesy.unknown")),
        (202, b'{"id": ""}', (Unknown, "courtesy.unknown")),
        (202, b'{"id": "m-989121234567"}', (Unknown, "courtesy.unknown")),
        (200, b'{"id": "SH-17"}', (Unknown, "courtesy.unknown")),
        (302, b"", (NotTaken, "courtesy.rejected")),
        (401, b"", (NotTaken, "courtesy.credentials")),
        (404, b"", (NotTaken, "courtesy.rejected")),
        (422, b"", (Refused, "courtesy.refused")),
        (429, b"", (NotTaken, "courtesy.busy")),
        (500, b"", (Unknown, "courtesy.unknown")),
        (503, b"", (Unknown, "courtesy.unknown")),
    ],
)
def test_each_answer_has_one_meaning(
    keeper: Keeper, tls: Tls, status: int, says: bytes, meaning: tuple[type, str]
) -> None:
    keeper.status, keeper.says = status, says
    assert shown(shahrzad(keeper.url, tls).tell(MOBILE, USUAL_TEXT)) == meaning


def test_a_fault_means_not_taken_only_where_the_owner_says_so(keeper: Keeper, tls: Tls, tmp_path: Path) -> None:
    keeper.status = 503
    assert shown(shahrzad(keeper.url, tls, (503,)).tell(MOBILE, USUAL_TEXT)) == (NotTaken, "courtesy.busy")
    token = tmp_path / "token"
    token.write_bytes(b"open-sesame")
    shahrzad(keeper.url, tls, token=token.read_bytes).tell(MOBILE, USUAL_TEXT)
    assert keeper.seen[-1]["Authorization"] == "Bearer open-sesame"
    assert not {"Referer", "Cookie", "Idempotency-Key"} & keeper.seen[-1].keys()


def test_nothing_is_sent_past_a_foreign_certificate_or_in_clear(keeper: Keeper, tls: Tls, tmp_path: Path) -> None:
    unpinned = shahrzad(keeper.url, tls, anchors=None)
    assert shown(unpinned.tell(MOBILE, USUAL_TEXT)) == (NotTaken, "courtesy.unreachable")
    plain = shahrzad("http://192.0.2.1/", tls)
    assert shown(plain.tell(MOBILE, USUAL_TEXT)) == (NotTaken, "config.endpoint")
    absent = shahrzad(keeper.url, tls, anchors=tmp_path / "absent.pem")
    assert shown(absent.tell(MOBILE, USUAL_TEXT)) == (NotTaken, "courtesy.credentials")
    assert keeper.seen == []
    with pytest.raises(GatewayError, match=r"courtesy\.unreachable"):
        unpinned.check()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "پرونده ۱۴۰۴",
        "پرونده 1404",
        "به ثنا.ایران بروید",
        "به sana بروید",
        "به https بروید",
        "به راه/ثنا بروید",
        "ابلاغیه " * 50,
    ],
)
def test_a_text_with_more_than_words_is_refused(text: str) -> None:
    assert is_text(USUAL_TEXT)
    assert not is_text(text)
    with pytest.raises(ValueError, match="Persian words alone"):
        CourtesySection(url="https://shahrzad.example", text=text)


def test_the_usual_text_says_from_when_periods_count_and_stands_in_the_documentation() -> None:
    assert "مهلت‌های قانونی از زمان وصول ابلاغیه به حساب کاربری محاسبه می‌شود" in USUAL_TEXT
    assert USUAL_TEXT in COURTESY_PAGE.read_text(encoding="utf-8")


def test_https_wants_the_root_of_its_certificate() -> None:
    with pytest.raises(ValueError, match="anchors are wanted"):
        CourtesySection(url="https://shahrzad.example")
    assert not CourtesySection(url="https://shahrzad.example", anchors="root.pem").tells

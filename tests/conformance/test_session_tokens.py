"""The token of a session on every database: shared, encrypted, and never two logins at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.crypto.keys.token_key_file import TokenKeyFile
from adapters.judiciary.channel import Unsent
from adapters.judiciary.session.shared_token import SharedToken, TokenSharing
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.courier import CREDENTIALS
from gateway.judiciary.session_token import NewToken
from gateway.runtime.errors import GatewayError
from tests.manual_clock import ManualClock

from .conftest import Place

pytestmark = pytest.mark.exhaustive(draw=["place"])

SUBJECT = "sha256:session"


class Login:
    """Gives the tokens secret-1, secret-2 and so on, each for ten minutes."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock, self.number, self.at_a_time, self.most = clock, 0, 0, 0

    def __call__(self) -> NewToken:
        self.at_a_time += 1
        self.most = max(self.most, self.at_a_time)
        threading.Event().wait(0.05)
        self.at_a_time -= 1
        self.number += 1
        now = self.clock()
        return NewToken(value=f"secret-{self.number}", asked_at=now, ends_at=now + timedelta(minutes=10))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def login(clock: ManualClock) -> Login:
    return Login(clock)


@pytest.fixture
def sharing(place: Place, store: SqlStore, clock: ManualClock, tmp_path: Path) -> Iterator[TokenSharing]:
    locks = place.locks()
    yield TokenSharing(
        subject=SUBJECT,
        store=store.session_tokens,
        cipher=TokenKeyFile(tmp_path / "session.key"),
        locks=locks,
        clock=clock,
        patience=600,
        tell=_no_trouble,
    )
    locks.close()


def _no_trouble(error: GatewayError) -> None:
    raise AssertionError(error)


def test_one_process_logs_in_for_all_of_them(sharing: TokenSharing, login: Login) -> None:
    processes = [SharedToken(sharing, login) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        tokens = list(pool.map(lambda process: process.current(), processes))
    assert {token.value for token in tokens} == {"secret-1"}
    assert (login.number, login.most) == (1, 1)


def test_a_token_is_renewed_before_its_end_and_after_its_refusal(
    sharing: TokenSharing, login: Login, clock: ManualClock
) -> None:
    one, other = SharedToken(sharing, login), SharedToken(sharing, login)
    first = one.current()
    clock.advance(minutes=9, seconds=29)
    assert other.current().value == "secret-1"
    clock.advance(seconds=1)
    assert [one.current().value, other.current().value] == ["secret-2"] * 2
    one.refused(first)
    assert other.current().value == "secret-2", "an old refusal ends no newer token"
    other.refused(other.current())
    assert other.current().value == "secret-3"
    one.refused(one.current())
    assert one.current().value == "secret-3", "another process has renewed it"
    assert login.number == 3


def test_the_store_has_no_token_that_can_be_read(
    sharing: TokenSharing, login: Login, store: SqlStore, tmp_path: Path
) -> None:
    SharedToken(sharing, login).current()
    stored = store.session_tokens.read(SUBJECT)
    assert stored is not None
    assert b"secret" not in stored.octets
    assert "secret-1" not in repr(stored) + repr(sharing.cipher.opened(stored))
    for changed in (
        replace(stored, octets=stored.octets[:-1] + bytes([stored.octets[-1] ^ 1])),
        replace(stored, octets=b""),
        replace(stored, subject="sha256:other"),
        replace(stored, usable_until=stored.usable_until + timedelta(days=1)),
    ):
        with pytest.raises(GatewayError) as refusal:
            sharing.cipher.opened(changed)
        assert refusal.value.code == "session.unreadable"
    with pytest.raises(GatewayError, match="another password"):
        TokenKeyFile(tmp_path / "session.key", b"changed").opened(stored)
    assert (tmp_path / "session.key").stat().st_mode & 0o777 == 0o600


def test_a_token_of_another_key_is_left_aside_and_told_once(
    sharing: TokenSharing, login: Login, tmp_path: Path
) -> None:
    SharedToken(sharing, login).current()
    reported: list[GatewayError] = []
    other = replace(sharing, cipher=TokenKeyFile(tmp_path / "other.key"), tell=reported.append)
    mine, theirs = SharedToken(other, login), SharedToken(sharing, login)
    assert mine.current().value == "secret-2"
    mine.refused(mine.current())
    assert mine.current().value == "secret-3"
    assert [error.code for error in reported] == ["session.unreadable"]
    assert theirs is not mine


def test_without_a_key_the_token_stays_in_the_process(
    sharing: TokenSharing, login: Login, store: SqlStore, tmp_path: Path
) -> None:
    reported: list[GatewayError] = []
    key = tmp_path / "session.key"
    key.write_text("no key\n", encoding="ascii")
    token = SharedToken(replace(sharing, tell=reported.append), login)
    assert token.current() == token.current()
    assert store.session_tokens.read(SUBJECT) is None
    assert [error.code for error in reported] == ["session.key"]
    assert str(key) in reported[0].where


def test_a_refused_login_gives_no_token_and_stores_none(sharing: TokenSharing, store: SqlStore) -> None:
    def refused() -> NewToken:
        raise Unsent(CREDENTIALS, where="Login", detail="-11: wrong")

    token = SharedToken(sharing, refused)
    with pytest.raises(Unsent) as refusal:
        token.current()
    assert refusal.value.code == CREDENTIALS
    assert store.session_tokens.read(SUBJECT) is None


def test_a_login_elsewhere_that_does_not_end_is_not_waited_for_without_end(sharing: TokenSharing, login: Login) -> None:
    with sharing.locks.attempt(f"login:{SUBJECT}") as held:
        assert held
        with pytest.raises(Unsent) as refusal:
            SharedToken(replace(sharing, patience=0), login).current()
    assert refusal.value.code == "courier.token"
    assert login.number == 0


def test_an_ended_token_of_a_former_session_leaves_the_store_at_the_next_login(
    sharing: TokenSharing, login: Login, store: SqlStore, clock: ManualClock
) -> None:
    former, other = replace(sharing, subject="sha256:former"), replace(sharing, subject="sha256:other")
    SharedToken(former, login).current()
    clock.advance(minutes=5)
    SharedToken(other, login).current()
    clock.advance(minutes=5)
    SharedToken(sharing, login).current()
    kept = [subject for subject in (former.subject, other.subject, SUBJECT) if store.session_tokens.read(subject)]
    assert kept == [other.subject, SUBJECT]


def test_a_refused_token_that_cannot_be_deleted_is_told_and_hides_no_answer(
    sharing: TokenSharing, login: Login
) -> None:
    """The call was sent: a failure of our store says nothing of it."""
    broken = GatewayError("store.unavailable", where="here")

    class Store:
        read, keep = sharing.store.read, sharing.store.keep

        def forget(self, subject: str, id: str) -> None:
            raise broken

    reported: list[GatewayError] = []
    token = SharedToken(replace(sharing, store=Store(), tell=reported.append), login)
    token.refused(token.current())
    assert reported == [broken]

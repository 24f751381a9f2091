"""Checkpoints go to those who keep them outside: each once, the newest first, and again until it is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.note import NoteSigner
from adapters.storage.evidence_log import SqlEvidenceLog
from adapters.storage.sql_store import SqlStore
from gateway.errors import GatewayError
from gateway.evidence_log import StoredCheckpoint
from gateway.witnessing import BACKOFF, Letter, send_away, state_of
from tests.databases import sqlite_file

from .ports import Hands

SIGNER = NoteSigner(name="city.example/archive", key=Ed25519PrivateKey.generate())


@dataclass
class Notary:
    """A witness that does what a test tells it."""

    name: str = "notary"
    refuses: str | None = None
    letters: list[Letter] = field(default_factory=list)

    def hand_over(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.refuses is not None:
            raise GatewayError(self.refuses, where=self.name)

    def check(self) -> str:
        return "fine"

    @property
    def seen(self) -> list[tuple[int, int]]:
        return [(letter.size, letter.held) for letter in self.letters]


@dataclass
class Desk:
    log: SqlEvidenceLog
    clock: Hands = field(default_factory=Hands)

    def checkpoint(self, size: int) -> None:
        self.log.keep(StoredCheckpoint(size=size, note=SIGNER.sign(size, bytes(32)), made_at=self.clock()))

    def send(self, notary: Notary) -> list[str]:
        return [error.code for error in send_away(self.log, notary, self.clock).errors]

    def is_due(self, notary: Notary, every: timedelta = timedelta()) -> bool:
        return state_of(self.log, notary.name).is_due(self.clock(), every)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield Desk(store.log)


def test_without_a_checkpoint_nothing_is_sent(desk: Desk) -> None:
    notary = Notary()
    assert desk.send(notary) == []
    assert notary.seen == []


def test_each_gets_the_newest_checkpoint_once(desk: Desk) -> None:
    notary = Notary()
    for size in (3, 5):
        desk.checkpoint(size)
    for _ in range(3):
        desk.send(notary)
    desk.checkpoint(9)
    desk.send(notary)
    assert notary.seen == [(5, 0), (9, 5)]
    assert notary.letters[1].note == SIGNER.sign(9, bytes(32))
    assert notary.letters[1].origin == SIGNER.name


def test_an_older_checkpoint_is_never_sent_after_a_newer_one(desk: Desk) -> None:
    """As after a restore, where the log has fewer records than a witness was told of."""
    notary = Notary()
    desk.checkpoint(5)
    desk.log.accepted(notary.name, 9, desk.clock())
    desk.send(notary)
    assert notary.seen == []


def test_what_is_not_accepted_is_sent_again_after_longer_and_longer_waits(desk: Desk) -> None:
    notary = Notary(refuses="witness.unreachable")
    desk.checkpoint(5)
    waits = []
    for _ in range(len(BACKOFF) + 1):
        assert desk.is_due(notary)
        assert desk.send(notary) == ["witness.unreachable"]
        began = desk.clock()
        while not desk.is_due(notary):
            desk.clock.pass_(seconds=30)
        waits.append(desk.clock() - began)
    assert waits == [*BACKOFF, BACKOFF[-1]]
    notary.refuses = None
    desk.checkpoint(7)
    assert desk.send(notary) == []
    assert notary.seen[-1] == (7, 0)
    state = state_of(desk.log, notary.name)
    assert (state.size, state.failures, state.due_at, state.code) == (7, 0, None, None)


def test_one_that_is_away_keeps_no_other_back(desk: Desk) -> None:
    away, here = Notary(name="away", refuses="witness.unreachable"), Notary(name="here")
    desk.checkpoint(5)
    desk.send(away)
    desk.send(here)
    assert (state_of(desk.log, "away").size, state_of(desk.log, "here").size) == (0, 5)
    assert desk.is_due(here)
    assert not desk.is_due(away)


def test_a_mailbox_is_not_written_to_with_each_checkpoint(desk: Desk) -> None:
    notary, day = Notary(), timedelta(days=1)
    desk.checkpoint(5)
    assert desk.is_due(notary, day)
    desk.send(notary)
    desk.clock.pass_(hours=23)
    assert not desk.is_due(notary, day)
    desk.clock.pass_(hours=1)
    assert desk.is_due(notary, day)


def test_without_leave_nothing_is_sent(desk: Desk) -> None:
    notary = Notary()
    desk.checkpoint(5)
    assert send_away(desk.log, notary, desk.clock, lambda: False).idle
    assert notary.seen == []

"""Checkpoints go to those who keep them outside: each once, the newest first, and again until it is accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from adapters.crypto.keys.note import NoteSigner
from adapters.storage.evidence_log import SqlEvidenceLog
from adapters.storage.sql_store import SqlStore
from gateway.archive import witnessing
from gateway.archive.witnessing import BACKOFF, Claim, Letter, look_at, send_away, state_of
from gateway.evidence.evidence_log import StoredCheckpoint
from gateway.merkle.tiles import Tiles
from gateway.operations.history_division import set_aside
from gateway.operations.operator_action import OperatorAction
from gateway.record.set_aside import SettingAside
from gateway.runtime.errors import GatewayError
from gateway.store.proof_reach import ProofPolicy, lapse
from gateway.store.stored import Changes
from tests.conformance.builders import evidence
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock

from .ports import NoFolder

SIGNER = NoteSigner(name="city.example/archive", key=Ed25519PrivateKey.generate())
POLICY = ProofPolicy(stamped=False, stop_after=timedelta(days=9), late_after=timedelta(days=9))


@dataclass
class Notary:
    """A witness that does what a test tells it."""

    name: str = "notary"
    refuses: str | None = None
    claims: bytes | None = None
    letters: list[Letter] = field(default_factory=list)
    shows: Iterable[bytes] = ()

    def notes(self) -> Iterable[bytes]:
        return self.shows

    def hand_over(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self.refuses is not None:
            raise GatewayError(self.refuses, where=self.name)
        if self.claims is not None:
            raise Claim("witness.ahead", where=self.name, detail="HTTP 409", note=self.claims)

    def check(self) -> str:
        return "fine"

    @property
    def seen(self) -> list[tuple[int, int]]:
        return [(letter.size, letter.held) for letter in self.letters]


@dataclass
class WitnessedLog:
    store: SqlStore
    clock: ManualClock = field(default_factory=ManualClock)

    @property
    def log(self) -> SqlEvidenceLog:
        return self.store.log

    def checkpoint(self, size: int) -> None:
        """Let the log grow to that size, and sign what it is."""
        records = [evidence(f"record:{number}") for number in range(self.log.size(), size)]
        self.store.commit(Changes(evidence=records))
        self.log.place(1000)
        self.log.keep(StoredCheckpoint(size=size, note=self.note(size), made_at=self.clock()))

    def note(self, size: int) -> bytes:
        return SIGNER.sign(size, Tiles(size, self.log.tile).root())

    def send(self, notary: Notary) -> list[str]:
        return [error.code for error in send_away(self.log, notary, SIGNER.verifier, self.clock).errors]

    def stopped(self) -> str | None:
        lapsed = lapse(self.store.evidence.proof(), POLICY, self.clock())
        return lapsed.code if lapsed else None

    def is_due(self, notary: Notary, every: timedelta = timedelta()) -> bool:
        return state_of(self.log, notary.name).is_due(self.clock(), every)


@pytest.fixture
def witnessed(tmp_path: Path) -> Iterator[WitnessedLog]:
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield WitnessedLog(store)


def test_without_a_checkpoint_nothing_is_sent(witnessed: WitnessedLog) -> None:
    notary = Notary()
    assert witnessed.send(notary) == []
    assert notary.seen == []


def test_each_gets_the_newest_checkpoint_once(witnessed: WitnessedLog) -> None:
    notary = Notary()
    for size in (3, 5):
        witnessed.checkpoint(size)
    for _ in range(3):
        witnessed.send(notary)
    witnessed.checkpoint(9)
    witnessed.send(notary)
    assert notary.seen == [(5, 0), (9, 5)]
    assert notary.letters[1].note == witnessed.note(9)
    assert notary.letters[1].origin == SIGNER.name


def test_an_older_checkpoint_is_never_sent_after_a_newer_one(witnessed: WitnessedLog) -> None:
    """As after a restore, where the log has fewer records than a witness was told of."""
    notary = Notary()
    witnessed.checkpoint(5)
    witnessed.log.accepted(notary.name, 9, witnessed.clock())
    witnessed.send(notary)
    assert notary.seen == []


def test_what_is_not_accepted_is_sent_again_after_longer_and_longer_waits(witnessed: WitnessedLog) -> None:
    notary = Notary(refuses="witness.unreachable")
    witnessed.checkpoint(5)
    waits = []
    for _ in range(len(BACKOFF) + 1):
        assert witnessed.is_due(notary)
        assert witnessed.send(notary) == ["witness.unreachable"]
        began = witnessed.clock()
        while not witnessed.is_due(notary):
            witnessed.clock.advance(seconds=30)
        waits.append(witnessed.clock() - began)
    assert waits == [*BACKOFF, BACKOFF[-1]]
    notary.refuses = None
    witnessed.checkpoint(7)
    assert witnessed.send(notary) == []
    assert notary.seen[-1] == (7, 0)
    state = state_of(witnessed.log, notary.name)
    assert (state.size, state.failures, state.due_at, state.code) == (7, 0, None, None)


def test_one_that_is_away_keeps_no_other_back(witnessed: WitnessedLog) -> None:
    away, here = Notary(name="away", refuses="witness.unreachable"), Notary(name="here")
    witnessed.checkpoint(5)
    witnessed.send(away)
    witnessed.send(here)
    assert (state_of(witnessed.log, "away").size, state_of(witnessed.log, "here").size) == (0, 5)
    assert witnessed.is_due(here)
    assert not witnessed.is_due(away)


def test_a_mailbox_is_not_written_to_with_each_checkpoint(witnessed: WitnessedLog) -> None:
    notary, day = Notary(), timedelta(days=1)
    witnessed.checkpoint(5)
    assert witnessed.is_due(notary, day)
    witnessed.send(notary)
    witnessed.clock.advance(hours=23)
    assert not witnessed.is_due(notary, day)
    witnessed.clock.advance(hours=1)
    assert witnessed.is_due(notary, day)


@pytest.mark.parametrize("size", [0, 5], ids=["before-the-first-checkpoint", "with-nothing-new"])
def test_a_failure_ends_with_a_look_that_succeeds_although_nothing_is_handed_over(
    witnessed: WitnessedLog, size: int
) -> None:
    notary, day = Notary(), timedelta(days=1)
    if size:
        witnessed.checkpoint(size)
        witnessed.send(notary)
    known = state_of(witnessed.log, notary.name)
    witnessed.clock.advance(hours=1)
    notary.shows = Shelf(None)
    for _ in range(2):
        assert witnessed.send(notary) == ["witness.unreachable"]
    failing = state_of(witnessed.log, notary.name)
    assert (failing.size, failing.failures, failing.code) == (size, 2, "witness.unreachable")
    notary.shows = ()
    witnessed.clock.advance(hours=1)
    assert witnessed.is_due(notary, day)
    assert witnessed.send(notary) == []
    assert state_of(witnessed.log, notary.name) == known
    assert witnessed.is_due(notary, day) == (size == 0)
    notary.shows = Shelf(None)
    witnessed.send(notary)
    assert state_of(witnessed.log, notary.name).failures == 1, "failures in a row"


def test_without_leave_nothing_is_sent(witnessed: WitnessedLog) -> None:
    notary = Notary()
    witnessed.checkpoint(5)
    assert send_away(witnessed.log, notary, SIGNER.verifier, witnessed.clock, lambda: False).idle
    assert notary.seen == []


STRANGER = NoteSigner(name=SIGNER.name, key=Ed25519PrivateKey.generate())


@pytest.mark.parametrize("size", [9, 4], ids=["larger-than-the-tree", "another-root-at-a-size-we-know"])
def test_a_witness_that_holds_another_history_under_our_key_stops_sending(witnessed: WitnessedLog, size: int) -> None:
    """As after a rollback of store, state file, payloads and archive together."""
    witnessed.checkpoint(5)
    notary = Notary(shows=[witnessed.note(3), SIGNER.sign(size, b"x" * 32)])
    assert witnessed.send(notary) == ["archive.forked"]
    assert notary.seen == [], "and it is handed nothing of another history"
    assert witnessed.stopped() == "archive.forked"
    notary.shows = ()
    assert witnessed.stopped() == "archive.forked", "what was seen once is not forgotten"
    [fork] = witnessed.log.forks()
    assert (fork.holder, fork.size, fork.root) == ("notary", size, b"x" * 32)


def test_a_second_note_of_the_same_text_does_not_hide_the_one_that_we_signed(witnessed: WitnessedLog) -> None:
    witnessed.checkpoint(5)
    genuine = SIGNER.sign(9, b"x" * 32)
    forged = genuine[:-10] + b"AAAAAAAA=\n"
    assert witnessed.send(Notary(shows=[genuine, forged])) == ["archive.forked"]
    assert [fork.note for fork in witnessed.log.forks()] == [genuine]


class Shelf:
    """Notes that can be taken one by one, newest first; the last one cannot be read if it is None."""

    def __init__(self, *notes: bytes | None) -> None:
        self.notes, self.taken = notes, 0

    def __iter__(self) -> Iterator[bytes]:
        for taken, note in enumerate(self.notes, 1):
            self.taken = taken
            if note is None:
                raise GatewayError("witness.unreachable", where="notary")
            yield note


def test_of_years_of_checkpoints_the_newest_are_compared(
    witnessed: WitnessedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(witnessing, "PAGE", 2)
    for size in range(1, 8):
        witnessed.checkpoint(size)
    shelf = Shelf(*(witnessed.note(size) for size in range(7, 0, -1)))
    assert witnessed.send(Notary(shows=shelf)) == []
    assert shelf.taken == 2
    look_at(witnessed.log, Notary(shows=shelf), SIGNER.verifier, witnessed.clock(), every=True)
    assert shelf.taken == 7


@pytest.mark.parametrize("last", [True, False], ids=["all-can-be-read", "the-share-goes-away"])
def test_every_checkpoint_of_a_forgotten_history_is_found(
    witnessed: WitnessedLog, monkeypatch: pytest.MonkeyPatch, last: bool
) -> None:
    monkeypatch.setattr(witnessing, "PAGE", 2)
    for size in range(1, 6):
        witnessed.checkpoint(size)
    forgotten = [SIGNER.sign(size, b"x" * 32) for size in (12, 11, 10, 9, 8)]
    ours = [witnessed.note(size) for size in (5, 4, 3)]
    shelf = Shelf(*forgotten, *ours) if last else Shelf(*forgotten[:4], None)
    assert witnessed.send(Notary(shows=shelf)) == ["archive.forked" if last else "witness.unreachable"]
    assert [fork.size for fork in witnessed.log.forks()] == ([8, 9, 10, 11, 12] if last else [9, 10, 11, 12])
    assert witnessed.stopped() == "archive.forked"


def test_a_rollback_is_seen_although_there_is_nothing_new_to_hand_over(witnessed: WitnessedLog) -> None:
    witnessed.checkpoint(5)
    notary = Notary()
    witnessed.send(notary)
    notary.shows = [SIGNER.sign(9, b"x" * 32)]
    assert witnessed.send(notary) == ["archive.forked"]
    assert witnessed.stopped() == "archive.forked"


@pytest.mark.parametrize(
    "shown",
    [
        STRANGER.sign(9, b"x" * 32),
        NoteSigner(name="another.example/archive", key=SIGNER.key).sign(9, b"x" * 32),
        SIGNER.sign(9, b"x" * 32).replace(b"9\n", b"8\n", 1),
        b"nonsense",
        b"",
    ],
    ids=["unknown-key", "another-archive", "bad-signature", "nonsense", "nothing"],
)
def test_any_other_claim_of_a_witness_only_alarms(witnessed: WitnessedLog, shown: bytes) -> None:
    witnessed.checkpoint(5)
    notary = Notary(shows=[shown])
    assert witnessed.send(notary) == ["witness.unbelieved"]
    assert witnessed.log.forks() == []
    assert witnessed.stopped() is None


def test_a_note_in_a_refusal_is_judged_by_its_signature(witnessed: WitnessedLog) -> None:
    witnessed.checkpoint(5)
    assert witnessed.send(Notary(claims=STRANGER.sign(9, b"x" * 32))) == ["witness.unbelieved"]
    assert witnessed.stopped() is None
    assert witnessed.send(Notary(name="other", claims=SIGNER.sign(9, b"x" * 32))) == ["archive.forked"]
    assert witnessed.stopped() == "archive.forked"


def test_what_a_witness_holds_of_our_own_tree_stops_nothing(witnessed: WitnessedLog) -> None:
    """An answer was lost, or an earlier key signed it."""
    witnessed.checkpoint(3)
    witnessed.checkpoint(5)
    notary = Notary(shows=[witnessed.note(3), witnessed.note(5), STRANGER.sign(3, Tiles(3, witnessed.log.tile).root())])
    assert witnessed.send(notary) == []
    assert notary.seen == [(5, 0)]


def test_a_persons_act_on_record_lets_sending_go_on(witnessed: WitnessedLog) -> None:
    witnessed.checkpoint(5)
    note = SIGNER.sign(9, b"x" * 32)
    notary = Notary(shows=[note])
    witnessed.send(notary)
    act = OperatorAction(
        name="archive.set-aside", account="op", reason="the machine was rolled back", at=witnessed.clock()
    )
    settled = set_aside(witnessed.store, witnessed.log, NoFolder(), act, "city")
    assert [(each.size, each.root) for each in settled.checkpoints] == [(9, b"x" * 32)]
    assert witnessed.stopped() is None
    assert witnessed.send(notary) == []
    assert notary.letters[-1].set_aside == {(9, b"x" * 32)}
    [fork] = witnessed.log.forks()
    assert fork.act is not None
    record = witnessed.store.evidence.record(fork.act)
    assert record is not None
    assert SettingAside.of(witnessed.store.evidence.payload(record.payload_digest)) == settled

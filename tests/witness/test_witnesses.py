"""Rules for every witness: keep each checkpoint, and never an older one in place of a newer one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.http.known_service import KnownService
from adapters.witness.email import EmailSettings, EmailWitness
from adapters.witness.folder import FolderWitness
from adapters.witness.https import HttpsWitness
from gateway.archive.witnessing import Witness
from gateway.runtime.clock import system_clock
from gateway.runtime.errors import GatewayError

from . import https_keeper, mail_server
from .conftest import letter
from .https_keeper import size_of
from .tls import Tls


@dataclass
class Place:
    """A witness, what it holds, and what makes it go away."""

    witness: Witness
    held: Callable[[], Sequence[bytes]]
    leave: Callable[[], object]
    forgetful: bool = False
    """True if nobody can see here what it holds: then it keeps an older one beside the newer one."""


def folder(path: Path, _: Tls, __: ExitStack) -> Place:
    share = path / "share"
    share.mkdir()
    return Place(
        FolderWitness("outside", share),
        lambda: [file.read_bytes() for file in sorted(share.glob("*.note"))],
        lambda: share.rename(path / "unmounted"),
    )


def https(path: Path, tls: Tls, open_: ExitStack) -> Place:
    keeper = open_.enter_context(serving := https_keeper.serving(tls.context()))
    url = keeper.url
    service = KnownService(
        name="outside", url=url, credentials="witness.credentials", anchors=tls.root, timeout=timedelta(seconds=30)
    )

    def leave() -> None:
        serving.__exit__(None, None, None)
        open_.pop_all()

    return Place(HttpsWitness(service), lambda: keeper.notes, leave)


def email(path: Path, tls: Tls, open_: ExitStack) -> Place:
    box = open_.enter_context(serving := mail_server.serving(tls.context()))
    settings = EmailSettings(
        name="outside",
        host="127.0.0.1",
        port=box.port,
        security="starttls",
        sender="eblagh@city.example",
        recipient="auditor@court.example",
        anchors=tls.root,
    )

    def leave() -> None:
        serving.__exit__(None, None, None)
        open_.pop_all()

    return Place(EmailWitness(settings, system_clock), lambda: box.notes, leave, forgetful=True)


KINDS = [folder, https, email]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def place(request: pytest.FixtureRequest, tmp_path: Path, tls: Tls) -> Iterator[Place]:
    with ExitStack() as opened:
        yield request.param(tmp_path, tls, opened)


def test_it_keeps_what_it_is_handed_octet_for_octet(place: Place) -> None:
    place.witness.hand_over(letter(7))
    place.witness.hand_over(letter(9, held=7))
    assert place.held() == [letter(7).note, letter(9).note]


def test_the_same_checkpoint_twice_is_one(place: Place) -> None:
    for held in (0, 0, 7):
        place.witness.hand_over(letter(7, held))
    assert place.held() == [letter(7).note]


def test_an_older_checkpoint_never_replaces_a_newer_one(place: Place) -> None:
    place.witness.hand_over(letter(9))
    if place.forgetful:
        place.witness.hand_over(letter(7))
    else:
        with pytest.raises(GatewayError) as refused:
            place.witness.hand_over(letter(7))
        assert (refused.value.code, refused.value.where) == ("witness.ahead", "outside")
    assert max(place.held(), key=size_of) == letter(9).note


def test_it_can_be_looked_at_without_handing_it_anything(place: Place) -> None:
    assert place.witness.check()
    assert place.held() == []


def test_one_that_is_away_says_so_by_its_name(place: Place) -> None:
    place.leave()
    with pytest.raises(GatewayError) as away:
        place.witness.hand_over(letter(7))
    assert (away.value.code, away.value.where, away.value.entry.retry) == ("witness.unreachable", "outside", True)

"""Lists as they come: from an address, from a file, again, and from somebody who replays an old one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from adapters.crypto.keys.revocation_list import MAX_LIST_BYTES
from adapters.revocation.list_sources import FileList, HttpLists, in_folder
from adapters.revocation.reader import AuthorityLists
from adapters.schedule.revocation_gate import ASK_SECONDS, RevocationGate
from adapters.storage.sql_store import SqlStore
from gateway.runtime.errors import GatewayError
from gateway.runtime.may_continue import always
from gateway.runtime.pass_report import PassReport
from gateway.trust.revocation_refresh import KnownLists, ListSource, Watched, concerns, lists_for, refresh, take
from gateway.trust.revocation_status import Revocation
from tests.databases import sqlite_file

from .authority import AUTHORITIES, DAY, END, IMPOSTOR, NOW, ROOT, SERIAL, chain, listed

HOUR = timedelta(hours=1)
WATCHED = [Watched(use="court", chain=chain())]
REVOKED = {SERIAL: Revocation(at=NOW, reason="keyCompromise")}


class Source:
    """Gives what a test put there."""

    def __init__(self, *lists: bytes, name: str = "http://crl.example/a.crl") -> None:
        self.lists, self.name, self.asked = list(lists), name, 0

    def fetch(self) -> Sequence[bytes]:
        self.asked += 1
        return self.lists


@pytest.fixture
def known(tmp_path: Path) -> Iterator[KnownLists]:
    reader = AuthorityLists(authorities=AUTHORITIES, skew=timedelta(seconds=60))
    with sqlite_file(tmp_path) as url, closing(SqlStore.open(url)) as store:
        yield KnownLists(store.lists, reader, lambda: 0.0)


def run(known: KnownLists, *sources: ListSource, at: timedelta = timedelta()) -> PassReport:
    return refresh(sources, known, WATCHED, lambda: NOW + at, HOUR, always)


def codes(report: PassReport) -> list[str]:
    return [error.code for error in report.errors]


def test_lists_are_fetched_kept_and_asked_for_when_they_are_due(known: KnownLists) -> None:
    source, of_root = Source(listed()), Source(listed(ROOT), name="http://crl.example/root.crl")
    assert run(known, source, of_root).counts == {"lists": 2}
    assert run(known, source, of_root, at=timedelta(minutes=59)).idle
    assert run(known, source, of_root, at=timedelta(minutes=61)).counts == {"unchanged": 2}
    assert (source.asked, of_root.asked) == (2, 2)
    assert len(known.look().all()) == 2


def test_lists_are_fetched_as_before_once_a_clock_that_was_ahead_is_right(known: KnownLists) -> None:
    source = Source(listed())
    assert run(known, source, at=12 * HOUR).counts == {"lists": 1}
    anew = KnownLists(known.store, known.reader, known.steady)
    for each in (known, anew):
        before = source.asked
        assert run(each, source, at=HOUR).counts == {"unchanged": 1}
        assert run(each, source, at=HOUR + timedelta(minutes=59)).idle
        assert run(each, source, at=2 * HOUR).counts == {"unchanged": 1}
        assert refresh([source], each, WATCHED, lambda: NOW + 2 * HOUR, timedelta()).counts == {"unchanged": 1}
        assert source.asked == before + 3
    source.lists = [listed(this_update=NOW + HOUR)]
    assert run(known, source, at=3 * HOUR).counts == {"lists": 1}


def test_addresses_that_serve_one_list_are_each_asked_when_they_are_due(known: KnownLists) -> None:
    one = listed()
    sources = [Source(one, name=name) for name in ("a", "b", "c")]
    for minute in range(120):
        run(known, *sources, at=timedelta(minutes=minute))
    assert [each.asked for each in sources] == [2, 2, 2]


def test_an_address_that_failed_is_asked_in_the_next_pass(known: KnownLists) -> None:
    first, second = Source(listed(), name="a"), Source(b"", name="b")
    for minute in range(3):
        run(known, first, second, at=timedelta(minutes=minute))
    assert (first.asked, second.asked) == (1, 3)


def test_an_older_list_takes_no_newer_ones_place(known: KnownLists) -> None:
    old, new = listed(this_update=NOW - HOUR), listed(revoked=REVOKED)
    assert take(new, "a", known, NOW) == "lists"
    for replayed in (old, listed(this_update=NOW + timedelta(seconds=1), number=1)):
        with pytest.raises(GatewayError) as refused:
            take(replayed, "a", known, NOW)
        assert refused.value.code == "revocation.older"
    assert codes(run(known, Source(old, name="b"))) == ["revocation.older", "revocation.revoked", "revocation.stale"]
    assert known.look().newest(chain()[0]).revoked == REVOKED  # type: ignore[union-attr]


def test_a_list_that_is_overtaken_on_its_way_is_no_trouble(known: KnownLists) -> None:
    old, new = listed(this_update=NOW - HOUR), listed(revoked=REVOKED)

    class Slow(Source):
        def fetch(self) -> Sequence[bytes]:
            take(new, "another process", known, NOW)
            return super().fetch()

    report = run(known, Slow(old))
    assert (report.counts, codes(report)) == ({"overtaken": 1}, ["revocation.revoked", "revocation.stale"])
    assert known.look().newest(chain()[0]).revoked == REVOKED  # type: ignore[union-attr]
    assert "revocation.older" in codes(run(known, Source(old)))


def test_one_source_that_fails_keeps_no_other_back(known: KnownLists) -> None:
    report = run(known, Source(listed(IMPOSTOR)), Source(b"", name="b"), Source(listed(), name="c"))
    assert report.counts == {"lists": 1}
    assert codes(report) == ["revocation.signature", "revocation.malformed", "revocation.stale"]


def test_what_ends_soon_is_told_before_it_ends(known: KnownLists) -> None:
    for der in (listed(), listed(ROOT)):
        take(der, "a", known, NOW)
    for at, expected in (
        (NOW + 19 * HOUR, []),
        (NOW + 20 * HOUR, ["revocation.ending"] * 2),
        (NOW + DAY, ["revocation.ending"] * 2),
        (NOW + DAY + HOUR, ["revocation.stale"] * 2),
    ):
        assert [error.code for error in concerns(known.look(), WATCHED, at)] == expected
    assert concerns(known.look(), [Watched(use="ours", chain=chain(), required=False)], NOW + 9 * DAY) == []


def test_lists_survive_a_restart(known: KnownLists) -> None:
    take(listed(revoked=REVOKED), "a", known, NOW)
    anew = KnownLists(known.store, known.reader, known.steady)
    assert anew().newest(chain()[0]).revoked == REVOKED  # type: ignore[union-attr]


def test_a_proof_gets_the_lists_that_it_needs(known: KnownLists) -> None:
    own, of_root = listed(), listed(ROOT)
    for der in (listed(this_update=NOW - HOUR), own, of_root):
        take(der, "a", known, NOW)
    assert lists_for(known, chain(), NOW - timedelta(minutes=1)) == [own, of_root]


@contextmanager
def serving(body: bytes, status: int = 200) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Location", "http://127.0.0.1:9/")
            self.end_headers()
            for start in range(0, len(body), 1 << 20):
                try:
                    self.wfile.write(body[start : start + (1 << 20)])
                except OSError:  # enough was read
                    return

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/a.crl"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def fetched(url: str, *, loopback_only: bool = True) -> Sequence[bytes]:
    return HttpLists(url, timedelta(seconds=20), loopback_only=loopback_only).fetch()


def test_an_address_is_asked() -> None:
    der = listed()
    with serving(der) as url:
        assert fetched(url) == [der]


@pytest.mark.long
@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"no such list", 404, "revocation.fetch"),
        (b"", 302, "revocation.fetch"),
        (b"\0" * (MAX_LIST_BYTES + 2), 200, "revocation.too-large"),
    ],
    ids=["not there", "a redirect", "huge"],
)
def test_an_answer_that_is_no_list(body: bytes, status: int, code: str) -> None:
    with serving(body, status) as url, pytest.raises(GatewayError) as refused:
        fetched(url)
    assert (refused.value.code, refused.value.where) == (code, url)


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))  # and does not listen
        with pytest.raises(GatewayError) as refused:
            fetched(f"http://127.0.0.1:{free.getsockname()[1]}/a.crl")
    assert refused.value.code == "revocation.fetch"


def test_in_development_nothing_leaves_this_machine() -> None:
    with pytest.raises(GatewayError) as refused:
        fetched("http://192.0.2.1/a.crl")
    assert refused.value.code == "config.endpoint"


def test_files_in_a_folder_are_sources(tmp_path: Path, known: KnownLists) -> None:
    (tmp_path / "a.crl").write_bytes(listed())
    (tmp_path / "b.crl").write_bytes(b"\0" * (MAX_LIST_BYTES * 2))
    (tmp_path / "README").write_text("no list")
    assert codes(run(known, *in_folder(tmp_path))) == ["revocation.too-large", "revocation.stale"]
    for missing in (lambda: in_folder(tmp_path / "none"), FileList(tmp_path / "none.crl").fetch):
        with pytest.raises(GatewayError) as refused:
            missing()
        assert refused.value.code == "revocation.folder"


def test_nothing_is_begun_that_nobody_could_believe(known: KnownLists) -> None:
    passed, asked, now = [0.0], [], [NOW]
    gate = RevocationGate(
        known.look, WATCHED, WATCHED, lambda: passed[0], lambda: now[0], lambda: asked.append(passed[0])
    )
    for passed[0] in (0.0, ASK_SECONDS / 2, ASK_SECONDS):
        assert gate.begin(PassReport("dispatch"))
    assert asked == [0.0, ASK_SECONDS]
    with pytest.raises(GatewayError) as closed:
        gate.open()
    assert closed.value.code == "revocation.stale"
    for der in (listed(), listed(ROOT)):
        take(der, "a", known, NOW)
    assert gate.open() is True
    passed[0] *= 2
    gate.begin(PassReport("dispatch"))
    assert asked == [0.0, ASK_SECONDS], "there are lists"
    take(listed(this_update=NOW + HOUR, revoked=REVOKED), "a", known, NOW + HOUR)
    now[0] = NOW + HOUR
    with pytest.raises(GatewayError) as closed:
        gate.open()
    assert (closed.value.code, closed.value.where) == ("revocation.revoked", "court")


def test_what_a_list_says_of_others_closes_nothing(known: KnownLists) -> None:
    for der in (listed(revoked={END.certificate.serial_number ^ 1: Revocation(at=NOW)}), listed(ROOT)):
        take(der, "a", known, NOW)
    assert RevocationGate(known.look, WATCHED, WATCHED, lambda: 0.0, lambda: NOW, lambda: None).open() is True

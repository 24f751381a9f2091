"""A gateway that is killed, or loses its database's answer, at each step of keeping rows that are pushed.

The sender does what senders do: it sends again until it has an answer. In the end every row is there once, with its
document; and whatever was answered is there, whatever happened after the answer.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adapters.http.http_service import HttpRequest
from adapters.municipal.inbox_source import InboxSource
from adapters.municipal.rest.push_application import RestPush
from adapters.municipal.rest.tokens import Tokens
from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.intake.push_result import PushTally
from gateway.notice.notice import sha256
from gateway.runtime.errors import GatewayError
from gateway.store.inbox import Envelope, PushedRow
from tests.crash_matrix.boundaries import (
    COMMIT_UNANSWERED,
    COMMIT_UNHEARD,
    Fuse,
    watch_database,
    watch_segments,
)
from tests.databases import DATABASES
from tests.forked import forked
from tests.integration.push.senders import DIGEST, TOKEN, json_row
from tests.manual_clock import ManualClock

from .case_table import PDF

PARTS = 2
"""Tests among which the boundaries are divided."""

pytestmark = [pytest.mark.slow, pytest.mark.long]

EARLIER = PDF + b"% earlier\n"
BEFORE = json.dumps({"rows": [json_row("2", 0, document=EARLIER)]}).encode()
"""A row that is there before, and that a row of the push replaces with its document."""
ROWS = [json_row("1", document=PDF), json_row("2", document=PDF + b"%%EOF\n"), json_row("1", 2, subject="رأی دوم")]
BODY = json.dumps({"rows": ROWS}).encode()


def opened(url: str, folder: Path) -> SqlStore:
    payloads: PayloadStore = SegmentPayloads(folder / "payloads") if url.startswith("sqlite") else DatabasePayloads()
    return SqlStore(Database(url), payloads)


def ask(store: SqlStore, body: bytes | None, query: str = "") -> tuple[int, Any]:
    """Send one request to the REST service."""
    push = RestPush(
        tokens={"portal": Tokens((bytes.fromhex(DIGEST),))},
        inbox=lambda: store.inbox,
        clock=ManualClock(),
        contract=b"",
        tally=PushTally(),
    )
    headers = {"content-type": "application/json", "authorization": f"Bearer {TOKEN}"}
    method, path = ("GET", "/rest/portal/results") if body is None else ("POST", "/rest/portal/rows")
    answer = push.handle(HttpRequest(method=method, path=path, query=query, headers=headers, body=body or b""))
    return answer.status, json.loads(answer.body)


def push_once(url: str, folder: Path, fuse: Fuse) -> None:
    """One process that is sent the rows; what it answered stands in a file, as it would on the wire."""
    watch_database(fuse)
    watch_segments(fuse)
    with closing(opened(url, folder)) as store:
        status, reported = ask(store, BODY)
        (folder / "answer").write_text(json.dumps([status, reported]))
        fuse.at("after the answer")
    (folder / "places").write_text(json.dumps(fuse.places))


def there(url: str, folder: Path) -> list[tuple[str, Any, Any]]:
    with closing(opened(url, folder)) as store:
        source = InboxSource("portal", store.inbox)
        marks = source.marks(None, 10)
        rows = {row.key: row for row in source.rows([mark.key for mark in marks])}
        return [(mark.key, rows[mark.key].fields["subject"], rows[mark.key].fields["document"]) for mark in marks]


@pytest.mark.exhaustive(keep=1)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("database", DATABASES)
def test_a_kill_at_any_step_of_a_push_loses_no_row_and_doubles_none(tmp_path: Path, database: str, part: int) -> None:
    def run(name: str, blow_at: int | None) -> tuple[list[str], list[tuple[str, Any, Any]], bool]:
        """Return the boundaries, what is there in the end, and whether the first process answered."""
        folder = tmp_path / name
        folder.mkdir()
        with DATABASES[database](folder) as url:
            with closing(opened(url, folder)) as store:
                assert ask(store, BEFORE)[0] == 200
            status = forked(lambda: push_once(url, folder, Fuse(blow_at)))
            answered = (folder / "answer").exists()
            if answered:
                assert json.loads((folder / "answer").read_text())[0] == 200
                assert len(there(url, folder)) == 2, "what was answered is there"
            else:
                assert os.WIFSIGNALED(status), (blow_at, status)
                assert os.WTERMSIG(status) == signal.SIGKILL
            places = json.loads((folder / "places").read_text()) if status == 0 else []
            # The sender has no answer, or has lost it: it sends the same again.
            assert forked(lambda: push_once(url, folder, Fuse())) == 0
            _, reported = json.loads((folder / "answer").read_text())
            assert [row["taking"] for row in reported["rows"][1:]] in (["stored", "stored"], ["repeated", "repeated"])
            with closing(opened(url, folder)) as store, pytest.raises(GatewayError, match="payload-missing"):
                store.evidence.payload(sha256(EARLIER))
            return places, there(url, folder), answered

    places, undisturbed, _ = run("undisturbed", None)
    assert undisturbed == [("2", "ابلاغ رأی", PDF + b"%%EOF\n"), ("1", "رأی دوم", PDF)]
    wanted = {place: number for number, place in reversed(list(enumerate(places)))}
    steps = {"before INSERT inbox_row", "before INSERT inbox_document", "before DELETE payload", "before UPDATE inbox"}
    steps |= {"before COMMIT", "after COMMIT", "after the answer"}
    lost = {COMMIT_UNANSWERED, COMMIT_UNHEARD} if database == "postgresql" else {"in the middle of write"}
    assert steps | lost <= set(wanted)
    for place, number in [*wanted.items()][part::PARTS]:
        _, found, answered = run(str(number), number)
        assert found == undisturbed, place
        # Where the connection broke and the process lived on, the store began the transaction again.
        assert answered == (place in {"after the answer", COMMIT_UNANSWERED, COMMIT_UNHEARD}), place


def test_a_message_whose_commit_was_not_answered_is_not_taken_for_its_own_replay(tmp_path: Path) -> None:
    """The store repeats the transaction, and finds the record that it made itself."""

    def push(url: str, folder: Path, fuse: Fuse) -> None:
        watch_database(fuse)
        now = ManualClock()()
        envelope = Envelope(replay_key="sha256:1", message_id="urn:uuid:1", received_at=now, attempt="a")
        row = PushedRow(key="1", version=1, fields={"document": PDF})
        with closing(opened(url, folder)) as store:
            taken = store.inbox.push("registry", [row], origin="soap", now=now, envelope=envelope)
        (folder / "taken").write_text(taken[0].taking.value)
        (folder / "places").write_text(json.dumps(fuse.places))

    with DATABASES["postgresql"](tmp_path) as url:
        assert forked(lambda: push(url, tmp_path, Fuse())) == 0
        number = json.loads((tmp_path / "places").read_text()).index(COMMIT_UNANSWERED)
    with DATABASES["postgresql"](tmp_path) as url:
        assert forked(lambda: push(url, tmp_path, Fuse(number))) == 0
        assert (tmp_path / "taken").read_text() == "repeated"

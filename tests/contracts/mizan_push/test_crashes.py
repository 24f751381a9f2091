"""A gateway that is killed, or loses its database's answer, at each step of taking receipts that are brought.

The judiciary does what judiciaries do: it brings them again, in a new message, until they are acknowledged. In the end
each is there once, with its octets; and whatever was acknowledged is there, whatever happened after the answer.
"""

from __future__ import annotations

import json
import os
import signal
from contextlib import closing
from pathlib import Path

import pytest

from adapters.storage.engine.engine import Database
from adapters.storage.payloads.payloads import DatabasePayloads, PayloadStore
from adapters.storage.payloads.segments import SegmentPayloads
from adapters.storage.sql_store import SqlStore
from gateway.notice.notice import sha256
from tests.contracts.mizan.server import SEEN
from tests.crash_matrix.boundaries import (
    COMMIT_UNANSWERED,
    COMMIT_UNHEARD,
    Fuse,
    watch_database,
    watch_segments,
)
from tests.databases import DATABASES
from tests.forked import forked
from tests.manual_clock import ManualClock
from tests.passes.case_table import Cases
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService

from .conftest import issue
from .endpoints import Side, reported
from .server import PushingMizan

PARTS = 2
"""Tests among which the boundaries are divided."""

pytestmark = [pytest.mark.slow, pytest.mark.long]


def opened(url: str, folder: Path) -> SqlStore:
    payloads: PayloadStore = SegmentPayloads(folder / "payloads") if url.startswith("sqlite") else DatabasePayloads()
    return SqlStore(Database(url), payloads)


def bring_once(side: Side, mizan: PushingMizan, url: str, folder: Path, fuse: Fuse) -> None:
    """One process that is brought all slips; what it answered stands in a file, as it would on the wire."""
    watch_database(fuse)
    watch_segments(fuse)
    with closing(opened(url, folder)) as store:
        endpoint = side.endpoint(store)
        answer = reported(mizan, endpoint, mizan.message(endpoint.address, mizan.slips))
        (folder / "answer").write_text(json.dumps([answer.code, [kept.kept for kept in answer.kept]]))
        fuse.at("after the answer")
    (folder / "places").write_text(json.dumps(fuse.places))


def there(url: str, folder: Path, mizan: PushingMizan) -> dict[str, str]:
    """Return the stored digest of each slip's octets by its number, as it is read back."""
    with closing(opened(url, folder)) as store:
        digests = store.receipts.digests([number for number, _ in mizan.slips])
        assert len(store.receipts.unapplied(10)) == len(digests)
        return {number: sha256(store.evidence.payload(digest)) for number, digest in digests.items()}


@pytest.mark.exhaustive(keep=1)
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("database", DATABASES)
def test_a_kill_at_any_step_loses_no_receipt_that_was_acknowledged(
    sides: dict[str, Side], tmp_path: Path, database: str, part: int
) -> None:
    side = sides["rpc"]

    def run(name: str, blow_at: int | None) -> tuple[list[str], bool]:
        """Return the boundaries, and whether the first process answered."""
        folder, mizan = tmp_path / name, side.mizan()
        folder.mkdir()
        with DATABASES[database](folder) as url:
            clock = ManualClock()
            with closing(opened(url, folder)) as store:
                [entry] = Passes(store, Cases(), JudiciaryService(clock), clock).admit("1")
            issue(mizan, entry)
            issue(mizan, entry, SEEN)
            whole = {number: sha256(octets) for number, octets in mizan.slips}
            status = forked(lambda: bring_once(side, mizan, url, folder, Fuse(blow_at)))
            answered = (folder / "answer").exists()
            if answered:
                assert json.loads((folder / "answer").read_text()) == [None, [True, True]]
                assert there(url, folder, mizan) == whole, "what was acknowledged is there"
            else:
                assert os.WIFSIGNALED(status), (blow_at, status)
                assert os.WTERMSIG(status) == signal.SIGKILL
                assert there(url, folder, mizan) in ({}, whole), "all of a message, or nothing"
            places = json.loads((folder / "places").read_text()) if status == 0 else []
            # Mizan has no answer, or has lost it: it brings the same in a new message.
            assert forked(lambda: bring_once(side, mizan, url, folder, Fuse())) == 0
            assert json.loads((folder / "answer").read_text()) == [None, [True, True]]
            assert there(url, folder, mizan) == whole
            return places, answered

    places, _ = run("undisturbed", None)
    wanted = {place: number for number, place in reversed(list(enumerate(places)))}
    steps = {
        "before INSERT inbox_message",
        "before INSERT receipt",
        "before COMMIT",
        "after COMMIT",
        "after the answer",
    }
    lost = {COMMIT_UNANSWERED, COMMIT_UNHEARD} if database == "postgresql" else {"in the middle of write"}
    assert steps | lost <= set(wanted)
    for place, number in [*wanted.items()][part::PARTS]:
        _, answered = run(str(number), number)
        # Where the connection broke and the process lived on, the store began the transaction again.
        assert answered == (place in {"after the answer", COMMIT_UNANSWERED, COMMIT_UNHEARD}), place

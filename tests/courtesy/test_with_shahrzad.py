"""The whole way: notices arrive in a real store; the stand-in of Shahrzad, a process, is slow, away or loses answers.

Its ledger and the store are compared by SQL.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from adapters.courtesy.shahrzad import Shahrzad
from adapters.crypto.keys.names import NOTICE
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.http.known_service import KnownService
from adapters.sandbox.city.city_process import city_process
from adapters.sandbox.city.comparison import Compared, compared, ledgers
from adapters.sandbox.city.shahrzad_comparisons import COMPARISONS, FINISHED
from adapters.storage.sql_store import SqlStore
from gateway.courtesy.courtesy_text import USUAL_TEXT
from gateway.courtesy.telling import CourtesyPolicy, Telling
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.runtime.clock import timestamp
from gateway.store.courtesy_message import CourtesyOutcome
from tests.databases import DATABASES
from tests.manual_clock import ManualClock
from tests.passes.case_table import Cases
from tests.passes.conftest import Passes
from tests.passes.ports import JudiciaryService, Stamp

pytestmark = pytest.mark.long

KEYS = [str(number) for number in range(1, 15)]
UNREACHED = "0000014"


class WithNumber(Stamp):
    """A sealer whose notice has the element of the mobile number; that of the first paper has none."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        key = notice.paper_number.removeprefix("P-")
        mobile = "" if key == "1" else f"<Recipient><Mobile>+98912{key.zfill(7)}</Mobile></Recipient>"
        octets = f'<Notice xmlns="{NOTICE}"><Reference>{notice.reference}</Reference>{mobile}</Notice>'.encode()
        return SealedNotice(reference=notice.reference, octets=octets, sealed_at=at)


@pytest.fixture
def arrived(tmp_path: Path) -> Iterator[Passes]:
    """Notices that have arrived; ``judiciary.db`` knows when."""
    with DATABASES["sqlite"](tmp_path) as url, closing(SqlStore.open(url)) as store:
        clock = ManualClock()
        passes = Passes(store, Cases(), JudiciaryService(clock), clock, sealer=WithNumber())
        entries = passes.admit(*KEYS)
        passes.dispatch()
        with closing(sqlite3.connect(tmp_path / "judiciary.db")) as judiciary:
            judiciary.execute("CREATE TABLE submission (reference TEXT, arrives_at TEXT)")
            for entry in entries:
                passes.judiciary.issue("ContentConsignment", entry.reference, entry.seal_digest, clock())
                judiciary.execute("INSERT INTO submission VALUES (?, ?)", (entry.reference, timestamp(clock())))
            judiciary.commit()
        for _ in KEYS:
            passes.receive()
        yield passes


def telling(passes: Passes, address: str, not_taken: tuple[int, ...] = ()) -> Telling:
    service = KnownService(
        name="shahrzad", url=address, credentials="courtesy.credentials", timeout=timedelta(seconds=2)
    )
    policy = CourtesyPolicy(
        origin="city",
        bodies=frozenset({"article-100"}),
        text=USUAL_TEXT,
        max_age=timedelta(days=3),
        most=50,
        call_lasts=timedelta(minutes=1),
    )
    return Telling(
        passes.store,
        Shahrzad(service, not_taken),
        lambda octets: sealed_fields(octets).get("Recipient/Mobile"),
        passes.clock,
        policy,
        passes.reader.read,
    )


def told_all(passes: Passes, run: Telling) -> None:
    for _ in range(100):
        run(lambda: True)
        if not passes.store.courtesy.due(["article-100"], passes.clock() - timedelta(days=3), 1):
            return
        passes.clock.advance(minutes=16)
    raise AssertionError("somebody is never told")


def findings(folder: Path) -> list[Compared]:
    others = ("judiciary", "shahrzad")
    [store] = [path for path in folder.glob("*.db") if path.stem not in others]
    with ledgers({"gateway": store} | {name: folder / f"{name}.db" for name in others}) as connection:
        assert connection.execute(FINISHED).fetchone() == (1,)
        return list(compared(connection, "shahrzad", COMPARISONS))


def tally(passes: Passes) -> dict[CourtesyOutcome, int]:
    return dict(passes.store.courtesy.tally(passes.clock() - timedelta(days=9)).counts)


def test_each_person_is_told_once_with_nothing_but_the_text(arrived: Passes, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    options = ["--token-file", str(token), "--set", f"unreached={UNREACHED}"]
    with city_process("shahrzad", tmp_path, options) as address:
        assert telling(arrived, address)(lambda: True).errors[0].code == "courtesy.credentials"
    with city_process("shahrzad", tmp_path, options[2:]) as address:
        run = telling(arrived, address)
        assert run._service.check().endswith("answers")  # type: ignore[attr-defined]
        told_all(arrived, run)
    assert tally(arrived) == {CourtesyOutcome.NO_NUMBER: 1, CourtesyOutcome.TAKEN: 12, CourtesyOutcome.REFUSED: 1}
    found = findings(tmp_path)
    assert [each.differences for each in found] == [()] * len(COMPARISONS)
    assert [each.counted for each in found] == [12, 12, 13, 12, 13]
    with closing(sqlite3.connect(tmp_path / "shahrzad.db")) as ledger:
        bodies = [json.loads(body) for (body,) in ledger.execute("SELECT body FROM messages")]
        assert {body["to"] for body in bodies} == {f"+98912{key.zfill(7)}" for key in KEYS[1:-1]}
        assert {body["text"] for body in bodies} == {USUAL_TEXT}
        # The comparison can fail: a doubled message, and one that says more.
        ledger.execute("INSERT INTO messages SELECT 99, 'SH-99', at, mobile, text, body FROM messages WHERE number = 1")
        more = json.dumps({"to": 1, "text": 2, "case": 3})
        ledger.execute("UPDATE messages SET text = 'پرونده ۱۲', body = ? WHERE number = 2", (more,))
        ledger.commit()
    assert [each.differing for each in findings(tmp_path)] == [0, 1, 0, 1, 0]


def test_no_fault_of_the_network_tells_a_person_twice(arrived: Passes, tmp_path: Path) -> None:
    options = ["--lost-every", "3", "--unavailable-every", "4", "--slow-every", "7", "--slow-seconds", "4"]
    with city_process("shahrzad", tmp_path, options) as address:
        told_all(arrived, telling(arrived, address, (503,)))
    counts = tally(arrived)
    assert counts[CourtesyOutcome.UNKNOWN] >= 3
    assert counts[CourtesyOutcome.TAKEN] + counts[CourtesyOutcome.UNKNOWN] == 13
    assert [each.differences for each in findings(tmp_path)] == [()] * len(COMPARISONS)
    with closing(sqlite3.connect(tmp_path / "shahrzad.db")) as ledger:
        assert ledger.execute("SELECT mobile FROM messages GROUP BY mobile HAVING count(*) > 1").fetchall() == []
        assert ledger.execute("SELECT count(*) FROM calls WHERE fault = 'unavailable'").fetchone()[0] >= 2

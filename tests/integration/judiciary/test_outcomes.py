"""Follow a notice after each outcome of its submission: the table in `docs/connect/judiciary-profiles.md`, row by row.

A real courier meets each outcome over HTTP or TLS; the passes that follow it work over a real store. The page is what
is tested: a row without a scenario here, or a scenario without a row there, fails.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.http.tls import Tls
from adapters.judiciary.channel import Channel
from adapters.shipped.resources import ROOT
from adapters.storage.sql_store import SqlStore
from gateway.judiciary.outcome_codes import USUAL_CODES
from gateway.notice.envelope import SealedNotice
from gateway.notice.notice import Notice
from gateway.runtime.clock import system_clock
from tests.conformance.couriers import Courier, soap
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock
from tests.passes.case_table import Cases
from tests.passes.conftest import AGAIN, SETTLE, Passes
from tests.passes.ports import JudiciaryService, Stamp
from tests.witness import tls

from .conftest import Answer, Wire
from .test_courier import fault, result, results
from .test_tls import Seen, TlsServer
from .tls_server import running

pytestmark = pytest.mark.long

HEADING = "## Outcomes of a submission"
IN_TIME = timedelta(seconds=60)


@dataclass(frozen=True)
class Row:
    """A row of the page: the outcome, and where the notice stands after it and after its absence was proven, with the
    code. The last is told where ``requeue`` is false and where it is true."""

    outcome: str
    after: str
    code: str
    absent: str
    requeued: str


def rows() -> list[Row]:
    page = (ROOT / "docs/connect/judiciary-profiles.md").read_text(encoding="utf-8")
    table = page.partition(HEADING)[2].partition("\n| ")[2].partition("\n\n")[0]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in table.splitlines()]
    return [Row(*each) for each in cells[2:]]


class Sealer(Stamp):
    """Seals that can stand in an envelope."""

    def seal(self, notice: Notice, at: datetime) -> SealedNotice:
        octets = f'<n:Notice xmlns:n="urn:eblagh:notice:1">{notice.reference}</n:Notice>'.encode()
        return SealedNotice(reference=notice.reference, octets=octets, sealed_at=at)


@dataclass
class Meeting:
    """A municipality and a judiciary; ``opened`` closes what a scenario opens."""

    passes: Passes
    wire: Wire
    pki: Path
    ours: tls.Tls
    others: tls.Tls
    opened: ExitStack
    reference: str = ""

    def says(self, reply: Callable[[str], Answer]) -> Courier:
        self.wire.judiciary.reply = reply
        return self.wire.courier

    def faults(self, code: str) -> Courier:
        return self.says(lambda message_id: (500, self.wire.judiciary.answer(fault(code), message_id)))

    def tells(self, status: str, **more: str) -> Courier:
        reported = results(result(self.reference, status, **more))
        return self.says(lambda message_id: (200, self.wire.judiciary.answer(reported, message_id)))

    def checks_replay_first(self) -> None:
        """Have the profile say that such faults are answered only after the replay check."""
        settings = self.wire.courier._settings
        codes = replace(
            USUAL_CODES, not_acted_on=frozenset({"busy", "verify.expired", "verify.stale", "verify.schema"})
        )
        courier = self.wire.courier
        courier._settings = courier._transmission._settings = replace(settings, codes=codes)

    def at(self, endpoint: str, known: Tls | None = None) -> Courier:
        channel = Channel(endpoint, IN_TIME, tls=known)
        self.opened.callback(channel.close)
        return soap(self.pki, channel, endpoint, system_clock)

    def over_tls(self, *, believed: bool) -> Courier:
        """A server that demands a certificate: ours is refused, or its own is not believed."""
        server = TlsServer(self.ours.context(clients=True))
        seen: Seen = server.seen
        self.opened.enter_context(running(server))
        return self.at(seen.url, Tls(anchors=self.ours.root if believed else self.others.root))


def refused(meeting: Meeting) -> Courier:
    # Bound as long as the test lasts: nobody else listens there.
    free = meeting.opened.enter_context(socket.socket())
    free.bind(("127.0.0.1", 0))
    return meeting.at(f"http://127.0.0.1:{free.getsockname()[1]}/eblagh")


def unbelieved(meeting: Meeting) -> Courier:
    judiciary, reported = meeting.wire.judiciary, results(result(meeting.reference, "ACCEPTED", tracking="S1"))
    return meeting.says(lambda message_id: (200, judiciary.answer(reported, message_id, signer=judiciary.stranger)))


def again_and_again(meeting: Meeting) -> Courier:
    """It came back with proven absence as often as it may."""
    meeting.passes.max_requeues = 0
    return meeting.faults("busy")


def checked(code: str) -> Callable[[Meeting], Courier]:
    def scenario(meeting: Meeting) -> Courier:
        meeting.checks_replay_first()
        return meeting.faults(code)

    return scenario


SCENARIOS: dict[str, Callable[[Meeting], Courier]] = {
    "a result `accepted`": lambda m: m.tells("ACCEPTED", tracking="S1"),
    "a result `rejected`": lambda m: m.tells("REJECTED", Code="R-102"),
    "a result `rejected` with a code of `credentials`: the seal is not accepted": lambda m: m.tells(
        "REJECTED", Code="verify.unknown-certificate"
    ),
    "a result `no-account`": lambda m: m.tells("NO_ACCOUNT"),
    "a result `deferred`": lambda m: m.tells("DEFERRED", Code="later", RetryAfterSeconds="90"),
    "no result, two of them, or an unknown word": lambda m: m.tells("SERVED_BY_PIGEON"),
    "no connection": refused,
    "TLS: the server's certificate is not believed": lambda m: m.over_tls(believed=False),
    "TLS: our certificate is refused, or none was shown": lambda m: m.over_tls(believed=True),
    "no answer, or a part of one": lambda m: m.says(lambda _: (0, b"")),
    "an HTTP status of something in between": lambda m: m.says(lambda _: (503, b"<html>later</html>")),
    "an answer that is not believed": unbelieved,
    "a fault of `busy`": lambda m: m.faults("busy"),
    "a fault of `busy` or `expired`, after `max_requeues` times": again_and_again,
    "a fault of `expired`": lambda m: m.faults("verify.expired"),
    "a fault of `schema`": lambda m: m.faults("verify.schema"),
    "a fault of `credentials`": lambda m: m.faults("verify.token-password"),
    "any other fault": lambda m: m.faults("verify.replay"),
    "a fault of `busy` or `expired`, with `replay_check_first`": checked("busy"),
    "a fault of `schema`, with `replay_check_first`": checked("verify.schema"),
}


def test_each_row_of_the_page_has_a_scenario() -> None:
    assert [row.outcome for row in rows()] == list(SCENARIOS)


@pytest.fixture
def meeting(wire: Wire, pki: Path, ours: tls.Tls, others: tls.Tls, tmp_path: Path) -> Iterator[Meeting]:
    with sqlite_file(tmp_path) as url, ExitStack() as opened:
        store, clock = SqlStore.open(url), ManualClock(datetime.now(UTC))
        opened.callback(store.close)
        passes = Passes(store, Cases(), JudiciaryService(clock, destination="judiciary"), clock, sealer=Sealer())
        yield Meeting(passes, wire, pki, ours, others, opened)


def stands(passes: Passes, reference: str) -> tuple[str, str]:
    """Write a notice's state and code as the page does."""
    entry = passes.entry(reference)
    state = f"`{entry.state}`" + (", held" if entry.held else "")
    waits = entry.state == "QUEUED" and not entry.held and entry.due_at is not None and entry.due_at > passes.clock()
    return state + (" after a while" if waits else ""), f"`{entry.code}`" if entry.code else "–"


@pytest.mark.parametrize("requeue", [False, True], ids=["a person decides", "requeue"])
@pytest.mark.parametrize("row", rows(), ids=lambda row: row.outcome)
def test_a_notice_stands_where_the_page_says_it_does(meeting: Meeting, row: Row, requeue: bool) -> None:
    passes = meeting.passes
    passes.requeue = requeue
    (entry,) = passes.admit("1")
    meeting.reference = entry.reference
    judiciary, passes.judiciary = passes.judiciary, SCENARIOS[row.outcome](meeting)  # type: ignore[assignment]
    passes.dispatch()
    passes.clock.now = datetime.now(UTC)
    assert stands(passes, entry.reference) == (row.after, row.code)
    if row.after != "`IN_DOUBT`":
        assert (row.absent, row.requeued) == ("–", "–")
        return
    fault_of_judiciary = row.outcome.startswith(("a fault", "any other fault"))
    assert passes.entry(entry.reference).doubt_fault == (row.code.strip("`") if fault_of_judiciary else None)
    passes.judiciary = judiciary
    for wait in (SETTLE, AGAIN):
        passes.clock.now += wait
        passes.rescue()
    state, code = stands(passes, entry.reference)
    reported = re.sub(r" `–`| –$", "", f"{state} {code}")
    assert reported == (row.requeued if requeue else row.absent)
    assert passes.entry(entry.reference).state != "QUEUED" or passes.entry(entry.reference).doubt_fault is None

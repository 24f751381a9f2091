"""The gateway meets each fault: its own passes over a real store, its own courier, a real sandbox.

Each story meets its fault at the first call of every operation that it can happen to. In each story the notices end
served, each submitted once. `docs/design/proof.md` shows the same table.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.crypto.keys.certificate import load_certificates
from adapters.crypto.keys.keys import load_signer
from adapters.crypto.keys.names import RECEIPT
from adapters.crypto.keys.partner import load_partner
from adapters.crypto.xml.document import DocumentVerifier
from adapters.crypto.xml.sealing import NoticeSealer
from adapters.crypto.xml.strict_xml import load_schema
from adapters.judiciary.channel import Channel
from adapters.judiciary.mapped.receipts.published_receipt_judge import SignedReceiptJudge
from adapters.sandbox.judiciary.config import SandboxConfig
from adapters.sandbox.judiciary.faults import Fault, FaultConfig, FaultPlan, Window
from adapters.sandbox.judiciary.ledger import faults, ledger
from adapters.shipped.resources import NOTICE_SCHEMA, RECEIPT_SCHEMA, ROOT, SCHEMAS
from adapters.storage.sql_store import SqlStore
from gateway.notice.delivery_state import DeliveryEvent, DeliveryState
from gateway.runtime.errors import GatewayError
from gateway.runtime.pass_report import PassReport
from tests.conformance.couriers import COURIERS
from tests.databases import sqlite_file
from tests.manual_clock import ManualClock
from tests.passes.case_table import Cases
from tests.passes.conftest import Passes

from .conftest import Sandbox
from .test_faults import SOON

OPERATIONS = ("SubmitNotices", "InquireStatus", "FetchReceipts", "ConfirmReceipts")
NOTICES = ("1", "2", "3")
HOLD = timedelta(seconds=1)
PATIENT, IMPATIENT = timedelta(seconds=60), timedelta(seconds=3)
"""Time-outs: nobody's patience ends but where the fault is that it does."""

SLOW = frozenset({Fault.ANSWER_LATE, Fault.DRIP})

_D, _S = DeliveryState.IN_DOUBT, DeliveryState.SUBMITTED


@dataclass(frozen=True)
class Expected:
    """``after`` is where the notices stand when their submission has met the fault, with ``code``; ``quarantine`` are
    the codes of what lies there in the end."""

    after: DeliveryState
    code: str | None = None
    quarantine: frozenset[str] = frozenset()


def unbelieved(code: str) -> Expected:
    return Expected(_D, code, frozenset({code}))


SILENCE = Expected(_D, "courier.no-answer")
PAGE = unbelieved("courier.http-status")
FINE = Expected(_S)

STORIES = {
    Fault.AWAY: SILENCE,
    Fault.RESET_BEFORE: SILENCE,
    Fault.PROCESSED_LATE: SILENCE,
    Fault.HTTP_429: PAGE,
    Fault.HTTP_500: PAGE,
    Fault.HTTP_503: PAGE,
    Fault.BUSY: Expected(_D, "busy"),
    Fault.DELIVERED_TWICE: Expected(_D, "busy"),
    Fault.RESET_AFTER: SILENCE,
    Fault.ANSWER_LOST: SILENCE,
    Fault.ANSWER_LATE: SILENCE,
    Fault.HTTP_502: PAGE,
    Fault.TRUNCATED: SILENCE,
    Fault.MALFORMED: unbelieved("verify.malformed"),
    Fault.WRONG_SIGNATURE: unbelieved("verify.signature"),
    Fault.NO_SIGNATURE: unbelieved("verify.unsigned"),
    Fault.UNSIGNED_FAULT: unbelieved("verify.unsigned"),
    Fault.DRIP: SILENCE,
    # Of one of the three; the others are told.
    Fault.RESULT_MISSING: Expected(_D, "courier.incomplete-answer"),
    Fault.RESULTS_REORDERED: FINE,
    Fault.RECEIPT_REPEATED: FINE,
    Fault.RECEIPTS_REORDERED: FINE,
    Fault.RECEIPTS_LATE: FINE,
    Fault.RECEIPT_CONTRADICTS: Expected(_S, None, frozenset({"receipt.contradiction"})),
    Fault.RECEIPT_OF_NOBODY: Expected(_S, None, frozenset({"receipt.unknown-notice"})),
    Fault.RECEIPT_OF_OTHER_SEAL: Expected(_S, None, frozenset({"verify.about"})),
}


class Story:
    """A municipality and a judiciary between which something goes wrong."""

    def __init__(self, passes: Passes, clock: ManualClock, sandbox: SandboxConfig) -> None:
        self.passes, self.clock, self.sandbox = passes, clock, sandbox
        self.raised: list[str] = []

    def send(self) -> None:
        for key in NOTICES:
            self.passes.cases.put(key, recipient_id=SOON)
        self.passes.collect()
        self._attempt(self.passes.dispatch)

    def go_on(self) -> None:
        """Hours pass, with their passes, until every notice has been viewed."""
        for _ in range(40):
            if set(self.states()) == {DeliveryState.VIEWED}:
                return
            time.sleep(0.02)  # a connection that is refused is refused for a while, whatever the clock says
            self.go_on_for(hours=6)

    def go_on_for(self, hours: int) -> None:
        self.clock.advance(hours=hours)
        for run in (self.passes.dispatch, self.passes.rescue, self.passes.receive, self.passes.write_back):
            self._attempt(run)

    def states(self) -> list[DeliveryState]:
        return [found.entry.state for found in self.passes.store.notices.find(state=None, limit=99, after=None)]

    def references(self) -> list[str]:
        return [found.entry.reference for found in self.passes.store.notices.find(state=None, limit=99, after=None)]

    def codes(self) -> set[str | None]:
        return {found.entry.code for found in self.passes.store.notices.find(state=None, limit=99, after=None)}

    def events(self) -> set[DeliveryEvent]:
        return {event for reference in self.references() for event in self.passes.events(reference)}

    def ledger(self) -> dict[str, int]:
        return {line["reference"]: line["submissions"] for line in ledger(self.sandbox.ledger, self.clock)}

    def assert_each_was_served_once(self) -> None:
        assert self.states() == [DeliveryState.VIEWED] * len(NOTICES)
        assert self.ledger() == dict.fromkeys(self.references(), 1)

    def _attempt(self, run: Callable[[], PassReport]) -> None:
        """As the schedule does: what one pass meets stops no other."""
        try:
            run()
        except GatewayError as error:
            self.raised.append(error.code)


Tell = Callable[..., Story]


@pytest.fixture
def tell(pki: Path, config: SandboxConfig, clock: ManualClock, tmp_path: Path) -> Iterator[Tell]:
    opened: list[tuple[Channel, SqlStore, Sandbox]] = []
    with sqlite_file(tmp_path) as url:

        def begin(time_out: timedelta = PATIENT, *, protocol: str = "soap", **planned: object) -> Story:
            usual = {"hold": HOLD, "late": timedelta(seconds=0.3), "away": timedelta(seconds=0.3)}
            wrong = replace(config, faults=FaultConfig(**(usual | planned)))  # type: ignore[arg-type]
            sandbox = Sandbox(wrong, clock)
            sandbox.start()
            address = f"http://127.0.0.1:{sandbox.port}{COURIERS[protocol].path}"
            store, channel = SqlStore.open(url), Channel(address, time_out)
            opened.append((channel, store, sandbox))
            return Story(passes_of(pki, store, channel, sandbox, clock, protocol), clock, wrong)

        yield begin
        for channel, store, sandbox in opened:
            channel.close()
            store.close()
            sandbox.end()


def passes_of(
    pki: Path, store: SqlStore, channel: Channel, sandbox: Sandbox, clock: ManualClock, protocol: str
) -> Passes:
    judiciary = [pki / "judiciary" / f"{name}.crt.pem" for name in ("transport", "receipts")]
    ours = pki / "municipality"
    partner = load_partner("judiciary", judiciary, [pki / "anchors" / "judiciary-root.pem"])
    receipts, minutes = frozenset({load_certificates(judiciary[1])[0].thumbprint}), timedelta(minutes=1)
    kind = COURIERS[protocol]
    courier = kind.make(pki, channel, f"http://127.0.0.1:{sandbox.port}{kind.path}", clock)
    documents = DocumentVerifier(partner, f"{{{RECEIPT}}}Receipt", load_schema(RECEIPT_SCHEMA, SCHEMAS))
    seal = load_signer(ours / "seal-article-100.key.pem", ours / "seal-article-100.crt.pem")
    return Passes(
        store,
        Cases(),
        courier,  # type: ignore[arg-type]
        clock,  # type: ignore[arg-type]
        reader=SignedReceiptJudge(documents, receipts, minutes),  # type: ignore[arg-type]
        sealer=NoticeSealer({"article-100": seal}, load_schema(NOTICE_SCHEMA, SCHEMAS)),  # type: ignore[arg-type]
    )


def at_first(fault: Fault) -> dict[tuple[str, int], Fault]:
    """The fault at the first call of each operation that it can happen to."""
    return {(operation, 1): fault for operation in OPERATIONS if FaultPlan.can_happen(fault, operation)}


@pytest.mark.long
@pytest.mark.parametrize("fault", STORIES)
def test_whatever_goes_wrong_each_notice_is_served_once(tell: Tell, fault: Fault) -> None:
    reported = STORIES[fault]
    patience = {"time_out": IMPATIENT, "hold": 2 * IMPATIENT} if fault in SLOW else {}
    story = tell(**patience, script=at_first(fault))
    story.send()
    assert reported.after in story.states()
    assert reported.code in story.codes()
    while fault is Fault.PROCESSED_LATE and len(story.ledger()) < len(NOTICES):
        time.sleep(0.01)  # the judiciary goes on by itself, whatever time it is
    story.go_on()
    story.assert_each_was_served_once()
    assert {item.code for item in story.passes.quarantine()} == reported.quarantine
    assert faults(story.sandbox.ledger)[fault] >= 1


OVER_REST = {
    Fault.PROCESSED_LATE: SILENCE,
    Fault.ANSWER_LOST: SILENCE,
    Fault.BUSY: Expected(_D, "busy"),
    Fault.DELIVERED_TWICE: Expected(_D, "busy"),
    Fault.HTTP_503: PAGE,
    Fault.MALFORMED: unbelieved("verify.jws-form"),
    Fault.WRONG_SIGNATURE: unbelieved("verify.signature"),
    Fault.UNSIGNED_FAULT: unbelieved("verify.unsigned"),
    Fault.RESULT_MISSING: Expected(_D, "courier.incomplete-answer"),
    Fault.RECEIPT_OF_OTHER_SEAL: Expected(_S, None, frozenset({"verify.about"})),
}
"""Those whose octets are others there; what follows from them is decided once, for every contract."""


@pytest.mark.parametrize("fault", OVER_REST)
@pytest.mark.exhaustive(keep=3)
def test_over_rest_each_notice_is_served_once_too(tell: Tell, fault: Fault) -> None:
    reported = OVER_REST[fault]
    story = tell(protocol="rest", script=at_first(fault))
    story.send()
    assert reported.after in story.states()
    assert reported.code in story.codes()
    while fault is Fault.PROCESSED_LATE and len(story.ledger()) < len(NOTICES):
        time.sleep(0.01)
    story.go_on()
    story.assert_each_was_served_once()
    assert {item.code for item in story.passes.quarantine()} == reported.quarantine


@pytest.mark.long
def test_a_hop_that_delivers_twice_has_no_reference_accepted_twice(tell: Tell) -> None:
    """The judiciary accepts each first copy and answers each second one with a signed busy, however often it comes."""
    story = tell(script={("SubmitNotices", call): Fault.DELIVERED_TWICE for call in range(1, 1000)})
    for number in range(23):
        story.passes.cases.put(f"N-{number}", recipient_id=SOON)
    story.passes.collect(page_rows=50)
    story.go_on_for(hours=0)
    story.go_on()
    assert len(story.ledger()) == 23
    assert set(story.ledger().values()) == {1}
    assert set(story.states()) == {DeliveryState.VIEWED}


def test_every_fault_has_a_story_here_and_in_the_page() -> None:
    assert STORIES.keys() == set(Fault)
    page = (ROOT / "docs/design/proof.md").read_text(encoding="utf-8")
    for fault, reported in STORIES.items():
        code = f"`{reported.code}`" if reported.code else "–"
        kept = ", ".join(f"`{each}`" for each in sorted(reported.quarantine)) or "–"
        assert f"| `{fault.value}` | `{reported.after}` | {code} | {kept} |" in page


@pytest.mark.long
def test_a_late_request_whose_time_is_over_is_never_processed_and_then_sent_again(tell: Tell) -> None:
    story = tell(script={("SubmitNotices", 1): Fault.PROCESSED_LATE})
    story.send()
    story.clock.advance(minutes=6, seconds=1)
    time.sleep(0.5)  # it comes, and is refused
    assert story.ledger() == {}
    story.go_on()
    story.assert_each_was_served_once()
    assert DeliveryEvent.ABSENCE_PROOF in story.events()


@pytest.mark.long
def test_a_window_of_maintenance_is_waited_out(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    window, over = Window(after=timedelta(), period=timedelta(hours=1), fault=Fault.HTTP_503), threading.Event()
    deal = FaultPlan.deal

    def dealt(plan: FaultPlan, operation: str, since_start: timedelta) -> Fault | None:
        return deal(plan, operation, window.period if over.is_set() else since_start)

    monkeypatch.setattr(FaultPlan, "deal", dealt)
    story = tell(windows=[window])
    story.send()
    assert set(story.states()) == {DeliveryState.IN_DOUBT}
    over.set()
    story.go_on()
    story.assert_each_was_served_once()


def test_a_clock_ten_minutes_off_stops_everything_and_loses_nothing(tell: Tell) -> None:
    story = tell(clock_offset=timedelta(minutes=10))
    story.send()
    for _ in range(3):
        story.clock.advance(hours=1)
        story._attempt(story.passes.dispatch)
        story._attempt(story.passes.rescue)
    assert story.ledger() == {}
    assert not {DeliveryState.SUBMITTED, DeliveryState.DEAD_LETTER} & set(story.states())
    assert story.codes() == {"verify.not-yet"}

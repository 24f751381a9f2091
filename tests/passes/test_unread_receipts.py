"""Receipts that our mapping cannot read wait in quarantine; those beside them are taken, and later pages go on."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.judiciary.call_context import CallContext
from adapters.judiciary.mapped.contract import MappedContract
from adapters.judiciary.mapped.mapped_rest import mapped_rest_contract
from adapters.judiciary.mapped.receipts.carried_receipt_judge import StatusReceiptJudge
from adapters.settings import load_profile
from gateway.judiciary.courier import OF_MAPPING, CallFailed, Carrier, NamedNotice, RawReceipt, ReceiptPage, Unread
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.outbox import OutboxEntry
from gateway.receipts.unread_receipt import is_unread
from gateway.record.evidence_record import CARRIED_BY, EvidenceKind, Header
from gateway.runtime.errors import GatewayError
from gateway.store.stored import QuarantineKind
from tests.contracts.barid.server import PROFILE

from .conftest import Passes

WORDS = {"BOXED": "ContentConsignment", "OPENED": "ContentHandover"}
STATUS = """[mapping]
language = 1
name = "barid-states"
kind = "answer-to-status"
[tables.what]
unknown = "refuse"
[tables.what.entries]
{entries}
[[repeat]]
target = "receipts"
from = "slips"
[[repeat.field]]
target = "reference"
from = "ref"
[[repeat.field]]
target = "tracking_number"
from = "no"
[[repeat.field]]
target = "event"
from = "paper"
do = [{{ name = "lookup", table = "what" }}]
required = true
[[repeat.field]]
target = "event_time"
from = "at"
do = [{{ name = "time" }}]
[[field]]
target = "cursor"
from = "upTo"
do = ["plain"]
required = true
[[field]]
target = "more"
expression = "rest > `0`"
"""


def contract_with(folder: Path, words: Mapping[str, str]) -> MappedContract[Any]:
    """Barid's contract with states in the place of slips, and a mapping that knows these words."""
    shutil.copytree(PROFILE, folder)
    document = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    slip = document["components"]["schemas"]["Page"]["properties"]["slips"]["items"]
    slip["properties"] |= {name: {"type": "string"} for name in ("paper", "ref", "at")}
    slip["required"] = []
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    entries = "\n".join(f'{word} = "{event}"' for word, event in words.items())
    (folder / "page.toml").write_text(STATUS.format(entries=entries), encoding="utf-8")
    text = (folder / "profile.toml").read_text(encoding="utf-8")
    section, confirm = text.index("[receipt]"), text.index("[operations.confirm]")
    left = text[:confirm] + '[receipt]\nform = "status"\n\n' + text[text.index("[codes]", section) :]
    (folder / "profile.toml").write_text(left, encoding="utf-8")
    return mapped_rest_contract(load_profile(str(folder), Path()))


class States:
    """A service whose receipts are states of letters, two a page, read by a real mapping."""

    def __init__(self, passes: Passes, folder: Path) -> None:
        self.passes, self.folder = passes, folder
        self.contract = contract_with(folder / "first", WORDS)
        self.slips: list[dict[str, str]] = []
        self.cursors: list[str] = []
        self.spoilt: dict[str, Any] = {}
        """Parts of the answer around its slips, in the place of the right ones."""
        passes.reader = StatusReceiptJudge()  # type: ignore[assignment]
        passes.judiciary.fetch_receipts = self.page  # type: ignore[method-assign]
        passes.judiciary.poll_receipts = self.poll  # type: ignore[method-assign]
        passes.judiciary.reread = lambda receipt: self.contract.read_again(receipt)

    def mend(self, **words: str) -> None:
        """Put another version of the mapping into force."""
        self.contract = contract_with(self.folder / f"mended-{len(words)}", {**WORDS, **words})

    def state(self, entry: OutboxEntry, word: str, **changes: str) -> dict[str, str]:
        self.passes.clock.advance(minutes=1)
        at = (self.passes.clock() - timedelta(seconds=1)).isoformat()
        slip = {"ref": entry.reference, "no": entry.tracking_number or "", "paper": word, "at": at, **changes}
        self.slips.append({name: text for name, text in slip.items() if text})
        return self.slips[-1]

    def page(self, cursor: str, limit: int) -> ReceiptPage:
        self.cursors.append(cursor)
        start = int(cursor or 0)
        slips = self.slips[start : start + 2]
        last = start + len(slips)
        answer = {"slips": slips, "upTo": last, "rest": len(self.slips) - last, **self.spoilt}
        call = CallContext(id="urn:uuid:a-page", now=self.passes.clock(), cursor=cursor, limit=limit)
        return self.answered(answer, call)

    def poll(self, notices: Sequence[NamedNotice]) -> ReceiptPage:
        named = {notice.reference for notice in notices}
        slips = [slip for slip in self.slips if slip["ref"] in named]
        call = CallContext(id="urn:uuid:a-poll", now=self.passes.clock(), notices=tuple(notices))
        return self.answered({"slips": slips, "upTo": 0, "rest": 0}, call)

    def answered(self, answer: dict[str, Any], call: CallContext) -> ReceiptPage:
        self.passes.judiciary._count += 1
        raw = json.dumps({"n": self.passes.judiciary._count, **answer}).encode()
        try:
            page = self.contract.receipts(answer, call)
        except GatewayError as error:
            if not error.code.startswith(OF_MAPPING):
                raise
            raise Unread(error, "FetchReceipts", raw) from error
        carrier = Carrier(message=f"m{self.passes.judiciary._count}", raw=raw, passed=["issued by court"])
        return replace(page, carrier=carrier)


@pytest.fixture
def states(passes: Passes, tmp_path: Path) -> States:
    return States(passes, tmp_path / "profiles")


@pytest.fixture
def letters(passes: Passes) -> list[OutboxEntry]:
    admitted = passes.admit(*"12345")
    passes.dispatch()
    return [passes.entry(entry.reference) for entry in admitted]


def delivered(passes: Passes, letters: list[OutboxEntry]) -> list[bool]:
    return [passes.entry(entry.reference).state is DeliveryState.DELIVERED for entry in letters]


DEFECTS: dict[str, tuple[dict[str, str], str, str]] = {
    "an unknown word": ({"paper": "SHELVED"}, "mapped.unknown-value", "paper"),
    "a value of another form": ({"at": "yesterday"}, "mapped.field-invalid", "at"),
    "no word": ({"paper": ""}, "mapped.field-missing", "paper"),
    "no number": ({"no": ""}, "mapped.field-missing", "receipts.tracking_number"),
    "no time": ({"at": ""}, "mapped.field-missing", "receipts.event_time"),
}


@pytest.mark.long
@pytest.mark.parametrize("defect", list(DEFECTS))
@pytest.mark.parametrize("place", [0, 3])
def test_one_that_cannot_be_read_holds_back_no_other(
    passes: Passes, states: States, letters: list[OutboxEntry], defect: str, place: int
) -> None:
    changes, code, field = DEFECTS[defect]
    spoilt = [states.state(entry, "BOXED", **(changes if n == place else {})) for n, entry in enumerate(letters)][place]
    report = passes.receive()
    assert delivered(passes, letters) == [n != place for n in range(5)]
    assert states.cursors == ["", "2", "4"]
    assert report.counts["quarantined"] == 1
    [item] = passes.quarantine()
    assert (item.kind, item.code) == (QuarantineKind.RECEIPT, code)
    assert field in item.detail
    assert "page.toml, mapping barid-states" in item.detail
    octets = passes.store.evidence.payload(item.payload_digest)
    assert json.loads(octets)["element"] == spoilt
    assert [error.code for error in report.errors] == [code]
    assert field in report.errors[0].where
    assert [(alarm.code, alarm.where) for alarm in report.alarms] == [("receipt.unread", item.payload_digest)]
    assert all(stored not in passes.judiciary.confirmed for stored in [spoilt.get("no", "-")])


def test_the_answer_is_evidence_as_it_came_and_the_refusal_names_it(
    passes: Passes, states: States, letters: list[OutboxEntry]
) -> None:
    states.state(letters[0], "SHELVED")
    states.state(letters[1], "BOXED")
    passes.receive()
    [item] = passes.quarantine()
    record = passes.store.evidence.record(f"refused:{item.payload_digest}:{item.code}")
    assert record is not None
    carrier = passes.store.evidence.record(Header.of(record.header).context[CARRIED_BY])
    assert carrier is not None
    header = Header.of(carrier.header)
    assert (header.kind, header.context["passed"]) == (EvidenceKind.MESSAGE_RECEIVED, "issued by court")
    assert json.loads(passes.store.evidence.payload(header.payload_digest))["slips"] == states.slips


def test_after_the_mapping_was_mended_a_release_reads_stores_and_applies_it(
    passes: Passes, states: States, letters: list[OutboxEntry]
) -> None:
    states.state(letters[0], "SHELVED")
    states.state(letters[1], "BOXED")
    passes.receive()
    [item] = passes.quarantine()
    still = passes.release(item)
    assert still.receipt is None
    assert [(each.code, each.payload_digest) for each in still.standing] == [(item.code, item.payload_digest)]
    states.mend(SHELVED="ContentConsignment")
    passes.clock.advance(minutes=1)
    judged = passes.release(item)
    assert judged.receipt is not None
    assert (judged.receipt.reference, judged.standing) == (letters[0].reference, [])
    assert passes.entry(letters[0].reference).state is DeliveryState.DELIVERED
    assert passes.judiciary.confirmed.count(judged.receipt.receipt_id) == 1
    assert passes.quarantine() == []
    [ended] = passes.store.quarantine.items(item.payload_digest)
    assert ended.ended_as == "released"
    rows = passes.store.evidence.of_notice(letters[0].reference)
    assert [row.kind for row in rows].count(EvidenceKind.RECEIPT) == 1
    assert [row.kind for row in rows].count(EvidenceKind.PERSON_ACT) == 1
    carried = {Header.of(row.header).context.get(CARRIED_BY) for row in rows if row.kind is EvidenceKind.RECEIPT}
    assert carried <= {row.id for row in rows}, "the answer that it rests on is one of its notice's records"
    passes.clock.advance(minutes=1)
    passes.release(item)
    assert len(passes.store.evidence.of_notice(letters[0].reference)) == len(rows) + 1, "the second act alone"


def test_one_that_can_be_read_and_is_refused_then_stands_under_the_new_code(
    passes: Passes, states: States, letters: list[OutboxEntry]
) -> None:
    states.state(letters[0], "SHELVED", no="another number")
    passes.receive()
    [item] = passes.quarantine()
    states.mend(SHELVED="ContentConsignment")
    judged = passes.release(item)
    assert judged.receipt is None
    assert [each.code for each in judged.standing] == ["verify.about"]
    assert judged.standing[0].payload_digest != item.payload_digest
    assert [each.code for each in passes.quarantine()] == ["verify.about"]


def test_one_that_states_no_event_after_all_waits_for_a_person(
    passes: Passes, states: States, letters: list[OutboxEntry]
) -> None:
    states.state(letters[0], "SHELVED")
    passes.receive()
    [item] = passes.quarantine()
    states.mend(SHELVED="NONE")
    [standing] = passes.release(item).standing
    assert standing.code == "mapped.field-invalid"
    assert "it states no event yet" in standing.detail


def test_a_service_that_repeats_it_leaves_one_item_and_one_alarm(
    passes: Passes, states: States, letters: list[OutboxEntry]
) -> None:
    states.state(letters[0], "SHELVED")
    reports = [passes.poll() for _ in range(4)]
    assert sum(len(report.alarms) for report in reports) == 1
    assert len(passes.quarantine()) == 1
    [refused] = [
        row
        for item in passes.quarantine()
        if (row := passes.store.evidence.record(f"refused:{item.payload_digest}:{item.code}")) is not None
    ]
    assert Header.of(refused.header).context[CARRIED_BY].startswith("answer:")


@pytest.mark.long
def test_the_same_words_about_two_notices_are_two_receipts(
    passes: Passes, states: States, letters: list[OutboxEntry]
) -> None:
    for entry in letters[:2]:
        states.state(entry, "SHELVED")
    for slip in states.slips:
        slip["at"] = states.slips[0]["at"]
    report = passes.receive()
    assert len(passes.quarantine()) == 2
    assert [error.code for error in report.errors] == ["mapped.unknown-value"], "one defect is told once"
    [alarm] = report.alarms
    assert "2 receipts in all" in alarm.detail


@pytest.mark.long
@pytest.mark.parametrize("around", [{"upTo": None}, {"upTo": ["x"]}])
def test_a_page_whose_cursor_cannot_be_read_cannot_be_passed(
    passes: Passes, states: States, letters: list[OutboxEntry], around: dict[str, Any]
) -> None:
    states.spoilt = around
    for entry in letters:
        states.state(entry, "BOXED")
    report = passes.receive()
    assert delivered(passes, letters) == [False] * 5
    assert states.cursors == [""]
    [error] = report.errors
    assert isinstance(error, CallFailed)
    assert error.code.startswith(OF_MAPPING)
    assert "no receipt of this answer was taken" in error.detail
    assert [item.kind for item in passes.quarantine()] == [QuarantineKind.ANSWER]
    states.spoilt = {}
    passes.receive()
    assert delivered(passes, letters) == [True] * 5


def test_many_of_one_page_are_all_kept(passes: Passes, states: States, letters: list[OutboxEntry]) -> None:
    call = CallContext(id="urn:uuid:a-page", now=passes.clock(), cursor="", limit=500)
    slips = [states.state(letters[0], "SHELVED", no=f"N{n}") for n in range(300)]
    slips.append(states.state(letters[1], "BOXED"))
    page = states.contract.receipts({"slips": slips, "upTo": 301, "rest": 0}, call)
    assert [receipt.unread is None for receipt in page.receipts] == [False] * 300 + [True]
    assert len({sha256(receipt.octets) for receipt in page.receipts}) == 301
    assert [is_unread(receipt.octets) for receipt in page.receipts] == [True] * 300 + [False]


def test_signed_receipts_that_cannot_be_found_in_their_element_wait_too(tmp_path: Path, passes: Passes) -> None:
    contract = mapped_rest_contract(load_profile(str(shutil.copytree(PROFILE, tmp_path / "signed")), Path()))
    call = CallContext(id="urn:uuid:a-page", now=passes.clock(), cursor="", limit=10)
    slips = [{"no": "1", "paper": "PHNsaXAvPg=="}, {"no": "2", "paper": "PHNsaXAvPg"}, {"no": "3", "paper": ""}]
    page = contract.receipts({"slips": slips, "upTo": 3, "rest": 0}, call)
    assert page.receipts[0].octets == b"<slip/>"
    assert [receipt.unread.code if receipt.unread else None for receipt in page.receipts] == [
        None,
        "mapped.field-invalid",
        "mapped.field-missing",
    ]
    assert page.cursor == "3"
    mended = json.loads(page.receipts[1].octets)
    mended["element"]["paper"] += "=="
    again = contract.read_again(RawReceipt(octets=json.dumps(mended).encode(), unsigned=True))
    assert (again.octets, again.unsigned, again.unread) == (b"<slip/>", False, None)

"""Intake asks the asset register about each parcel once, keeps its answers as evidence, and refuses our own parcels."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from gateway.evidence.evidence_query import EvidenceQuery
from gateway.evidence.timeline import timeline
from gateway.intake.parcel_check import MOST_UNUSABLE, NO_ANSWER, NOT_ASKED, OWN_PARCEL, UNUSABLE, ParcelPolicy
from gateway.notice.outbox import OutboxEntry
from gateway.notice.renovation_code import renovation_code
from gateway.overview.notice_words import DETAILS
from gateway.overview.notices.timeline_line import timeline_lines
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.parcel_answer import ParcelAnswer, ParcelFinding
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission, Changes

from .conftest import Passes

OWN, OTHER, UNKNOWN = "1-2-3-4-5-6-7", "1-2-3-4-5-6-8", "9-9-9-9-9-9-9"
AWAY = "asset-register.unreachable"


@dataclass
class Register:
    """A register in memory, which writes down what it is asked."""

    clock: Clock
    municipal: set[str] = field(default_factory=lambda: {OWN})
    known: set[str] = field(default_factory=lambda: {OWN, OTHER})
    away: bool = False
    unusable: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    name: str = "https://assets.city.example"
    at_once: int = 2
    meanwhile: Callable[[], object] = lambda: None

    def look_up(self, parcels: Sequence[str]) -> Sequence[ParcelAnswer | GatewayError]:
        self.asked += parcels
        self.meanwhile()
        return [GatewayError(AWAY, where=self.name) if self.away else self._answer(each) for each in parcels]

    def _answer(self, parcel: str) -> ParcelAnswer | GatewayError:
        if parcel in self.unusable:
            return GatewayError(UNUSABLE, where=self.name)
        listed = ParcelFinding.MUNICIPAL if parcel in self.municipal else ParcelFinding.OTHER
        now = self.clock()
        return ParcelAnswer(
            parcel=parcel,
            finding=listed if parcel in self.known else ParcelFinding.UNLISTED,
            asked_at=now,
            answered_at=now,
            as_of="1405-09-01",
        )


@pytest.fixture
def register(passes: Passes) -> Register:
    made = Register(passes.clock)
    passes.parcels = ParcelPolicy(register=made)
    return made


def recorded(passes: Passes) -> list[tuple[Header, list[dict[str, str]]]]:
    """Return the records of lookups, oldest first, with the answers in their payloads."""
    query = EvidenceQuery(kinds=frozenset({EvidenceKind.ASSET_LOOKUP}))
    rows = [each.row for each in passes.store.records.find(query, None, 100).records][::-1]
    payloads = [json.loads(passes.store.evidence.payload(row.payload_digest)) for row in rows]
    return [(Header.of(row.header), told["answers"]) for row, told in zip(rows, payloads, strict=True)]


def seal_of(passes: Passes, entry: OutboxEntry) -> Header:
    [header] = [
        Header.of(row.header)
        for row in passes.store.evidence.of_notice(entry.reference)
        if row.kind == EvidenceKind.SEALED_NOTICE
    ]
    return header


def test_a_notice_about_a_parcel_of_our_own_is_refused_with_the_reason(passes: Passes, register: Register) -> None:
    passes.cases.put("own", renovation_code="۱/۲/۳/۴/۵/۶/۷")
    passes.cases.put("other", renovation_code=OTHER)
    assert passes.collect().counts == {"collected": 2, "admitted": 1, "refused": 1, "parcels_asked": 2}
    passes.write_back()
    refusal = passes.cases.refusals["own"]
    assert (refusal.code, refusal.field) == (OWN_PARCEL, "renovation_code")
    assert "ابلاغ به خود شهرداری" in refusal.reason
    assert OWN in refusal.reason
    assert set(passes.cases.results) == {"other"}
    [(header, answers)] = recorded(passes)
    assert {each["parcel"]: each["finding"] for each in answers} == {OWN: "municipal", OTHER: "not-municipal"}
    assert header.context == {"register": register.name, "municipal": "1", "not-municipal": "1"}
    assert OWN not in json.dumps(dict(header.context)) + header.id


def test_the_evidence_and_the_timeline_of_a_notice_say_what_was_found_and_when(
    passes: Passes, register: Register
) -> None:
    passes.cases.put("other", renovation_code=OTHER)
    passes.cases.put("unknown", renovation_code=UNKNOWN)
    passes.cases.put("without", renovation_code="نامشخص")
    passes.collect()
    entries = {each.entry.row_key: each.entry for each in passes.store.notices.find(state=None, limit=9, after=None)}
    [(lookup, _)] = recorded(passes)
    told = {key: dict(seal_of(passes, entry).context) for key, entry in entries.items()}
    assert {key: context["asset_register"] for key, context in told.items()} == {
        "other": "not-municipal",
        "unknown": "not-listed",
        "without": "no-renovation-code",
    }
    assert told["other"]["asset_lookup"] == told["unknown"]["asset_lookup"] == lookup.id
    assert "asset_lookup" not in told["without"]
    assert register.asked == [OTHER, UNKNOWN]
    words = lines(passes, entries["other"])
    assert any("ملک طبق سامانه املاک متعلق به شهرداری نیست" in line for line in words)
    assert any("استعلام ملک" in line for line in words)
    assert any("کد نوسازی هفت‌بخشی ندارد" in line for line in lines(passes, entries["without"]))


def lines(passes: Passes, entry: OutboxEntry) -> list[str]:
    """Return the timeline of a notice in Persian."""
    admission = passes.store.notices.admission(entry.reference)
    assert admission is not None
    headers = [Header.of(row.header) for row in passes.store.evidence.of_notice(entry.reference)]
    told = timeline(admission, passes.store.notices.history(entry.reference), headers)
    return [f"{each.words.fa} {each.detail.fa if each.detail else ''}" for each in timeline_lines(told, headers)]


def test_without_a_register_nothing_is_asked_and_the_evidence_says_so(passes: Passes) -> None:
    passes.cases.put("1", renovation_code=OWN)
    assert passes.collect().counts == {"collected": 1, "admitted": 1}
    [found] = passes.store.notices.find(state=None, limit=9, after=None)
    assert seal_of(passes, found.entry).context["asset_register"] == "not-configured"
    assert recorded(passes) == []


def test_each_parcel_is_asked_about_once_in_a_pass(passes: Passes, register: Register) -> None:
    for number in range(7):
        passes.cases.put(str(number), renovation_code=OTHER if number % 2 else UNKNOWN)
    passes.collect(page_rows=2)
    assert sorted(register.asked) == sorted([OTHER, UNKNOWN])
    [(lookup, _)] = recorded(passes)
    found = passes.store.notices.find(state=None, limit=9, after=None)
    assert {seal_of(passes, each.entry).context["asset_lookup"] for each in found} == {lookup.id}
    assert all(
        lookup.id in {row.id for row in passes.store.evidence.of_notice(each.reference)} for each in entries(found)
    )
    passes.cases.put("next", renovation_code=OTHER)
    passes.collect()
    assert register.asked.count(OTHER) == 2


def entries(found: Sequence[Admission]) -> list[OutboxEntry]:
    return [each.entry for each in found]


def test_no_transaction_is_open_while_the_register_is_asked(passes: Passes, register: Register) -> None:
    # SQLite has one writer: a commit of ours would wait for an open transaction, and fail.
    register.meanwhile = lambda: passes.store.commit(Changes(cursors={"meanwhile": "written"}))
    passes.cases.put("own", renovation_code=OWN)
    passes.cases.put("other", renovation_code=OTHER)
    assert passes.collect(page_rows=1).counts["admitted"] == 1
    assert passes.store.rows.cursor("meanwhile") == "written"


def test_a_row_that_was_admitted_is_not_looked_up_again(passes: Passes, register: Register) -> None:
    passes.cases.put("1", renovation_code=OTHER)
    passes.collect()
    passes.cases.put("1")
    passes.collect()
    assert register.asked == [OTHER]


def test_a_register_that_is_away_is_skipped_and_that_is_on_record(passes: Passes, register: Register) -> None:
    register.away = True
    for number in range(5):
        passes.cases.put(str(number), renovation_code=f"1-1-1-1-1-1-{number}")
    report = passes.collect()
    assert report.counts["admitted"] == 5
    assert len(register.asked) == register.at_once, "after a group without an answer nothing more is asked"
    assert [each.code for each in report.errors] == [AWAY]
    [(_, answers)] = recorded(passes)
    assert [each["error"] for each in answers] == [AWAY] * 2 + [NOT_ASKED] * 3
    [entry, *_] = entries(passes.store.notices.find(state=None, limit=9, after=None))
    context = seal_of(passes, entry).context
    assert (context["asset_register"], "asset_register_at" in context) == ("no-answer", True)
    assert any("سامانه املاک پاسخ نداد" in line for line in lines(passes, entry))


def test_a_parcel_that_the_register_cannot_answer_about_keeps_no_other_from_being_asked(
    passes: Passes, register: Register
) -> None:
    passes.parcels = ParcelPolicy(register=register, waits=True)
    register.unusable = {UNKNOWN}
    passes.cases.put("1", renovation_code=UNKNOWN)
    passes.collect()
    passes.cases.put("2", renovation_code=OTHER)
    passes.cases.put("3", renovation_code=OWN)
    passes.collect()
    standing = passes.store.refusals.page(source=None, code=None, limit=9, after=None)
    codes = {each.refusal.row_key: each.refusal.code for each in standing}
    assert codes == {"1": NO_ANSWER, "3": OWN_PARCEL}


def test_a_register_with_unusable_answers_alone_is_asked_about_a_few_parcels(
    passes: Passes, register: Register
) -> None:
    parcels = [f"1-1-1-1-1-1-{number}" for number in range(3 * MOST_UNUSABLE)]
    register.unusable = set(parcels)
    for parcel in parcels:
        passes.cases.put(parcel, renovation_code=parcel)
    passes.collect(page_rows=5)
    assert MOST_UNUSABLE <= len(register.asked) < MOST_UNUSABLE + register.at_once


def test_a_row_may_wait_for_an_answer_and_is_judged_again_by_itself(passes: Passes, register: Register) -> None:
    passes.parcels = ParcelPolicy(register=register, waits=True)
    register.away = True
    passes.cases.put("1", renovation_code=OTHER)
    passes.cases.put("2", renovation_code=OWN)
    passes.cases.put("without")
    assert passes.collect().counts["admitted"] == 1
    passes.write_back()
    assert {each.code for each in passes.cases.refusals.values()} == {NO_ANSWER}
    for _ in range(3):
        passes.collect()
    assert len(recorded(passes)) == 1, "a question without an answer is on record once, however often it is repeated"
    register.away = False
    assert passes.collect().counts["admitted"] == 1
    passes.write_back()
    assert (passes.cases.refusals["2"].code, set(passes.cases.results)) == (OWN_PARCEL, {"1", "without"})
    standing = passes.store.refusals.page(source=None, code=None, limit=9, after=None)
    assert [each.refusal.row_key for each in standing] == ["2"]


def test_where_our_identifiers_are_known_only_notices_to_us_are_refused(passes: Passes, register: Register) -> None:
    passes.parcels = ParcelPolicy(register=register, own=frozenset({"14007650912"}))
    passes.cases.put("tenant", renovation_code=OWN)
    passes.cases.put("ours", renovation_code=OWN, recipient_kind="LEGAL", recipient_id="14007650912")
    passes.collect()
    [found] = passes.store.notices.find(state=None, limit=9, after=None)
    assert found.entry.row_key == "tenant"
    assert seal_of(passes, found.entry).context["asset_register"] == "municipal"
    [refused] = passes.store.refusals.page(source=None, code=None, limit=9, after=None)
    assert (refused.refusal.row_key, refused.refusal.code) == ("ours", OWN_PARCEL)


def test_each_finding_has_words_on_the_pages_of_an_evidence_file() -> None:
    assert all(DETAILS[f"asset_register: {finding}"].fa for finding in ParcelFinding)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("۵/۱۲/۳/۴/۵/۶/۰", "5-12-3-4-5-6-0"),
        ("5 - 12 - 3 - 4 - 5 - 6 - 0", "5-12-3-4-5-6-0"),
        ("5-12", None),
        ("5-12-3-4-5-6-x", None),
        (None, None),
    ],
)
def test_a_renovation_code_has_seven_numbers(text: str | None, code: str | None) -> None:
    assert renovation_code(text) == code

"""The life of rules and calendar in a store: a notice keeps the rules of its day, and gets the present calendar."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Final

import pytest

from adapters.settings.legal_folder import legal_files
from adapters.shipped.resources import CALENDAR, RULES
from adapters.storage.sql_store import SqlStore
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.last_day import derive
from gateway.legal.legal_file import LegalFile
from gateway.legal.moved_deadline import OtherService
from gateway.legal.rules_reader import rules_of
from gateway.notice.delivery_state import DeliveryState
from gateway.notice.notice import sha256
from gateway.notice.written_date import parse_day, written_day
from gateway.operations.operator_action import OperatorAction
from gateway.overview.legal.moved_deadline_words import told_moved
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.version_subject import EVERY_NOTICE, Subject
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes
from gateway.store.version import Activation
from gateway.versions import version_actions
from gateway.versions.laws import Folder, LawBook, Laws, bundle_of, files_of
from gateway.versions.moved_report import compared, moved_records

from .builders import NOW, admit, at, entry

SMOG: Final = (
    'closed = [{ day = "1404-11-25", title = "آلودگی هوا", title_en = "smog", source = "s", mark = "confirmed" },'
)


def changed(files: list[LegalFile], name: str, old: str, new: str) -> bytes:
    """Return the bundle of files with one text replaced in one of them."""
    found = {file.base: file.octets.decode() for file in files}
    assert old in found[name]
    found[name] = found[name].replace(old, new)
    return bundle_of([LegalFile(name=each, octets=text.encode()) for each, text in found.items()])


def put_in_force(store: SqlStore, octets: bytes, subject: Subject, begins: datetime, **later: float) -> Activation:
    def act(name: str, account: str = "maryam") -> OperatorAction:
        return OperatorAction(name=f"{subject.area}.{name}", account=account, reason="بخشنامه", at=at(**later))

    name = subject.value
    version = version_actions.import_version(store, octets, name, "read", act("import"), "city", subject).version
    version = version_actions.submit(store, version, "read", act("submit"), "city").version
    version = version_actions.approve(store, version, act("approve", "reza"), "city").version
    [made] = version_actions.activate(store, version, [EVERY_NOTICE], begins, act("activate"), "city").activations
    return made


def book(store: SqlStore, now: datetime) -> LawBook:
    rules, calendar = legal_files(RULES), legal_files(CALENDAR)
    folders = Folder(name="rules", files=lambda: rules), Folder(name="calendar", files=lambda: calendar)
    return LawBook(store.versions, lambda: now, *folders)


def laws(store: SqlStore, now: datetime) -> Laws:
    return Laws.read(book(store, now), store.versions, None, now)


def last_day(law: Laws, arrival: datetime) -> str:
    """Return the last day of the objection to a ruling, by the law of a notice that arrived then."""
    found, served = law.at(arrival), arrival.date()
    [rule] = found.rules.periods_of("article-100", "ruling", served)
    day = derive(found.rules, rule, served, found.calendar, province=None).last_day
    return written_day(day or date.min)


def test_a_notice_keeps_the_rules_of_its_day_and_its_evidence_can_name_both(store: SqlStore) -> None:
    longer = changed(legal_files(RULES), "article-100.toml", 'period = "10 days"', 'period = "20 days"')
    decision = put_in_force(store, longer, Subject.RULES, at(days=1))
    found = laws(store, at(days=400))
    assert last_day(found, NOW) == "1404-11-25", "it arrived before: the rules of the configuration"
    assert last_day(found, at(days=1)) == "1404-12-06", "twenty days, by the version in force at its arrival"
    told = found.told(NOW), found.told(at(days=2))
    assert told[0]["rules_version"] == "file"
    assert told[0]["rules_digest"] == sha256(bundle_of(legal_files(RULES)))
    assert (told[1]["rules"], told[1]["rules_version"], told[1]["rules_digest"]) == ("rules", "1", sha256(longer))
    assert {each["calendar_version"] for each in told} == {"file"}
    record = store.evidence.record(decision.evidence_id)
    assert record is not None
    assert Header.of(record.header).kind is EvidenceKind.RULES_ACTIVATED
    assert store.evidence.payload(decision.digest) == longer


def test_a_calendar_counts_for_every_notice_and_its_record_lists_what_it_moves(store: SqlStore) -> None:
    before = laws(store, at(minutes=1))
    served = entry(1, state=DeliveryState.DELIVERED, delivered_at=NOW), entry(2, delivered_at=at(days=1))
    admit(store, *served, entry(3))
    octets = changed(legal_files(CALENDAR), "1404.toml", "closed = [", SMOG)
    calendar = calendar_of(files_of(octets, "calendar@1"))
    found = compared(store.notices, before, calendar=calendar)
    assert found.notices == 1
    assert [(each.notice.reference, each.before, each.after) for each in found.moved] == [
        (served[0].reference, parse_day("1404-11-25"), parse_day("1404-11-26"))
    ]
    decision = put_in_force(store, octets, Subject.CALENDAR, at(minutes=1), minutes=1)
    [made] = moved_records(found, [told_moved(each) for each in found.moved], {}, decision, "city")
    links = {made.record.id: made.references}
    store.commit(Changes(evidence=[made.record], payloads=[made.payload], message_notices=links))
    assert last_day(laws(store, at(minutes=2)), NOW) == "1404-11-26"
    about = [Header.of(row.header) for row in store.evidence.of_notice(served[0].reference)]
    [header] = [each for each in about if each.kind is EvidenceKind.DEADLINES_MOVED]
    assert (header.context["calendar_digest"], header.context["moved"]) == (sha256(octets), "1")
    [listed] = json.loads(store.evidence.payload(header.payload_digest))["moved"]
    assert (listed["before"], listed["after"]) == ("1404-11-25", "1404-11-26")
    assert "smog" in listed["reasons"][0]["en"]


def test_a_bundle_holds_what_a_folder_is_read_for(store: SqlStore) -> None:
    files = legal_files(RULES)
    assert laws(store, NOW).at(None).rules.version == book(store, NOW).rules.current(EVERY_NOTICE).version
    with pytest.raises(GatewayError, match=r"legal\.file"):
        files_of(bundle_of([*files, LegalFile(name="notes.txt", octets=b"x")]), "rules@1")
    with pytest.raises(GatewayError, match=r"profile\.bundle"):
        files_of(b"no bundle", "rules@1")


def test_an_unreadable_folder_stops_no_receipt(store: SqlStore) -> None:
    def unreadable() -> list[LegalFile]:
        raise GatewayError("legal.changed")

    there = LawBook(store.versions, lambda: NOW, *(Folder(name="x", files=unreadable) for _ in range(2)))
    told = Laws.read(there, store.versions, None, NOW).told(NOW)
    assert told == {"rules": "x", "rules_version": "unread", "calendar": "x", "calendar_version": "unread"}


def test_rules_are_compared_by_the_day_of_service_of_each(store: SqlStore) -> None:
    unseen = entry(1, state=DeliveryState.DELIVERED, delivered_at=NOW)
    seen = entry(2, state=DeliveryState.VIEWED, delivered_at=NOW, viewed_at=NOW)
    admit(store, unseen, seen, entry(3))
    ten_days = 'unseen = "served-after"\nunseen_days = 10'
    octets = changed(legal_files(RULES), "service.toml", 'unseen = "served"', ten_days)
    rules = rules_of(files_of(octets, "rules@1"))
    found = compared(store.notices, laws(store, at(days=30)), rules=rules)
    assert found.notices == 2
    [moved] = found.moved
    assert (moved.notice.reference, moved.reasons) == (
        unseen.reference,
        (OtherService(before=parse_day("1404-11-14"), after=parse_day("1404-11-24")),),
    )
    assert moved.after is not None
    assert moved.after > parse_day("1404-12-04")
    assert told_moved(moved)["served_on"] == "1404-11-14"

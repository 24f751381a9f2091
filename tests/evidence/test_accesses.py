"""Accesses of persons are records; evidence files are made without them, even while nothing proves them yet."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest

from adapters.verifier.evidence.evidence_verification import verify_file
from gateway.audit.evidence_recipe import EvidenceCheck
from gateway.notice.delivery_state import DeliveryEvent
from gateway.operations.notice_access import Access, is_access, record_access, record_reveal
from gateway.operations.operator_action import BY_CONSOLE
from gateway.people.login_session import Session
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.runtime.errors import GatewayError
from gateway.runtime.verdict import Verdict
from gateway.store.stored import EvidenceRow
from tests.archive.recorder import AT_ONCE, reference

from .notice_recorder import NoticeRecorder

PURPOSE = "پاسخ به نامه مخاطب"


def session_of(recorder: NoticeRecorder, id: str = "of-the-morning") -> Session:
    person = Person(
        id="one",
        login="karimi",
        name="زهرا کریمی",
        roles=frozenset({Role.OPERATOR}),
        bodies=frozenset(),
        active=True,
        created_at=recorder.now,
        changed_at=recorder.now,
    )
    ends = recorder.now + timedelta(hours=1)
    return Session(id=id, person=person, csrf="t", began_at=recorder.now, seen_at=recorder.now, ends_at=ends)


def accesses(recorder: NoticeRecorder) -> list[EvidenceRow]:
    return [row for row in recorder.store.evidence.of_notice(reference(1)) if is_access(row)]


@pytest.fixture
def opened(own: NoticeRecorder) -> NoticeRecorder:
    """A recorder whose first notice was served, archived, and then opened by a person."""
    own.send([own.admit(1)], "urn:uuid:0000-one")
    own.hear(1, DeliveryEvent.CONTENT_CONSIGNMENT)
    own.act(1)
    own.archive(AT_ONCE)
    record_access(own.store, Access.NOTICE, reference(1), session_of(own), own.now, "city")
    return own


def test_an_access_is_recorded_once_for_each_session_and_thing(opened: NoticeRecorder) -> None:
    later = opened.now + timedelta(minutes=1)
    record_access(opened.store, Access.NOTICE, reference(1), session_of(opened), later, "city")
    assert len(accesses(opened)) == 1
    record_access(opened.store, Access.PAPER, reference(1), session_of(opened), later, "city")
    record_access(opened.store, Access.NOTICE, reference(1), session_of(opened, "another"), later, "city")
    record_access(opened.store, Access.MESSAGE, reference(1), session_of(opened), later, "city", "sent:1")
    assert len(accesses(opened)) == 4


def test_the_record_names_the_person_in_its_payload_alone(opened: NoticeRecorder) -> None:
    record_reveal(opened.store, reference(1), f" \u202e{PURPOSE}\u2066 ", session_of(opened), opened.now, "city")
    opening, reveal = accesses(opened)
    assert "karimi" not in opening.header.decode() + reveal.header.decode()
    told = json.loads(opened.store.evidence.payload(opening.payload_digest))
    assert (told["act"], told["account"], told["authentication"]) == ("notice.open", "karimi", BY_CONSOLE)
    told = json.loads(opened.store.evidence.payload(reveal.payload_digest))
    assert (told["act"], told["reason"], told["person"]) == ("identifier.reveal", PURPOSE, "one")


def test_each_reveal_is_a_record_of_its_own(opened: NoticeRecorder) -> None:
    for seconds in (0, 1):
        at = opened.now + timedelta(seconds=seconds)
        record_reveal(opened.store, reference(1), PURPOSE, session_of(opened), at, "city")
    assert len(accesses(opened)) == 3


@pytest.mark.parametrize("purpose", ["", " \n", "x" * 501, "\u200b", "\u2060", "\u202e", "\u200c"])
def test_nothing_is_revealed_without_a_purpose(opened: NoticeRecorder, purpose: str) -> None:
    with pytest.raises(GatewayError) as refused:
        record_reveal(opened.store, reference(1), purpose, session_of(opened), opened.now, "city")
    assert refused.value.code == "act.purpose"
    assert len(accesses(opened)) == 1


def test_an_evidence_file_is_made_without_accesses(opened: NoticeRecorder, tmp_path: Path) -> None:
    """An opening a moment ago is in no checkpoint; it must not keep a court waiting for the file."""
    for name in ("before.asice", "after.asice"):
        opened.export(tmp_path / name, 1)
        with ZipFile(tmp_path / name) as file:
            told = b"".join(file.read(each) for each in file.namelist() if each.endswith(".json"))
        assert b"notice.open" not in told
        assert b"PersonAct" in told
        audit = verify_file(tmp_path / name, opened.trust)
        for check in (EvidenceCheck.RECORDS, EvidenceCheck.INCLUSION, EvidenceCheck.TIMELINE):
            assert audit.verdicts[check] is Verdict.PASSED, audit.findings
        opened.archive(AT_ONCE)


def test_a_session_is_known_by_its_id_alone(opened: NoticeRecorder) -> None:
    """A repeated commit, after a lost answer, changes nothing."""
    again = replace(session_of(opened), seen_at=opened.now + timedelta(minutes=5))
    record_access(opened.store, Access.NOTICE, reference(1), again, opened.now, "city")
    assert len(accesses(opened)) == 1

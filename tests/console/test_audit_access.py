"""The audit room opens no comment on a notice and no lookup of parcels to those who may not see notices."""

from __future__ import annotations

import html
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from flask import Flask

from adapters.composition.installation import Installation
from gateway.notice.notice import sha256
from gateway.operations.notice_work import Work
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import Role
from gateway.record.evidence_record import EvidenceKind
from gateway.record.parcel_answer import AssetLookup, ParcelAnswer, ParcelFinding
from gateway.store.stored import Changes, Payload
from tests.console.signed_in import pages_of, visitor

NOTICE = "EB-AAAAAAAAAAAAAAAAAAAAAAAAAA"
PERSON = "0012345679"
COMMENT = f"تماس با مالک {PERSON}"


def lookup(installation: Installation) -> str:
    """Record a lookup in the register of assets; return its id."""
    at = installation.clock()
    answer = ParcelAnswer(parcel="1-2-3-4-5-6-7", finding=ParcelFinding.OTHER, asked_at=at, answered_at=at)
    made = AssetLookup(register="https://assets.example", source="cases", answers=[answer])
    record, payload = made.record("city", at), Payload(digest=sha256(made.octets), octets=made.octets)
    installation.store().commit(Changes(evidence=[record], payloads=[payload]))
    return record.id


def comment(installation: Installation, name: Work = Work.COMMENT) -> str:
    """Record a comment on a notice; return its id."""
    act = OperatorAction(name=name, account="sara", reason=COMMENT, at=installation.clock())
    record, payload = act.record(NOTICE, origin="city", outcome="commented", person="one")
    installation.store().commit(Changes(evidence=[record], payloads=[payload]))
    return record.id


MAKERS = [lookup, comment, lambda installation: comment(installation, Work.HAND_OVER)]


@pytest.fixture
def app(installation: Installation) -> Flask:
    return pages_of(installation)


@pytest.mark.parametrize("make", MAKERS, ids=["lookup", "comment", "hand-over"])
def test_an_officer_verifies_it_and_opens_nothing(
    installation: Installation, app: Flask, make: Callable[[Installation], str]
) -> None:
    record = make(installation)
    officer = visitor(app, Role.SECURITY_OFFICER, language="en")
    assert "not open to your role" in officer.page(f"/audit/records/{record}?verify=1")
    page = officer.page(f"/audit/payloads/{record}")
    assert "not open to your role" in page
    assert "<pre" not in page
    officer.page(f"/audit/payloads/{record}?as=file", 403)
    assert accesses(installation, record) == []


@pytest.mark.parametrize("make", MAKERS, ids=["lookup", "comment", "hand-over"])
def test_an_auditor_opens_it_on_record_and_without_identifiers(
    installation: Installation, app: Flask, make: Callable[[Installation], str]
) -> None:
    record = make(installation)
    auditor = visitor(app, Role.AUDITOR, language="en")
    assert "Opening it is recorded" in auditor.page(f"/audit/records/{record}")
    assert accesses(installation, record) == []
    page = html.unescape(auditor.page(f"/audit/payloads/{record}"))
    assert "<pre" in page
    assert PERSON not in page
    assert len(accesses(installation, record)) == 1
    auditor.page(f"/audit/payloads/{record}?as=file", 403)


def test_a_list_of_acts_has_comments_for_those_alone_who_see_notices(installation: Installation, app: Flask) -> None:
    comment(installation)
    act = OperatorAction(name="resume", account="operator", reason="repaired", at=installation.clock())
    record, payload = act.record("everything", origin="city", outcome="resumed")
    installation.store().commit(Changes(evidence=[record], payloads=[payload]))
    of_officer = visitor(app, Role.SECURITY_OFFICER, language="en").page("/audit/acts")
    assert "repaired" in of_officer
    assert "commented" in of_officer
    assert "تماس با مالک" not in of_officer
    of_auditor = visitor(app, Role.AUDITOR, language="en").page("/audit/acts")
    assert "تماس با مالک ••••••••79" in of_auditor


def test_an_act_whose_header_cannot_be_read_may_be_a_comment(installation: Installation, app: Flask) -> None:
    record = comment(installation)
    damage(installation, record)
    officer = visitor(app, Role.SECURITY_OFFICER, language="en")
    assert "<pre" not in officer.page(f"/audit/payloads/{record}")
    assert "تماس" not in officer.page("/audit/acts")


def damage(installation: Installation, record: str) -> None:
    with closing(sqlite3.connect(installation.base / "gateway.db")) as store, store:
        store.execute("UPDATE evidence SET header = ? WHERE id = ?", (b"{}", record))


def accesses(installation: Installation, subject: str) -> list[str]:
    """Return the ids of records of openings of a record."""
    query = "SELECT id FROM evidence WHERE kind = ? AND id LIKE ?"
    with closing(sqlite3.connect(installation.base / "gateway.db")) as store:
        found = store.execute(query, (EvidenceKind.PERSON_ACT, f"act:message.open:{subject}:%"))
        return [row[0] for row in found]

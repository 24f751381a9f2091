"""The page that exports all that is held about one person: its form, its preview, its record, and the file."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from zipfile import ZipFile

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from adapters.composition.console.personal_data import Limits
from adapters.composition.installation import Installation
from adapters.console.pages.people import personal_data_page
from adapters.console.site import context
from adapters.console.site.heavy_requests import PER_PERSON
from adapters.crypto.xml.sealing import recipient_identifier
from adapters.http import wsgi_service
from gateway.notice.legal_effect import persian_digits
from gateway.operations.operator_action import BY_CONSOLE
from gateway.people.permissions import Role
from gateway.runtime.errors import CATALOGUE
from gateway.store.among import Among
from gateway.store.stored import Admission
from tests.console.confirming import Shown, assert_recorded_as_shown, preview
from tests.console.signed_in import Visitor

PATH = "/people/personal-data"
PURPOSE = "نامه شماره ۱۲ مخاطب"
DOWNLOADED = "application/zip"


def by_identifier(installation: Installation) -> dict[str, list[Admission]]:
    """Return the notices of each recipient, by identifier."""
    store = installation.store()
    found: dict[str, list[Admission]] = {}
    for each in store.notices.find(state=None, limit=1000, after=None):
        identifier = recipient_identifier(store.evidence.payload(each.entry.seal_digest))
        found.setdefault(identifier, []).append(each)
    return found


@pytest.fixture(scope="module")
def people(lived: Installation) -> dict[str, list[Admission]]:
    return by_identifier(lived)


@pytest.fixture
def officer(visit: Callable[..., Visitor]) -> Visitor:
    return visit(Role.SECURITY_OFFICER)


def asked(officer: Visitor, identifier: str, **fields: str) -> Shown:
    return preview(officer, PATH, identifier=identifier, reason=PURPOSE, **({"papers": "yes"} | fields))


def opened(answer: TestResponse) -> ZipFile:
    assert (answer.status_code, answer.mimetype) == (200, DOWNLOADED), answer.text[-2000:]
    return ZipFile(io.BytesIO(answer.data))


def test_the_file_is_the_one_that_was_shown_and_recorded(
    lived: Installation, officer: Visitor, people: dict[str, list[Admission]]
) -> None:
    identifier, notices = max(people.items(), key=lambda each: len(each[1]))
    shown = asked(officer, persian_digits(identifier))
    answer = shown.confirm(officer)
    container = opened(answer)
    assert_recorded_as_shown(lived, shown)
    told = json.loads(shown.octets)
    assert told["digest"] == f"sha256:{hashlib.sha256(answer.data).hexdigest()}"
    assert (told["account"], told["authentication"], told["reason"]) == ("security-officer-1", BY_CONSOLE, PURPOSE)
    assert (told["notices"], told["papers"], told["size"]) == (str(len(notices)), "included", str(len(answer.data)))
    assert told["keyed_hash"] in {key.hash_of(identifier).keyed_hash for key in lived.recipient_keys.known()}
    assert int(told["files"]) == len(container.namelist())
    index = json.loads(container.read("index.json"))
    assert {each["reference"] for each in index["notices"]} == {each.entry.reference for each in notices}
    assert answer.headers["Content-Disposition"] == 'attachment; filename="personal-data.zip"'
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_record_stands_among_the_accesses_to_each_notice(
    lived: Installation, officer: Visitor, visit: Callable[..., Visitor], people: dict[str, list[Admission]]
) -> None:
    identifier, notices = next(iter(people.items()))
    shown = asked(officer, identifier)
    opened(shown.confirm(officer))
    for each in notices:
        assert shown.record in {row.id for row in lived.store().evidence.of_notice(each.entry.reference)}
        page = visit(Role.AUDITOR).page(f"/notices/{each.entry.reference}")
        assert "خروجی داده‌های مخاطب" in page.partition('id="readers"')[2]
    again = opened(asked(officer, identifier).confirm(officer))
    reference = notices[0].entry.reference
    acts = json.loads(again.read(f"notices/{reference}/notice.json"))["acts_of_persons"]
    assert PURPOSE in [act["reason"] for act in acts if act["act"] == "personal-data.export"]


def test_a_confirmation_that_is_sent_again_gives_the_same_file_and_one_record(
    lived: Installation, officer: Visitor, people: dict[str, list[Admission]]
) -> None:
    shown = asked(officer, list(people)[1])
    first = shown.confirm(officer).data
    size = records(lived)
    assert opened(shown.confirm(officer)).testzip() is None
    assert shown.confirm(officer).data == first
    assert records(lived) == size


def test_a_file_that_would_be_another_one_does_not_leave(
    lived: Installation, officer: Visitor, visit: Callable[..., Visitor], people: dict[str, list[Admission]]
) -> None:
    """Between preview and confirmation somebody opens the notice: the export would hold that, too."""
    identifier, notices = list(people.items())[2]
    shown = asked(officer, identifier)
    # An access is recorded once for each session: no other test has a session with this body.
    secretary = visit(Role.COMMISSION_SECRETARY, {notices[0].body, "of-this-test"})
    secretary.page(f"/notices/{notices[0].entry.reference}")
    answer = shown.confirm(officer)
    assert answer.mimetype != DOWNLOADED
    assert CATALOGUE["act.changed"].fa in answer.text
    assert lived.store().evidence.record(shown.record) is None


def test_another_confirmation_of_the_same_id_gets_nothing(officer: Visitor, people: dict[str, list[Admission]]) -> None:
    """The id of a confirmation opens no other person's data, nor the same with other parts."""
    first, other = asked(officer, list(people)[3]), asked(officer, list(people)[4])
    opened(first.confirm(officer))
    swapped = other.confirm(officer, confirmed=first.fields["confirmed"], shown=first.fields["shown"])
    assert swapped.mimetype != DOWNLOADED
    without = {name: value for name, value in first.fields.items() if name != "papers"}
    assert officer.post(PATH, **without).mimetype != DOWNLOADED


def test_nothing_of_another_person_is_inside(officer: Visitor, people: dict[str, list[Admission]]) -> None:
    """Neither identifier nor name, in any file; not in those of a case that several persons have."""
    cases: dict[str, set[str]] = {}
    for identifier, notices in people.items():
        for each in notices:
            cases.setdefault(each.case_number, set()).add(identifier)
    shared = next(sorted(of) for of in cases.values() if len(of) > 1)
    for identifier in shared:
        names = {each.recipient_name for each in people[identifier]}
        container = opened(asked(officer, identifier).confirm(officer))
        text = "\n".join(container.read(name).decode(errors="replace") for name in container.namelist())
        assert identifier in text
        for other, notices in people.items():
            if other == identifier:
                continue
            assert other not in text
            assert persian_digits(other) not in text
            for each in notices:
                assert each.entry.reference not in text
                assert each.recipient_name in names or each.recipient_name not in text


def test_papers_can_be_left_out(officer: Visitor, people: dict[str, list[Admission]]) -> None:
    shown = preview(officer, PATH, identifier=next(iter(people)), reason=PURPOSE)
    container = opened(shown.confirm(officer))
    assert json.loads(shown.octets)["papers"] == "left-out"
    assert not [name for name in container.namelist() if name.endswith((".pdf", "notice.xml"))]
    assert "کنار گذاشته شده" in container.read("README.fa.txt").decode()
    assert all(b"Content" not in container.read(name) for name in container.namelist() if name.endswith("notice.json"))


def test_the_identifier_stands_in_no_page_no_address_and_no_header(
    officer: Visitor, people: dict[str, list[Admission]]
) -> None:
    identifier = list(people)[5]
    shown = asked(officer, identifier)
    assert identifier not in shown.page
    assert persian_digits(identifier) not in shown.page
    assert identifier not in str(shown.fields)
    assert "?" not in shown.address
    answer = shown.confirm(officer)
    assert identifier not in str(answer.headers)
    assert identifier not in " ".join(opened(answer).namelist())


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"identifier": "1234567890", "reason": PURPOSE}, "recipient.national-id"),
        ({"identifier": "", "reason": PURPOSE}, "recipient.national-id-length"),
        ({"identifier": "9990000019", "reason": PURPOSE}, "recipient.national-id"),
        ({"identifier": "0000000019", "reason": PURPOSE}, "personal-data.none"),
        ({"person": "p-nobody", "reason": PURPOSE}, "people.unknown"),
        ({"recipient": "no hash", "reason": PURPOSE}, "act.request"),
    ],
)
def test_a_mistake_is_said_above_the_form(officer: Visitor, fields: dict[str, str], code: str) -> None:
    answer = officer.post(PATH, **fields)
    assert answer.status_code == 422
    assert CATALOGUE[code].fa in answer.text
    assert PURPOSE in answer.text, "the purpose need not be typed again"
    if identifier := fields.get("identifier"):
        assert identifier not in answer.text
        assert persian_digits(identifier) not in answer.text


def test_a_purpose_is_wanted_and_bounded(officer: Visitor, people: dict[str, list[Admission]]) -> None:
    for reason, code in ((" ", "act.reason"), ("ن" * 501, "act.purpose")):
        answer = officer.post(PATH, identifier=next(iter(people)), reason=reason)
        assert answer.status_code == 422
        assert CATALOGUE[code].fa in answer.text


def test_a_larger_export_is_left_to_the_verb(
    officer: Visitor, people: dict[str, list[Admission]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for limits in (Limits(most=0), Limits(most_bytes=1000)):
        monkeypatch.setattr(personal_data_page, "LIMITS", limits)
        answer = officer.post(PATH, identifier=next(iter(people)), reason=PURPOSE)
        assert answer.status_code == 422
        assert CATALOGUE["personal-data.too-large"].page_fa in answer.text


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_file_that_the_listener_cannot_send_is_refused_before_it_is_recorded(
    lived: Installation,
    officer: Visitor,
    people: dict[str, list[Admission]],
    monkeypatch: pytest.MonkeyPatch,
    *,
    confirmed: bool,
) -> None:
    assert personal_data_page.MAX_ANSWER_BYTES == wsgi_service.MAX_ANSWER_BYTES
    identifier = next(iter(people))
    shown, size = asked(officer, identifier), records(lived)
    monkeypatch.setattr(personal_data_page, "MAX_ANSWER_BYTES", int(json.loads(shown.octets)["size"]) - 1)
    answer = (
        shown.confirm(officer) if confirmed else officer.post(PATH, identifier=identifier, reason=PURPOSE, papers="yes")
    )
    assert answer.status_code == 422
    assert CATALOGUE["personal-data.too-large"].page_fa in answer.text
    assert "personal-data export" in answer.text
    assert records(lived) == size


def test_the_making_is_a_heavy_request(lived_app: Flask, officer: Visitor, people: dict[str, list[Admission]]) -> None:
    with lived_app.app_context(), ExitStack() as held:
        heavy = context.parts().heavy
        for _ in range(PER_PERSON):
            held.enter_context(heavy.slot("id-of-security-officer"))
        assert officer.post(PATH, identifier=next(iter(people)), reason=PURPOSE).status_code == 429
    assert heavy.held == 0


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SECURITY_OFFICER}))
def test_nobody_else_exports_anything(
    visit: Callable[..., Visitor], lived: Installation, people: dict[str, list[Admission]], role: Role
) -> None:
    visitor, size = visit(role), records(lived)
    assert visitor.get(PATH).status_code == 403
    assert visitor.post(PATH, identifier=next(iter(people)), reason=PURPOSE).status_code == 403
    assert PATH not in visitor.get("/people").text
    assert records(lived) == size


def test_an_account_is_exported_with_its_acts(lived: Installation, officer: Visitor) -> None:
    people = lived.store().people
    person, manager = people.by_login("operator"), people.by_login("security")
    assert person
    assert manager
    assert f"{PATH}?person={person.id}" in officer.page(f"/people/{person.id}")
    assert f'<option value="{person.id}" selected>' in officer.page(f"{PATH}?person={person.id}")
    shown = preview(officer, PATH, person=person.id, reason=PURPOSE)
    container = opened(shown.confirm(officer))
    assert_recorded_as_shown(lived, shown)
    assert json.loads(shown.octets)["subject"] == f"person {person.id}"
    account = json.loads(container.read("account.json"))
    assert (account["login"], account["name"]) == ("operator", person.name)
    assert [role["role"] for role in account["roles"]] == ["operator"]
    rows = [*csv.DictReader(io.StringIO(container.read("acts/00001.csv").decode("utf-8-sig")))]
    acts = {(row["act"], row["what"]) for row in rows}
    assert ("bulk.begin", "act") in acts
    assert ("person.add", "on the account") in acts
    assert len(rows) == int(json.loads(shown.octets)["acts"])
    text = "\n".join(container.read(name).decode() for name in container.namelist())
    assert manager.name not in text
    assert not re.search("password_hash|csrf|token", text)


def records(installation: Installation) -> int:
    """Return the number of records of exports."""
    found = installation.store().notices.find(state=None, limit=1000, after=None, among=Among())
    rows = {row.id for each in found for row in installation.store().evidence.of_notice(each.entry.reference)}
    return sum(id.startswith("act:personal-data.export:") for id in rows)

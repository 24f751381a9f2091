"""The pages of people: list, invitation, one person, and the acts of a security officer."""

from __future__ import annotations

import json

from gateway.operations.operator_action import BY_CONSOLE
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import CATALOGUE
from tests.console.real_people import Console, RealBrowser


def path_of(console: Console, login: str) -> str:
    person = console.installation.store().people.by_login(login)
    assert person is not None
    return f"/people/{person.id}"


def invited(officer: RealBrowser, login: str, role: str, *bodies: str) -> str:
    """Invite a person by the page; return the one-time code."""
    fields = {"login": login, "name": "زهرا کریمی", "role": [role], "body": list(bodies), "reason": "نامه ۱۲"}
    answer = officer.post("/people/new", "/people/new", **fields)
    assert answer.status_code == 200, answer.text[-2000:]
    return answer.text.split('<strong><bdi class="code" dir="ltr">')[1].split("<")[0]


def test_an_officer_invites_and_the_record_names_the_officer(console: Console) -> None:
    officer = console.officer()
    code = invited(officer, "secretary-1", "commission-secretary", "article-100")
    secretary = console.enrolled("secretary-1", code)
    assert secretary.is_signed_in
    assert secretary.get("/people").status_code == 403
    act = act_of(console, "person.add", "secretary-1")
    assert (act["account"], act["authentication"], act["reason"]) == ("officer-1", BY_CONSOLE, "نامه ۱۲")


def test_a_refused_invitation_keeps_what_was_typed(console: Console) -> None:
    officer = console.officer()
    fields = {"login": "officer-1", "name": "رضا صادقی", "role": ["auditor"], "reason": "نامه"}
    answer = officer.post("/people/new", "/people/new", **fields)
    assert answer.status_code == 422
    assert 'value="رضا صادقی"' in answer.text
    assert 'value="auditor" checked' in answer.text
    without = officer.post("/people/new", "/people/new", **{**fields, "login": "auditor-1", "reason": " "})
    assert without.status_code == 422
    assert console.installation.store().people.by_login("auditor-1") is None


def test_the_list_shows_how_each_account_stands(console: Console) -> None:
    officer = console.officer()
    invited(officer, "secretary-1", "commission-secretary", "article-100")
    page = officer.page("/people")
    assert "دعوت‌شده تا" in page
    assert "کمیسیون ماده صد قانون شهرداری" in page
    console.clock.advance(days=3)
    officer.sign_in("officer-1")
    assert "مهلت دعوت پایان یافته" in officer.page("/people")
    officer.speak("en")
    assert "Invitation has ended" in officer.page("/people")


def test_roles_are_changed_and_hold_at_once(console: Console) -> None:
    officer, operator = console.officer(), console.member("operator-1", "operator")
    path = path_of(console, "operator-1")
    assert operator.get("/people").status_code == 403
    done = officer.post(path, f"{path}/roles", role=["auditor"], reason="نامه ۱۳")
    assert done.headers["Location"] == path
    assert operator.get("/people").status_code == 200
    refused = officer.post(path, f"{path}/roles", role=["auditor", "operator"], reason="نامه")
    assert refused.status_code == 422
    assert operator.get("/people").status_code == 200


def test_deactivation_ends_the_session_at_once(console: Console) -> None:
    officer, operator = console.officer(), console.member("operator-1", "operator")
    path = path_of(console, "operator-1")
    officer.post(path, f"{path}/deactivate", reason="رفت")
    assert not operator.is_signed_in
    assert operator.sign_in("operator-1").status_code == 422
    assert "غیرفعال" in officer.page(path)
    officer.post(path, f"{path}/activate", reason="بازگشت")
    assert operator.sign_in("operator-1").status_code == 302


def test_recovery_by_the_page_shows_a_new_code_once(console: Console) -> None:
    officer, operator = console.officer(), console.member("operator-1", "operator")
    path = path_of(console, "operator-1")
    answer = officer.post(path, f"{path}/recover", reason="تلفن گم شد")
    assert not operator.is_signed_in
    code = answer.text.split('<strong><bdi class="code" dir="ltr">')[1].split("<")[0]
    assert code not in officer.page(path)
    assert console.enrolled("operator-1", code).is_signed_in


def test_an_account_of_the_operating_system_is_linked(console: Console) -> None:
    officer = console.officer()
    console.member("operator-1", "operator")
    path = path_of(console, "operator-1")
    officer.post(path, f"{path}/link", account="zahra", reason="نامه ۱۴")
    assert "zahra" in officer.page(path)
    officer.post(path, f"{path}/unlink", account="zahra", reason="نامه ۱۵")
    assert "zahra" not in officer.page(path)


def test_nobody_manages_the_own_account(console: Console) -> None:
    officer = console.officer()
    own = path_of(console, "officer-1")
    page = officer.page(own)
    assert "/deactivate" not in page
    for act, fields in {
        "deactivate": {},
        "roles": {"role": ["operator"]},
        "recover": {},
        "link": {"account": "root"},
    }.items():
        answer = officer.post("/people/new", f"{own}/{act}", reason="نامه", **fields)
        assert answer.status_code == 422, act
        assert CATALOGUE["people.oneself"].fa in answer.text, act
    assert officer.is_signed_in


def test_an_auditor_reads_and_has_no_form(console: Console) -> None:
    console.officer()
    auditor = console.member("auditor-1", "auditor")
    assert "/people/new" not in auditor.page("/people")
    assert "<form" not in auditor.page(path_of(console, "officer-1")).split("<main")[1]


def test_nobody_is_found_by_an_unknown_id(console: Console) -> None:
    officer = console.officer()
    assert officer.get("/people/p-0000000000000000").status_code == 404
    assert officer.post("/people/new", "/people/p-0000000000000000/deactivate", reason="x").status_code == 404


def act_of(console: Console, name: str, login: str) -> dict[str, str]:
    """Return the payload of the act that changed a person last."""
    store = console.installation.store()
    person = store.people.by_login(login)
    assert person is not None
    record = store.evidence.record(f"act:{name}:person {person.id}:{timestamp(person.changed_at)}")
    assert record is not None
    told: dict[str, str] = json.loads(store.evidence.payload(record.payload_digest))
    return told

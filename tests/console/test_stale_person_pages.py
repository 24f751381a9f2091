"""A page about a person that another act has made stale: nothing that a form of it asks for is done."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.runtime.errors import CATALOGUE, GatewayError
from tests.console.real_people import TOKEN, Console, RealBrowser
from tests.console.sent_form import SentForm

STALE = CATALOGUE["people.changed"].fa
FORMS: dict[str, dict[str, Any]] = {
    "roles": {"role": ["operator", "approver", "mapping-administrator"]},
    "address": {"address": "zahra@city.example"},
    "recover": {},
    "link": {"account": "zahra"},
    "unlink": {"account": "zahra.old"},
    "provider": {"subject": "zahra"},
    "deactivate": {},
}


def person(console: Console, login: str = "operator-1") -> Person:
    found = console.installation.store().people.by_login(login)
    assert found is not None
    return found


def fields_of(page: str, action: str) -> dict[str, str]:
    """Return the hidden fields of the form of a page that leads to ``action``."""
    [form] = [each for each in page.split("<form")[1:] if f'{action}"' in each.split(">")[0]]
    return SentForm.of(f"<form data-sent{form}", "data-sent")


def sent(browser: RealBrowser, page: str, path: str, **fields: Any) -> Any:
    hidden = {name: each for name, each in fields_of(page, path).items() if name in ("csrf", "revision")}
    return browser.send(path, **hidden, **fields, reason="نامه ۲")


@pytest.fixture
def officers(console: Console) -> tuple[RealBrowser, RealBrowser]:
    """Return the browsers of two security officers, with an operator who may approve, too."""
    officer, second = console.officer(), console.member("officer-2", "security-officer")
    console.member("operator-1", "operator", "approver")
    console.act("person.link", login="operator-1", account="zahra.old")
    return officer, second


def test_a_stale_page_gives_back_no_role_that_another_officer_took(
    console: Console, officers: tuple[RealBrowser, RealBrowser]
) -> None:
    officer, second = officers
    path = f"/people/{person(console).id}"
    stale = officer.page(path)
    assert sent(second, second.page(path), f"{path}/roles", role=["operator"]).status_code == 302
    answer = sent(officer, stale, f"{path}/roles", role=["operator", "approver", "mapping-administrator"])
    assert (answer.status_code, STALE in answer.text) == (422, True)
    assert person(console).roles == {Role.OPERATOR}
    assert 'value="approver" checked' not in answer.text
    assert sent(officer, answer.text, f"{path}/roles", role=["operator", "auditor"]).status_code == 422
    assert sent(officer, answer.text, f"{path}/roles", role=["approver"]).status_code == 302
    assert person(console).roles == {Role.APPROVER}


def test_a_stale_page_gives_back_no_body(console: Console, officers: tuple[RealBrowser, RealBrowser]) -> None:
    officer, second = officers
    console.member("secretary-1", "commission-secretary", bodies=("article-100", "article-77"))
    path = f"/people/{person(console, 'secretary-1').id}"
    stale, role = officer.page(path), ["commission-secretary"]
    assert sent(second, second.page(path), f"{path}/roles", role=role, body=["article-100"]).status_code == 302
    answer = sent(officer, stale, f"{path}/roles", role=[*role, "operator"], body=["article-100", "article-77"])
    assert answer.status_code == 422
    assert person(console, "secretary-1").bodies == {"article-100"}


@pytest.mark.long
@pytest.mark.parametrize("form", FORMS)
def test_no_form_of_a_stale_page_is_done(
    console: Console, officers: tuple[RealBrowser, RealBrowser], form: str
) -> None:
    officer, _ = officers
    path = f"/people/{person(console).id}"
    page = officer.page(path)
    if form == "provider":
        page = page.replace(f"{path}/link", f"{path}/provider")
    console.act("person.digest", login="operator-1", wanted=False)
    before = console.installation.store().people.all()
    answer = sent(officer, page, f"{path}/{form}", **FORMS[form])
    assert (answer.status_code, STALE in answer.text) == (422, True), answer.text[-2000:]
    assert console.installation.store().people.all() == before


def test_a_stale_page_activates_nobody_whom_another_officer_deactivated_again(
    console: Console, officers: tuple[RealBrowser, RealBrowser]
) -> None:
    officer, _ = officers
    path = f"/people/{person(console).id}"
    console.act("person.deactivate", login="operator-1")
    stale = officer.page(path)
    console.act("person.activate", login="operator-1")
    console.act("person.deactivate", login="operator-1")
    assert sent(officer, stale, f"{path}/activate").status_code == 422
    assert not person(console).active
    assert sent(officer, officer.page(path), f"{path}/activate").status_code == 302


def test_a_form_that_names_no_revision_is_stale(console: Console, officers: tuple[RealBrowser, RealBrowser]) -> None:
    """So is a page from before an upgrade."""
    officer, _ = officers
    path = f"/people/{person(console).id}"
    token = TOKEN.search(officer.page(path).partition("<main")[2])
    assert token is not None
    for revision in ({}, {"revision": ""}, {"revision": "one"}, {"revision": "9" * 40}, {"revision": "0"}):
        answer = officer.send(f"{path}/deactivate", csrf=token[1], reason="نامه", **revision)
        assert (answer.status_code, STALE in answer.text) == (422, True)
    assert person(console).active


def test_a_verb_may_say_which_revision_was_seen(console: Console, officers: tuple[RealBrowser, RealBrowser]) -> None:
    seen = person(console).revision
    console.act("person.roles", login="operator-1", roles=["operator"])
    acts: dict[str, dict[str, Any]] = {
        "person.roles": {"roles": ["operator", "approver"]},
        "person.bodies": {"bodies": []},
        "person.recover": {},
    }
    for name, asked in acts.items():
        with pytest.raises(GatewayError, match=r"people\.changed"):
            console.act(name, login="operator-1", revision=seen, **asked)
    assert person(console).roles == {Role.OPERATOR}
    console.act("person.roles", login="operator-1", roles=["operator", "approver"], revision=seen + 1)
    console.act("person.roles", login="operator-1", roles=["operator"])
    assert person(console).roles == {Role.OPERATOR}

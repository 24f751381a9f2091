"""Every route for every role: as the table in the documents says, and really asked.

No page shows anything of another body, by whatever route, id, filter or count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from openpyxl import load_workbook
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from adapters.console.route_reference import page
from adapters.console.site.access import Anybody, Everybody, Route, routes_of
from gateway.people.permissions import PERMISSIONS, Permission, Role
from gateway.store.stored import Admission
from tests.console.console_folder import with_draft
from tests.console.route_paths import NOT_OF_A_BODY, parameters_of, path_of, sample_ids
from tests.console.signed_in import BODY, Visitor

ROOT = Path(__file__).parents[2]
NOWHERE = "a-body-without-notices"
UNAVAILABLE = 503
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOT_READY = {"document.evidence"}
"""Routes that may wait for another part: an evidence file is made once the archive holds the notice."""
"""Status of an error page that says who must act, such as that of an evidence file without a time authority."""


def test_the_table_in_the_documents_is_that_of_the_server() -> None:
    """`make docs` writes it."""
    assert page() == (ROOT / "docs/reference/routes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("role", list(Role))
def test_each_route_answers_each_role_as_the_table_says(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor], role: Role
) -> None:
    ids = sample_ids(lived)
    for route in routes_of(lived_app):
        for method in route.methods:
            status = ask(visit(role), method, path_of(route, ids)).status_code
            if may(role, route):
                assert status not in (401, 403), f"{method} {route.path}"
                assert status < 500 or (status == UNAVAILABLE and route.endpoint in NOT_READY), f"{method} {route.path}"
            else:
                assert status == 403, f"{method} {route.path}"


@pytest.mark.long
def test_a_page_that_a_role_may_see_is_there(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor]
) -> None:
    """With the ids of the person's own body: a route that answers 404 to everybody would prove nothing."""
    with_draft(lived)
    ids = sample_ids(lived)
    for route in routes_of(lived_app):
        if "GET" in route.methods and isinstance(route.needed, Permission):
            for role in (role for role in Role if may(role, route)):
                status = visit(role).get(path_of(route, ids)).status_code
                # What another part is not ready for yet, such as an evidence file before the archive, says so.
                late = (422, UNAVAILABLE) if route.endpoint in NOT_READY else ()
                assert status in (200, 302, *late), f"{route.path} as {role}"


def test_no_form_is_taken_without_its_token(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor]
) -> None:
    """Also of those who may send it, and before signing in."""
    ids = sample_ids(lived)
    own = {"Sec-Fetch-Site": "same-origin"}
    for route in routes_of(lived_app):
        if "POST" not in route.methods:
            continue
        path = path_of(route, ids)
        for role in (role for role in Role if may(role, route)):
            client = visit(role).client
            assert client.post(path, headers=own).status_code == 403, path
            assert client.post(path, data={"csrf": "another"}, headers=own).status_code == 403, path
        if route.needed is Everybody:
            assert lived_app.test_client().post(path, data={"csrf": ""}, headers=own).status_code == 403, path


@pytest.mark.parametrize("role", [Role.COMMISSION_SECRETARY, Role.HEAD_OF_COMMISSION])
def test_nothing_of_another_body_has_an_address(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor], role: Role
) -> None:
    """A guessed reference of another body is the same as one that nobody has."""
    visitor = visit(role)
    own = sample_ids(lived)
    for other in {each.body for each in notices(lived)} - {BODY}:
        foreign = sample_ids(lived, other)
        for route in routes_of(lived_app):
            tried = parameters_of(route) - NOT_OF_A_BODY if may(role, route) else set()
            # Each by itself, too: a record of another body's notice below a notice of the own body.
            for names in [tried, *({name} for name in tried)] if tried else []:
                path = path_of(route, {**own, **{name: foreign[name] for name in names}})
                for method in route.methods:
                    assert ask(visitor, method, path).status_code == 404, f"{method} {path}"


@pytest.mark.parametrize("role", [Role.COMMISSION_SECRETARY, Role.HEAD_OF_COMMISSION])
def test_no_list_shows_anything_of_another_body(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor], role: Role
) -> None:
    """Neither by itself, nor by any value in any filter; in no CSV either."""
    visitor, found = visit(role), notices(lived)
    foreign = [each for each in found if each.body != BODY]
    marks = {each.entry.reference for each in foreign}
    for path in lists(lived_app, role, sample_ids(lived)):
        answer = visitor.get(path)
        assert marks & words(answer) == set(), path
        for query in filled(text_of(answer), foreign[0]):
            # The filter itself says the value again, and nothing else does.
            shown = words(visitor.get(f"{path}?{query}"), without_fields=True)
            assert marks & shown == set(), f"{path}?{query}"


@pytest.mark.parametrize("role", [Role.COMMISSION_SECRETARY, Role.HEAD_OF_COMMISSION])
def test_counts_are_of_the_own_bodies(
    lived_app: Flask, lived: Installation, visit: Callable[..., Visitor], role: Role
) -> None:
    """A person whose body has no notices sees no number but zero, and no row, though the store is full."""
    visitor, marks = visit(role, bodies={NOWHERE}), {each.entry.reference for each in notices(lived)}
    for path in lists(lived_app, role, sample_ids(lived)):
        answer = visitor.get(path)
        if answer.mimetype == "text/csv":
            assert len(answer.text.splitlines()) <= 1, path
        assert marks & words(answer) == set(), path
        assert {each for each in numbers(text_of(answer)) if each.strip("0۰–")} == set(), path


def may(role: Role, route: Route) -> bool:
    if route.needed in (Everybody, Anybody):
        return True
    return route.needed in PERMISSIONS[role]


def ask(visitor: Visitor, method: str, path: str) -> TestResponse:
    """Send a request of a page: a form with its token and nothing else."""
    return visitor.post(path) if method == "POST" else visitor.get(path)


def notices(installation: Installation) -> list[Admission]:
    return installation.store().notices.find(state=None, limit=1000, after=None)


def lists(app: Flask, role: Role, ids: dict[str, str]) -> Iterator[str]:
    """Yield the paths of a role's pages about no notice in particular; a draft is its writer's own."""
    of_no_notice = NOT_OF_A_BODY - {"draft"}
    for route in routes_of(app):
        is_list = isinstance(route.needed, Permission) and not parameters_of(route) - of_no_notice
        if is_list and "GET" in route.methods and may(role, route):
            yield path_of(route, ids)


def filled(page: str, foreign: Admission) -> Iterator[str]:
    """Yield queries that fill each field of a page's filters with values of a notice of another body."""
    values = {foreign.entry.reference, foreign.body, foreign.paper_number, foreign.case_number}
    for name in sorted(Fields.of(page)):
        for value in sorted(filter(None, values)):
            yield urlencode({name: value})


def words(answer: TestResponse, *, without_fields: bool = False) -> set[str]:
    """Return the words of a response, which may be a page or a file."""
    text = text_of(answer)
    return set(re.findall(r"[\w-]+", re.sub(r"<input[^>]*>", "", text) if without_fields else text))


def text_of(answer: TestResponse) -> str:
    """Return the text of a page or a file; of a spreadsheet, that of its cells."""
    if answer.mimetype != SHEET:
        return answer.text
    sheets = load_workbook(BytesIO(answer.data)).worksheets
    return " ".join(str(cell) for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row)


def numbers(page: str) -> list[str]:
    """Return the large numbers of a page."""
    found = re.search(r'<ul class="numbers">.*?</ul>', page, re.DOTALL)
    return re.findall(r"<strong>([^<]*)</strong>", found[0]) if found else []


class Fields(HTMLParser):
    """Reader of the names of fields in forms that only read."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self._reads = False

    @classmethod
    def of(cls, page: str) -> set[str]:
        fields = cls()
        fields.feed(page)
        return fields.names

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form":
            self._reads = (named.get("method") or "get").lower() == "get"
        elif tag in ("input", "select") and self._reads and (name := named.get("name")):
            self.names.add(name)

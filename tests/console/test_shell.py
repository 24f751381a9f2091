"""Rules of every page: access, headers, forms of this site alone, languages, errors."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from adapters.console.site.access import Everybody, routes_of
from adapters.console.site.security import HEADERS, inner_address
from gateway.people.permissions import Role
from tests.console.signed_in import CSRF, Visitor


def test_every_route_says_what_it_needs(lived_app: Flask) -> None:
    """A route without a word on its access would stop the start."""
    assert len(list(routes_of(lived_app))) > 5


def test_nobody_sees_a_page_before_signing_in(lived_app: Flask, anybody: FlaskClient) -> None:
    for route in routes_of(lived_app):
        if route.needed is Everybody or "<" in route.path or "GET" not in route.methods:
            continue
        answer = anybody.get(route.path)
        assert answer.status_code == 302, route.path
        assert answer.headers["Location"].startswith("/sign-in?next="), route.path


def test_each_answer_has_the_headers(anybody: FlaskClient) -> None:
    for path in ("/sign-in", "/nowhere", "/accessibility"):
        answer = anybody.get(path)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_form_of_another_site_does_nothing(visit: Callable[..., Visitor]) -> None:
    """Neither without the form token, nor with it from another site, nor from a browser that says nothing."""
    client = visit(Role.OPERATOR).client
    own = {"Sec-Fetch-Site": "same-origin"}
    assert client.post("/sign-out", data={"csrf": "another"}, headers=own).status_code == 403
    assert client.post("/sign-out", headers=own).status_code == 403
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://elsewhere.example"}, {}):
        assert client.post("/sign-out", data={"csrf": CSRF}, headers=headers).status_code == 403
    assert client.post("/sign-out", data={"csrf": CSRF}, headers=own).status_code == 302
    assert client.post("/sign-out", data={"csrf": CSRF}, headers={"Origin": "http://localhost"}).status_code == 302


def test_both_languages_and_directions(visit: Callable[..., Visitor]) -> None:
    persian = visit(Role.OPERATOR).page("/accessibility")
    english = visit(Role.OPERATOR, language="en").page("/accessibility")
    assert '<html lang="fa" dir="rtl">' in persian
    assert "دسترس‌پذیری" in persian
    assert '<html lang="en" dir="ltr">' in english
    assert "Accessibility" in english


def test_the_choice_of_a_language_leads_back(anybody: FlaskClient) -> None:
    answer = anybody.get("/language/en?next=/accessibility")
    assert answer.headers["Location"] == "/accessibility"
    assert "Accessibility" in anybody.get("/accessibility").text
    assert anybody.get("/language/xx").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "//evil.example",
        "https://evil.example/x",
        "/\\evil.example",
        "javascript:alert(1)",
        "x",
        "/a\nb",
        "",
        "//[",
        "http://[",
    ],
)
def test_no_address_leads_elsewhere(address: str) -> None:
    """An open redirect would lend our name to others."""
    assert inner_address(address) == "/"


def test_assets_are_kept_by_their_digest(anybody: FlaskClient) -> None:
    page = anybody.get("/sign-in").text
    address = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    style = anybody.get(address)
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    font = style.text.split('url("')[1].split('"')[0]
    assert anybody.get(font).data[:4] == b"wOF2"
    assert anybody.get("/assets/0000000000000000/console.css").status_code == 404
    assert anybody.get("/assets/0000000000000000/passwd").status_code == 404


def test_the_script_is_short_and_alone(anybody: FlaskClient) -> None:
    """No page has a script or style of its own: the policy would refuse it."""
    page = anybody.get("/sign-in").text
    assert page.count("<script") == 1
    assert "style=" not in page
    assert "<style" not in page
    script = anybody.get(page.split('<script src="')[1].split('"')[0]).text
    assert len(script.splitlines()) <= 300

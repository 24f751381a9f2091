"""A console whose people sign in by its pages, over a store of its own and a clock that is set by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.acts.act_message import Facts, Request
from adapters.acts.registry import perform
from adapters.composition.installation import Installation
from adapters.console.language.languages import COOKIE
from adapters.console.site.context import Parts
from adapters.people.passwords import Passwords
from gateway.operations.operator_action import NOT_AUTHENTICATED
from tests.console.lent_application import lent_application
from tests.manual_clock import ManualClock
from tests.people import CHEAP, PASSWORD

TOKEN = re.compile(r'name="csrf" value="([^"]+)"')
REVISION = re.compile(r'name="revision" value="(\d+)"')
_SECRET = re.compile(r'<bdi class="code" dir="ltr">([A-Z2-7 ]{32,})</bdi>')


@dataclass
class Console:
    """Console with real sessions."""

    installation: Installation
    clock: ManualClock
    app: Flask

    def act(self, name: str, /, **arguments: Any) -> Facts:
        """Do an act as on the command line."""
        self.clock.advance(seconds=1)
        request = Request(name=name, reason="نامه ۱۲۳", arguments=arguments)
        return perform(self.installation, request, "root", NOT_AUTHENTICATED)

    def browser(self) -> RealBrowser:
        return RealBrowser(self, self.app.test_client())

    def enrolled(self, login: str, one_time_code: str) -> RealBrowser:
        """Enrol an invited person by the pages; return the browser, which is signed in."""
        browser = self.browser()
        browser.see_offer(login, one_time_code)
        answer = browser.enrol(login, one_time_code, code=browser.code())
        assert answer.status_code == 302, answer.text[-2000:]
        self.clock.advance(seconds=30)
        return browser

    def officer(self, login: str = "officer-1") -> RealBrowser:
        """Return the browser of the first security officer."""
        facts = self.act("person.first", login=login, name="فاطمه نوری")
        return self.enrolled(login, facts["one_time_code"])

    def member(self, login: str, *roles: str, bodies: tuple[str, ...] = ()) -> RealBrowser:
        facts = self.act("person.add", login=login, name="زهرا کریمی", roles=list(roles), bodies=list(bodies))
        return self.enrolled(login, facts["one_time_code"])


@dataclass
class RealBrowser:
    """Browser, and the telephone of its person."""

    console: Console
    client: FlaskClient
    secret: str = ""

    def get(self, path: str) -> TestResponse:
        return self.client.get(path)

    def page(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.headers.get('Location')}"
        return answer.text

    def post(self, form: str, path: str, **fields: Any) -> TestResponse:
        """Send a form to ``path``, with the token of the page ``form`` and the revision that it shows."""
        page = self.page(form).partition("<main")[2]
        found, seen = TOKEN.search(page), REVISION.search(page)
        assert found is not None, form
        return self.send(path, csrf=found[1], **({} if seen is None else {"revision": seen[1]}), **fields)

    def send(self, path: str, **fields: Any) -> TestResponse:
        data = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.client.post(path, data=data, headers={"Sec-Fetch-Site": "same-origin"})

    def code(self) -> str:
        """Return what the person's telephone shows now."""
        return pyotp.TOTP(self.secret).at(self.console.clock())

    def see_offer(self, login: str, one_time_code: str) -> TestResponse:
        """Type the one-time code, and scan the picture."""
        answer = self.post("/welcome", "/welcome", login=login, one_time_code=one_time_code)
        self.scan(answer.text)
        return answer

    def scan(self, page: str) -> None:
        if found := _SECRET.search(page):
            self.secret = found[1].replace(" ", "")

    def enrol(
        self, login: str, one_time_code: str, *, code: str, password: str = PASSWORD, again: str | None = None
    ) -> TestResponse:
        repeated = password if again is None else again
        fields = {"login": login, "one_time_code": one_time_code, "password": password, "again": repeated, "code": code}
        return self.post("/welcome", "/welcome/enrol", **fields)

    def sign_in(
        self, login: str, password: str = PASSWORD, code: str | None = None, back: str = "/account"
    ) -> TestResponse:
        typed = self.code() if code is None else code
        answer = self.post("/sign-in", "/sign-in", login=login, password=password, code=typed, next=back)
        self.console.clock.advance(seconds=30)
        return answer

    @property
    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == 200

    @property
    def token(self) -> str:
        cookie = self.client.get_cookie("eblagh-session")
        return "" if cookie is None else cookie.value

    def speak(self, language: str) -> None:
        self.client.set_cookie(COOKIE, language)


@contextmanager
def real_console(config: Path, clock: ManualClock) -> Iterator[Console]:
    """Open the console of an installation, with cheap hashes of passwords."""
    with closing(replace(Installation.of(config), clock=clock)) as installation:
        made = Parts.of(installation)
        sessions = replace(made.sessions, passwords=Passwords(CHEAP))
        made = replace(
            made,
            sessions=sessions,
            enrolments=replace(made.enrolments, sessions=sessions),
            own_accounts=replace(made.own_accounts, sessions=sessions),
        )
        with lent_application(made) as app:
            yield Console(installation, clock, app)

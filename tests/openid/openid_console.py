"""A console that is registered at a provider, and browsers of people who sign in there."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.acts.act_message import Facts
from tests.console.real_people import Console
from tests.openid.provider_process import PUBLIC, Provider

RETURN: Final = "/sign-in/openid/return"
SESSION: Final = "__Host-eblagh-session"
PENDING: Final = "__Host-eblagh-openid"
_ONWARD: Final = re.compile(r'<meta http-equiv="refresh" content="0; url=([^"]+)">')
_CSRF: Final = re.compile(r'name="csrf" value="([^"]+)"')


@dataclass(frozen=True)
class OpenIdConsole:
    """Console, and the provider at which it is registered."""

    console: Console
    provider: Provider

    def act(self, name: str, /, **arguments: Any) -> Facts:
        return self.console.act(name, **arguments)

    def invite(self, login: str = "zahra", *roles: str) -> str:
        """Invite a person; return the one-time code."""
        facts = self.act("person.add", login=login, name="زهرا کریمی", roles=list(roles or ("operator",)))
        code: str = facts["one_time_code"]
        return code

    def linked(self, login: str = "zahra", account: str = "z-100", *roles: str) -> None:
        """Add a person whose account at the provider an administrator linked."""
        self.invite(login, *roles)
        self.act("person.provider", login=login, subject=account)

    def browser(self) -> Browser:
        return Browser(self, self.console.app.test_client())


@dataclass
class Browser:
    """Browser that speaks https, through a proxy, as all people's do."""

    at: OpenIdConsole
    client: FlaskClient
    headers: dict[str, str] = field(default_factory=lambda: {"Sec-Fetch-Site": "same-origin"})

    def get(self, path: str) -> TestResponse:
        return self.client.get(path, base_url=PUBLIC)

    def post(self, form: str, path: str, **fields: str) -> TestResponse:
        """Send a form with the token of the page ``form``."""
        found = _CSRF.search(self.get(form).text)
        assert found is not None, form
        return self.send(path, csrf=found[1], **fields)

    def send(self, path: str, **fields: str) -> TestResponse:
        data = {name.replace("_", "-"): value for name, value in fields.items()}
        return self.client.post(path, data=data, base_url=PUBLIC, headers=self.headers)

    def begin(self, back: str = "/account") -> str:
        """Begin a sign-in at the provider; return the address to which the page leads."""
        return onward(self.post("/sign-in", "/sign-in/openid", next=back))

    def begin_enrolment(self, login: str, one_time_code: str) -> str:
        return onward(self.post("/welcome", "/welcome/openid", login=login, one_time_code=one_time_code))

    def come_back(self, answer: dict[str, str]) -> TestResponse:
        return self.get(f"{RETURN}?{urlencode(answer)}")

    def sign_in(self, account: str = "z-100", back: str = "/account", **choices: str | list[str]) -> TestResponse:
        return self.come_back(self.at.provider.answer(self.begin(back), account, **choices))

    def cookie(self, name: str) -> str | None:
        found = self.client.get_cookie(name)
        return None if found is None else found.value

    @property
    def is_signed_in(self) -> bool:
        return self.get("/account").status_code == 200


def onward(answer: TestResponse) -> str:
    """Return the address to which a page leads on."""
    found = _ONWARD.search(answer.text)
    assert found is not None, f"{answer.status_code} {answer.text[-1500:]}"
    return html.unescape(found[1])

"""Browsers of signed-in people, without the pages of signing in."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from adapters.composition.installation import Installation
from adapters.console.language.languages import COOKIE
from adapters.console.pages_application import application
from adapters.console.site.context import Parts
from adapters.console.site.security import FORM_TOKEN
from adapters.people.sessions import Sessions
from gateway.people.login_session import Session
from gateway.people.permissions import BOUND, Role
from gateway.people.person import Person

BODY = "article-100"
CSRF = "form-token-of-a-test"


class KnownSessions(Sessions):
    """Sessions of whose tokens some are the role and the bodies of a person, for tests of pages alone."""

    def find(self, token: str, now: datetime, *, attended: bool = True) -> Session | None:
        name, _, bodies = token.partition("@")
        if name not in list(Role):
            return super().find(token, now)
        role = Role(name)
        person = Person(
            id=f"id-of-{role}",
            login=f"{role}-1",
            name="زهرا کریمی",
            roles=frozenset({role}),
            bodies=frozenset(bodies.split("+")) if bodies else frozenset(),
            active=True,
            created_at=now,
            changed_at=now,
        )
        return Session(
            id=f"session-of-{token}",
            person=person,
            csrf=CSRF,
            began_at=now,
            seen_at=now,
            ends_at=now + timedelta(hours=1),
        )


def pages_of(installation: Installation) -> Flask:
    """Return the application of an installation, whose people are signed in by the name of their role."""
    return application(known_parts(installation))


def known_parts(installation: Installation) -> Parts:
    """Return the parts of a console whose people are signed in by the name of their role."""
    made = Parts.of(installation)
    known = KnownSessions(**{part.name: getattr(made.sessions, part.name) for part in fields(made.sessions)})
    return replace(made, sessions=known)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Browser of a signed-in person."""

    client: FlaskClient

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def page(self, path: str, status: int = 200) -> str:
        """Return a page's text; its status is as expected."""
        answer = self.get(path)
        assert answer.status_code == status, f"{path}: {answer.status_code}\n{answer.text[-3000:]}"
        return answer.text

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form of this site, with its form token."""
        return self.client.post(path, data={FORM_TOKEN: CSRF, **fields}, headers={"Sec-Fetch-Site": "same-origin"})


def token_of(role: Role, bodies: Collection[str] | None = None) -> str:
    """Return the token of a person with one role, for `BODY` if the role needs a body."""
    own = bodies if bodies is not None else ({BODY} if role in BOUND else set())
    return f"{role}@{'+'.join(sorted(own))}" if own else str(role)


def visitor(app: Flask, role: Role, bodies: Collection[str] | None = None, language: str = "fa") -> Visitor:
    """Return a browser of such a person (`token_of`)."""
    client = app.test_client()
    client.set_cookie("eblagh-session", token_of(role, bodies))
    client.set_cookie("eblagh-form", CSRF)
    client.set_cookie(COOKIE, language)
    return Visitor(client)

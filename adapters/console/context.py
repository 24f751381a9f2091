"""What every view needs of the present request: the installation, the person, the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from flask import current_app, g, request

from adapters.composition.installation import Installation
from adapters.storage.sql_store import SqlStore
from gateway.people.login_session import NewSession, Session
from gateway.people.person import Person

_PARTS: Final = "eblagh"


class Sessions(Protocol):
    """Sessions of signed-in people (`adapters/people`)."""

    def begin(self, login: str, password: str, code: str, peer: str, now: datetime, device: str | None) -> NewSession:
        """Begin a session. Raises `GatewayError` ``people.*``."""
        ...

    def find(self, token: str, now: datetime) -> Session | None: ...

    def end(self, token: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of a console. ``secure`` is true if people reach it by https: then the browser sends its cookie by https
    only.
    """

    installation: Installation
    sessions: Sessions
    secure: bool

    @property
    def cookie(self) -> str:
        """Name of the cookie with a session's token."""
        return "__Host-eblagh-session" if self.secure else "eblagh-session"


def keep(parts: Parts) -> dict[str, Parts]:
    """Return the parts as an application of Flask keeps them."""
    return {_PARTS: parts}


def parts() -> Parts:
    kept: Parts = current_app.extensions[_PARTS]
    return kept


def installation() -> Installation:
    return parts().installation


def store() -> SqlStore:
    return parts().installation.store()


def now() -> datetime:
    """Return the time of the present request, which is one for the whole page."""
    if "now" not in g:
        g.now = parts().installation.clock()
    at: datetime = g.now
    return at


def find_session() -> Session | None:
    """Return the session of the present request's cookie, or None."""
    token = request.cookies.get(parts().cookie)
    return None if token is None else parts().sessions.find(token, now())


def session() -> Session:
    """Return the session of a request that has one."""
    found: Session = g.session
    return found


def person() -> Person:
    return session().person


def visible_bodies() -> frozenset[str] | None:
    """Return the bodies whose notices this person may see; None means all."""
    return person().visible_bodies

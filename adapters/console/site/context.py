"""Present request, as every view needs it: the installation, the person, the time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from flask import current_app, g, request

from adapters.composition.console.sign_in import (
    console_enrolments,
    console_sessions,
    openid_sign_in,
    own_accounts,
)
from adapters.composition.installation import Installation
from adapters.composition.overview.installation_overview import standstill_of
from adapters.console.site.heavy_requests import HeavyRequests
from adapters.crypto.keys.key_file import KeyFile
from adapters.people.enrolments import Enrolments
from adapters.people.openid.openid_sign_in import OpenIdSignIn
from adapters.people.own_accounts import OwnAccounts
from adapters.people.sessions import Sessions
from adapters.storage.sql_store import SqlStore
from gateway.operations.operator_action import by_console
from gateway.overview.notices.standstill import Standstill
from gateway.people.login_session import Session
from gateway.people.person import Person

_PARTS: Final = "eblagh"
_REFRESH: Final = "X-Refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Parts of a console. ``address`` is the https address of a proxy by which people reach it; None without one.

    ``listen`` is the address of its own listener; ``openid`` the sign-in at a provider, if there is one.
    """

    installation: Installation
    sessions: Sessions
    enrolments: Enrolments
    own_accounts: OwnAccounts
    address: str | None
    listen: str
    openid: OpenIdSignIn | None = None
    heavy: HeavyRequests = field(default_factory=HeavyRequests)

    @classmethod
    def of(cls, installation: Installation) -> Parts:
        """Return the parts for an installation. Raises `GatewayError` ``people.no-console``, ``people.key``."""
        section, sessions = installation.settings.configured_console, console_sessions(installation)
        enrolments = console_enrolments(installation, sessions)
        return cls(
            installation=installation,
            sessions=sessions,
            enrolments=enrolments,
            own_accounts=own_accounts(installation, sessions),
            address=section.public_url,
            listen=section.listen,
            openid=openid_sign_in(installation, enrolments),
        )

    @property
    def secure(self) -> bool:
        """True if people use https: then the browser sends its cookies by https only."""
        return self.address is not None

    @property
    def page_key(self) -> KeyFile:
        """Key of what a page gives to a browser and takes back (`uploads`, `filters`); all processes have it."""
        return self.sessions.attempts.key

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


def standstill() -> Standstill | None:
    """Return the reason for which no notice goes on by itself at the time of the present request, or None."""
    if "standstill" not in g:
        g.standstill = standstill_of(installation(), now())
    reason: Standstill | None = g.standstill
    return reason


def find_session() -> Session | None:
    """Return the session of the present request's cookie, or None.

    A part of a page that asks for itself again says so in a header: nobody need be there.
    """
    token = request.cookies.get(parts().cookie)
    attended = _REFRESH not in request.headers
    return None if token is None else parts().sessions.find(token, now(), attended=attended)


def session() -> Session:
    """Return the session of a request that has one."""
    found: Session = g.session
    return found


def person() -> Person:
    return session().person


def authentication() -> str:
    """Return the proof of this person's account, as records of acts name it."""
    return by_console(session().issuer)


def visible_bodies() -> frozenset[str] | None:
    """Return the bodies whose notices this person may see; None means all."""
    return person().visible_bodies

"""Construct the sign-in of people: the key of the console, sessions and enrolments."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from adapters.composition.installation import Installation
from adapters.crypto.keys.key_file import KeyFile
from adapters.people.attempts import Attempts
from adapters.people.enrolments import Enrolments
from adapters.people.own_accounts import OwnAccounts
from adapters.people.passwords import Passwords
from adapters.people.second_factors import SecondFactors
from adapters.people.sessions import Sessions
from gateway.people.login_session import SessionLimits

_NOTE: Final = (
    "Key of the console's second factors in the store. Secret: the same file on every machine of this store, never"
    " beside a copy of the database. Without it every person needs a new invitation."
)


def console_key(installation: Installation) -> KeyFile:
    """Return the key file of the console. Raises `GatewayError` ``people.no-console``."""
    path = installation.folder.path(installation.settings.configured_console.key)
    return KeyFile(path, use="console", note=_NOTE, code="people.key")


def second_factors(installation: Installation) -> SecondFactors:
    return SecondFactors(console_key(installation))


def console_sessions(installation: Installation) -> Sessions:
    """Return the sessions of the console; construct them once, since they hash a password at the beginning."""
    section, store, key = (
        installation.settings.configured_console,
        installation.store().sign_in,
        console_key(installation),
    )
    limits = SessionLimits(
        idle=timedelta(minutes=section.idle_minutes), absolute=timedelta(hours=section.session_hours)
    )
    return Sessions(
        store=store,
        passwords=Passwords(),
        second_factors=SecondFactors(key),
        attempts=Attempts(store, key),
        limits=limits,
        required=section.second_factor == "required",
    )


def console_enrolments(installation: Installation, sessions: Sessions) -> Enrolments:
    return Enrolments(store=installation.store(), sessions=sessions, origin=installation.settings.gateway.name)


def own_accounts(installation: Installation, sessions: Sessions) -> OwnAccounts:
    return OwnAccounts(store=installation.store(), sessions=sessions, origin=installation.settings.gateway.name)

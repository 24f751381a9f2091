"""Construct the sign-in of people: the key of the console, sessions, enrolments and the OpenID provider."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.crypto.keys.key_file import KeyFile
from adapters.http.tls import Tls
from adapters.people.attempts import Attempts
from adapters.people.enrolments import Enrolments
from adapters.people.openid.openid_sign_in import OpenIdSignIn
from adapters.people.openid.provider import Provider
from adapters.people.openid.registration import Registration
from adapters.people.own_accounts import OwnAccounts
from adapters.people.passwords import Passwords
from adapters.people.second_factors import SecondFactors
from adapters.people.sessions import Sessions
from gateway.people.login_session import SessionLimits
from gateway.runtime.errors import GatewayError
from gateway.runtime.plain_words import words_of

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

RETURN_PATH: Final = "/sign-in/openid/return"
"""Path to which an OpenID provider sends people back. The provider knows the whole address, and takes no other."""
SIGNED_OUT_PATH: Final = "/sign-in"

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


def openid_sign_in(installation: Installation, enrolments: Enrolments) -> OpenIdSignIn | None:
    """Return the sign-in at the OpenID provider, if one is configured; no call is made.

    Raises `GatewayError` ``config.unreadable`` for the file of its secret, ``key.unreadable`` for that of its key.
    """
    provider, section = openid_provider(installation), installation.settings.configured_console.openid
    if provider is None or section is None:
        return None
    return OpenIdSignIn(
        name=section.name or section.host,
        provider=provider,
        enrolments=enrolments,
        key=console_key(installation),
    )


def openid_provider(installation: Installation) -> Provider | None:
    """Return the provider at which the console is registered, if there is one. Raises as `openid_sign_in`."""
    console, folder = installation.settings.configured_console, installation.folder
    section = console.openid
    if section is None or console.public_url is None:
        return None
    address = console.public_url.rstrip("/")
    found = Registration(
        issuer=section.issuer,
        client_id=section.client_id,
        redirect_uri=f"{address}{RETURN_PATH}",
        signed_out_uri=f"{address}{SIGNED_OUT_PATH}",
        tls=Tls(anchors=None if section.anchors is None else folder.path(section.anchors)),
        timeout=timedelta(seconds=section.timeout_seconds),
        algorithms=tuple(section.algorithms),
        skew=timedelta(seconds=section.skew_seconds),
        subject_claim=section.subject_claim,
        secret=folder.secret(section.client_secret_file, "config.unreadable"),
        key=folder.secret(section.client_key, "key.unreadable"),
        key_algorithm=section.client_algorithm,
        second_factor=section.require_second_factor,
        amr=frozenset(section.second_factor_amr),
        acr=frozenset(section.second_factor_acr),
    )
    if section.client_secret_file is not None and not found.secret:
        raise GatewayError("config.unreadable", where=str(folder.path(section.client_secret_file)), detail="empty")
    try:
        found.assert_key()
    except ValueError as error:
        where = str(folder.path(section.client_key or ""))
        raise GatewayError("key.unreadable", where=where, detail=words_of(error)) from error
    return Provider(found)


def own_accounts(installation: Installation, sessions: Sessions) -> OwnAccounts:
    return OwnAccounts(store=installation.store(), sessions=sessions, origin=installation.settings.gateway.name)

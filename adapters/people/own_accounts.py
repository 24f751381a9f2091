"""Changes that people make to their own accounts: another password, another second factor."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from adapters.people.second_factors import AuthenticatorSetup
from adapters.people.sessions import Sessions
from gateway.operations import person_acts
from gateway.operations.operator_action import OperatorAction, by_console
from gateway.people.login_session import Session
from gateway.people.password_policy import LONGEST, assert_good, normal_form
from gateway.people.people_change import EncryptedSecret, Renewed
from gateway.people.person import Person
from gateway.people.sign_in_store import Credential
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store

_MAX_CODE: Final = 20
_MAX_OFFERED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Second factor that a person may take: the setup of the authenticator, and ``sealed``, its encrypted secret.

    The form repeats ``sealed``: nothing is stored before the person has shown a code.
    """

    setup: AuthenticatorSetup
    sealed: str = field(repr=False)


@dataclass(frozen=True)
class OwnAccounts:
    """Own accounts of one gateway, whose name in evidence is ``origin``. Each change asks for the present password."""

    store: Store
    sessions: Sessions
    origin: str

    def change_password(self, session: Session, present: str, new: str, now: datetime) -> str | None:
        """Change the password; all other sessions end, and no other browser is known any more.

        Return the token by which this browser is known.

        Raises `GatewayError` ``people.password``, ``people.password-*``, ``people.changed``; `SignInLocked`.
        """
        credential = self._verified(session, present, now)
        typed = normal_form(new[: 2 * LONGEST])
        assert_good(typed, session.person.login)
        return self._renew(session, credential, "person.password", now, hashed=self.sessions.passwords.hashed(typed))

    def offer(self, person: Person, sealed: str | None = None) -> Offer:
        """Return a new second factor, or the one that was offered as ``sealed`` before."""
        factors = self.sessions.second_factors
        secret = (_opened(sealed) if sealed else None) or factors.new_secret(person.id)
        return Offer(setup=factors.setup(secret, person.id, person.login), sealed=_sealed(secret))

    def renew_second_factor(self, session: Session, present: str, sealed: str, code: str, now: datetime) -> str | None:
        """Take the offered second factor, which shows ``code``; all other sessions end, as `change_password` does.

        Raises `GatewayError` ``people.password``, ``people.code``, ``people.changed``; `SignInLocked`.
        """
        credential = self._verified(session, present, now)
        secret = _opened(sealed)
        step = None
        if secret is not None and len(code) <= _MAX_CODE:
            step = self.sessions.second_factors.step_of(secret, session.person.id, code, now)
        if step is None:
            raise GatewayError("people.code")
        return self._renew(session, credential, "person.second-factor", now, secret=secret, step=step)

    def _verified(self, session: Session, present: str, now: datetime) -> Credential:
        """Return the credential of a person who typed the present password. Attempts have a counter of their own."""
        attempts, login = self.sessions.attempts, session.person.login
        subjects = attempts.of_own_account(session.person.id)
        attempts.assert_free(subjects, now)
        found = self.sessions.store.credential(login)
        typed = normal_form(present[: 2 * LONGEST])
        right = self.sessions.passwords.is_right(typed, found.password_hash if found else None)
        if found is None or not right:
            raise GatewayError("people.password")
        attempts.succeed(subjects)
        return found

    def _renew(
        self,
        session: Session,
        credential: Credential,
        name: str,
        now: datetime,
        *,
        hashed: str | None = None,
        secret: EncryptedSecret | None = None,
        step: int | None = None,
    ) -> str | None:
        renewed = Renewed(
            person=session.person.id,
            before=credential.password_hash,
            session=session.id,
            password_hash=credential.password_hash if hashed is None else hashed,
            second_factor=secret,
            last_step=step,
        )
        act = OperatorAction(
            name=name,
            account=session.person.login,
            reason="the person's own account",
            at=now,
            authentication=by_console(session.issuer),
        )
        person_acts.renew(self.store, session.person, renewed, act, self.origin)
        return self.sessions.new_device(session.person, now)


def _sealed(secret: EncryptedSecret) -> str:
    return f"{secret.key_id}.{base64.urlsafe_b64encode(secret.octets).decode()}"


def _opened(sealed: str) -> EncryptedSecret | None:
    """Return an offered secret as it came from the form, or None; it is verified when it is decrypted."""
    key_id, _, octets = sealed[:_MAX_OFFERED].partition(".")
    try:
        return EncryptedSecret(key_id=key_id, octets=base64.urlsafe_b64decode(octets))
    except (binascii.Error, ValueError):
        return None

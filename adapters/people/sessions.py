"""Sign-in of people, and their sessions."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Final

from adapters.people.attempts import Attempts
from adapters.people.passwords import Passwords
from adapters.people.second_factors import SecondFactors
from gateway.people.login_session import SEEN_EVERY, NewSession, Session, SessionLimits
from gateway.people.password_policy import LONGEST, normal_form
from gateway.people.person import LOGIN, Person, login_of
from gateway.people.sign_in_store import Credential, SessionStart, SignInStore
from gateway.runtime.errors import GatewayError

_TOKEN_OCTETS: Final = 32
_MAX_TOKEN: Final = 100
_MAX_LOGIN: Final = 200
_MAX_CODE: Final = 20


@dataclass(frozen=True)
class Sessions:
    """Begin, find and end sessions. ``required`` is True unless a person may sign in without a second factor."""

    store: SignInStore
    passwords: Passwords
    second_factors: SecondFactors
    attempts: Attempts
    limits: SessionLimits
    required: bool = True

    def begin(
        self, login: str, password: str, code: str, peer: str, now: datetime, device: str | None = None
    ) -> NewSession:
        """Sign a person in from the address ``peer``, and return a new session.

        ``code`` is that of the second factor. ``device`` is the token of a browser that is known from an earlier
        `NewSession`.

        Raises `GatewayError` ``people.sign-in``, which is the same for an unknown login, a wrong password, a wrong or
        used code, and an inactive person. `SignInLocked` after too many failures; ``people.key``, ``store.*``.
        """
        login = login_of(login[:_MAX_LOGIN])
        found = self.store.credential(login) if LOGIN.fullmatch(login) else None
        subjects = self.attempts.of_sign_in(login, found, device, peer, now)
        self.attempts.assert_free(subjects, now)
        typed = normal_form(password[: 2 * LONGEST])
        right = self.passwords.is_right(typed, found.password_hash if found else None)
        if found is None or not right or not found.person.active:
            raise GatewayError("people.sign-in")
        step = self._step(found, code, now)
        new_hash = self.passwords.hashed(typed) if self.passwords.is_outdated(found.password_hash) else None
        started = self.start(found.person, now, verified=found, step=step, new_hash=new_hash)
        self.attempts.succeed(subjects)
        return started

    def start(
        self,
        person: Person,
        now: datetime,
        *,
        verified: Credential | None = None,
        step: int | None = None,
        new_hash: str | None = None,
        issuer: str | None = None,
        subject: str | None = None,
    ) -> NewSession:
        """Begin the session of a person whose sign-in, or enrolment, was verified.

        ``verified`` is the credential that was verified. With an ``issuer``, this OpenID provider verified the sign-in,
        for its account ``subject``.

        Raises `GatewayError` ``people.sign-in`` if the code's ``step`` counted before, the credential has changed, or
        the person is not active.
        """
        token = secrets.token_urlsafe(_TOKEN_OCTETS)
        row = SessionStart(
            token_digest=_digest(token),
            id=secrets.token_hex(8),
            person=person.id,
            csrf=secrets.token_urlsafe(_TOKEN_OCTETS),
            began_at=now,
            ends_at=now + self.limits.absolute,
            generation=None if verified is None else verified.generation,
            step=step,
            new_hash=new_hash,
            issuer=issuer,
            subject=subject,
        )
        if not self.store.begin(row):
            raise GatewayError("people.sign-in")
        session = Session(
            id=row.id,
            person=person,
            csrf=row.csrf,
            began_at=now,
            seen_at=now,
            ends_at=row.ends_at,
            issuer=issuer,
        )
        device = None if verified is None else self.attempts.new_device(verified, now)
        return NewSession(token=token, device=device, session=session)

    def new_device(self, person: Person, now: datetime) -> str | None:
        """Return a token by which the browser is known at later sign-ins; None without a local account."""
        found = self.store.credential(person.login)
        return None if found is None else self.attempts.new_device(found, now)

    def find(self, token: str, now: datetime, *, attended: bool = True) -> Session | None:
        """Return the session of a token with its person's present roles, or None if it has ended.

        The time of this request is written, no more often than `SEEN_EVERY`; not that of one which a page makes by
        itself, ``attended`` by nobody: an open page keeps no session alive.
        """
        if not token or len(token) > _MAX_TOKEN:
            return None
        session = self.store.find(_digest(token))
        if session is None:
            return None
        # With a full disk people must still see what is wrong: a time that is not written ends the session sooner.
        with suppress(GatewayError):
            if session.is_over(now, self.limits):
                self.end(token)
            elif attended and now - session.seen_at >= SEEN_EVERY:
                self.store.see(_digest(token), now)
                session = replace(session, seen_at=now)
        return None if session.is_over(now, self.limits) else session

    def end(self, token: str) -> None:
        """End a session, if there is one with this token."""
        self.store.end(_digest(token))

    def _step(self, found: Credential, code: str, now: datetime) -> int | None:
        """Return the step of a right code; None if the person needs no second factor. Raises ``people.sign-in``."""
        if found.second_factor is None and not self.required:
            return None
        if found.second_factor is None or len(code) > _MAX_CODE:
            raise GatewayError("people.sign-in")
        step = self.second_factors.step_of(found.second_factor, found.person.id, code, now)
        if step is None:
            raise GatewayError("people.sign-in")
        return step


def _digest(token: str) -> str:
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

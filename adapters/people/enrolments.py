"""Enrolment: a person sets a password and a second factor by the one-time code of an invitation.

Nobody but the person ever knows the password. Whoever invites sees the code alone, once; it is not stored.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from adapters.people.second_factors import AuthenticatorSetup, SecondFactors
from adapters.people.sessions import Sessions
from gateway.notice.text import plain
from gateway.operations import person_acts
from gateway.operations.operator_action import BY_INVITATION, OperatorAction
from gateway.people.login_session import NewSession
from gateway.people.password_policy import LONGEST, assert_good, normal_form
from gateway.people.people_change import Enrolled, Invitation
from gateway.people.person import LOGIN, Person, login_of
from gateway.runtime.errors import GatewayError
from gateway.store.store import Store

VALID_FOR: Final = timedelta(days=3)
ALPHABET: Final = "ABCDEFGHJKMNPQRSTVWXYZ0123456789"
"""Letters and digits of a code: 32, so that each has five bits; without I, L, O and U (Crockford's Base32)."""
_CODE_LETTERS: Final = 20
_GROUP: Final = 5
_MAX: Final = 200
_ENROL: Final = "person.enrol"


def new_invitation(second_factors: SecondFactors, person: str, now: datetime) -> tuple[str, Invitation]:
    """Return a one-time code of 100 bits, and the invitation that it opens. Raises `GatewayError` ``people.key``."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(_CODE_LETTERS))
    invitation = Invitation(
        person=person,
        code_digest=_digest(letters),
        second_factor=second_factors.new_secret(person),
        ends_at=now + VALID_FOR,
    )
    return "-".join(letters[at : at + _GROUP] for at in range(0, _CODE_LETTERS, _GROUP)), invitation


@dataclass(frozen=True)
class Enrolments:
    """Enrolments of one gateway, whose name in evidence is ``origin``."""

    store: Store
    sessions: Sessions
    origin: str

    def offer(self, login: str, one_time_code: str, peer: str, now: datetime) -> AuthenticatorSetup:
        """Return the setup of the authenticator of whoever was invited with this code.

        Raises `GatewayError` ``people.enrolment``, which is the same for an unknown login and a wrong, used or ended
        code; `SignInLocked` after too many failures of ``peer``.
        """
        person, invitation = self.invited(login, one_time_code, peer, now)
        return self.sessions.second_factors.setup(invitation.second_factor, person.id, person.login)

    def enrol(self, login: str, one_time_code: str, password: str, code: str, peer: str, now: datetime) -> NewSession:
        """Set the password, and the second factor that shows ``code``; return the person's first session.

        The one-time code is used up. Where a second factor is optional, an empty ``code`` enrols without one.

        Raises `GatewayError` as `offer`; ``people.password-*`` and ``people.code``, after which the person may try
        again; ``store.*``.
        """
        person, invitation = self.invited(login, one_time_code, peer, now)
        typed = normal_form(password[: 2 * LONGEST])
        assert_good(typed, person.login)
        step = self._step(invitation, code, now)
        enrolled = Enrolled(
            person=person.id,
            code_digest=invitation.code_digest,
            password_hash=self.sessions.passwords.hashed(typed),
            last_step=step,
            at=now,
        )
        act = OperatorAction(
            name=_ENROL,
            account=person.login,
            reason="the person accepted the invitation",
            at=now,
            authentication=BY_INVITATION,
        )
        person_acts.enrol(self.store, person, enrolled, act, self.origin)
        return self.sessions.start(person, now, verified=self.sessions.store.credential(person.login))

    def invited(self, login: str, one_time_code: str, peer: str, now: datetime) -> tuple[Person, Invitation]:
        attempts, login = self.sessions.attempts, login_of(login[:_MAX])
        subjects = attempts.of_peer(peer)
        attempts.assert_free(subjects, now)
        found = self.sessions.store.invitation(login) if LOGIN.fullmatch(login) else None
        digest = _digest(_letters(one_time_code[:_MAX]))
        if found is None or not hmac.compare_digest(digest, found[1].code_digest) or now >= found[1].ends_at:
            raise GatewayError("people.enrolment")
        attempts.succeed(subjects)
        return found

    def _step(self, invitation: Invitation, code: str, now: datetime) -> int | None:
        if not code.strip() and not self.sessions.required:
            return None
        factors = self.sessions.second_factors
        step = factors.step_of(invitation.second_factor, invitation.person, code[:_MAX], now)
        if step is None:
            raise GatewayError("people.code")
        return step


def _letters(typed: str) -> str:
    """Return the letters of a typed code, whatever stands between them and however they are confused."""
    letters = plain(typed).upper().translate(str.maketrans("OIL", "011"))
    return "".join(each for each in letters if each in ALPHABET)


def _digest(letters: str) -> str:
    return sha256(letters.encode()).hexdigest()

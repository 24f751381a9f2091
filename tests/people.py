"""People for tests: sign-in over a store, with cheap hashes, and an authenticator that knows its secret."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Final

import pyotp
from argon2 import Parameters, Type

from adapters.crypto.keys.key_file import KeyFile
from adapters.people.attempts import Attempts
from adapters.people.enrolments import Enrolments, new_invitation
from adapters.people.passwords import Passwords
from adapters.people.second_factors import SecondFactors
from adapters.people.sessions import Sessions
from adapters.storage.sql_store import SqlStore
from gateway.operations import person_acts
from gateway.operations.operator_action import OperatorAction
from gateway.people.login_session import NewSession, SessionLimits
from gateway.people.people_change import EncryptedSecret
from gateway.people.permissions import Role
from gateway.people.person import Person
from tests.manual_clock import ManualClock

CHEAP: Final = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=64, parallelism=1
)
PASSWORD: Final = "کوه بلند دریای آرام"
PEER: Final = "192.0.2.7"
ORIGIN: Final = "city"


@dataclass
class Member:
    """Enrolled person, with the secret of the authenticator."""

    person: Person
    secret: str
    first: NewSession

    def code(self, now: datetime) -> str:
        return pyotp.TOTP(self.secret).at(now)


@dataclass(frozen=True)
class KnownSecrets(SecondFactors):
    """Second factors whose secrets are the same in each run: no code is right by chance."""

    numbers: Iterator[int] = field(default_factory=count)

    def new_secret(self, person: str) -> EncryptedSecret:
        known = b32encode(sha256(f"{person} {next(self.numbers)}".encode()).digest()[:20])
        octets = self.key.closed(known, [b"second factor", person.encode()])
        return EncryptedSecret(key_id=self.key.id, octets=octets)


class SignIn:
    """Sign-in over one store."""

    def __init__(self, store: SqlStore, clock: ManualClock, folder: Path, *, required: bool = True) -> None:
        self.store, self.clock = store, clock
        self.key = KeyFile(folder / "console.key", use="console", note="test", code="people.key")
        self.factors = KnownSecrets(self.key)
        self.sessions = self.with_passwords(Passwords(CHEAP), required=required)
        self.enrolments = Enrolments(store=store, sessions=self.sessions, origin=ORIGIN)

    def with_passwords(self, passwords: Passwords, *, required: bool = True) -> Sessions:
        return Sessions(
            store=self.store.sign_in,
            passwords=passwords,
            second_factors=self.factors,
            attempts=Attempts(self.store.sign_in, self.key),
            limits=SessionLimits(idle=timedelta(minutes=30), absolute=timedelta(hours=10)),
            required=required,
        )

    def act(self, name: str) -> OperatorAction:
        return OperatorAction(name=name, account="clerk", reason="نامه ۱۲۳", at=self.clock())

    def invite(
        self, login: str, *roles: Role, bodies: frozenset[str] = frozenset(), first: bool = False
    ) -> tuple[Person, str]:
        """Add a person; return the person and the one-time code."""
        self.clock.advance(seconds=1)
        now = self.clock()
        person = Person(
            id=f"p-{login}",
            login=login,
            name="زهرا احمدی",
            roles=frozenset(roles or {Role.OPERATOR}),
            bodies=bodies,
            active=True,
            created_at=now,
            changed_at=now,
        )
        code, invitation = new_invitation(self.factors, person.id, now)
        person_acts.add(self.store, person, invitation, self.act("person.add"), ORIGIN, first=first)
        return person, code

    def enrol(self, person: Person, one_time_code: str, password: str = PASSWORD) -> Member:
        """Enrol an invited person. The clock moves on to a step whose code has not counted."""
        setup = self.enrolments.offer(person.login, one_time_code, PEER, self.clock())
        code = pyotp.TOTP(setup.secret).at(self.clock())
        first = self.enrolments.enrol(person.login, one_time_code, password, code, PEER, self.clock())
        self.clock.advance(seconds=30)
        return Member(person=first.session.person, secret=setup.secret, first=first)

    def member(self, login: str, *roles: Role, bodies: frozenset[str] = frozenset()) -> Member:
        return self.enrol(*self.invite(login, *roles, bodies=bodies))

    def begin(
        self,
        member: Member,
        *,
        password: str = PASSWORD,
        code: str | None = None,
        peer: str = PEER,
        device: str | None = None,
    ) -> NewSession:
        typed = member.code(self.clock()) if code is None else code
        return self.sessions.begin(member.person.login, password, typed, peer, self.clock(), device=device)

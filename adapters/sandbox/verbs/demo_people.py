"""People of a demonstration: one of each role, all with one password that is printed once and stored nowhere."""

from __future__ import annotations

import secrets
from typing import Final

from adapters.composition.console.sign_in import console_enrolments, console_sessions
from adapters.composition.installation import Installation
from adapters.people.enrolments import new_invitation
from gateway.operations import person_acts
from gateway.operations.operator_action import OperatorAction
from gateway.people.permissions import BOUND, Role
from gateway.people.person import Person

LOGINS: Final = {
    Role.COMMISSION_SECRETARY: ("secretary", "زهرا کریمی"),
    Role.HEAD_OF_COMMISSION: ("head", "محمد رضایی"),
    Role.OPERATOR: ("operator", "علی حسینی"),
    Role.MAPPING_ADMINISTRATOR: ("mapping", "مریم احمدی"),
    Role.APPROVER: ("approver", "حسن موسوی"),
    Role.SECURITY_OFFICER: ("security", "فاطمه نوری"),
    Role.AUDITOR: ("auditor", "رضا صادقی"),
}
"""Login and name of each role's person."""

_LETTERS: Final = "abcdefghjkmnpqrstvwxyz"
"""Letters alone: digits in any number could by chance make a password that the policy refuses."""


def make_people(installation: Installation) -> str:
    """Give each person of the demonstration one new password, and return it. The second factor must be optional."""
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(5)) for _ in range(4))
    sessions = console_sessions(installation)
    enrolments = console_enrolments(installation, sessions)
    store, origin = installation.store(), installation.settings.gateway.name
    body = next(iter(installation.settings.bodies))
    for role, (login, name) in LOGINS.items():
        now = installation.clock()
        found = store.people.by_login(login)
        if found and not found.active:
            continue  # whoever tried the console deactivated this one
        act = OperatorAction(
            name="person.recover" if found else "person.add", account="demo", reason="a demonstration", at=now
        )
        person = found or Person(
            id=secrets.token_hex(8),
            login=login,
            name=name,
            roles=frozenset({role}),
            bodies=frozenset({body} if role in BOUND else ()),
            active=True,
            created_at=now,
            changed_at=now,
        )
        code, invitation = new_invitation(sessions.second_factors, person.id, now)
        if found:
            person_acts.recover(store, found, invitation, act, origin)
        else:
            person_acts.add(store, person, invitation, act, origin, first=False)
        sessions.end(enrolments.enrol(login, code, password, "", "", now).token)
    return password

"""Bulk acts of a test: a person who may act, drafts by a search, and what is on record of each notice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from adapters.storage.sql_store import SqlStore
from gateway.operations import bulk_control, person_acts
from gateway.operations.bulk_draft import Asked, draft
from gateway.operations.bulk_pass import BulkPolicy, do_bulk_acts
from gateway.operations.operator_action import BY_CONSOLE, OperatorAction
from gateway.people.people_change import EncryptedSecret, Invitation
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.clock import Clock
from gateway.runtime.may_continue import MayContinue, always
from gateway.runtime.pass_report import PassReport
from gateway.search.notice_query import NoticeQuery
from gateway.store.bulk_act import BulkAct, BulkDeed
from gateway.store.store import Store

from .conftest import SETTLE, Passes

EVERY = NoticeQuery(visible_bodies=None)
ORIGIN = "city"
BODY = "article-100"


def add_person(
    store: Store,
    at: datetime,
    role: Role = Role.OPERATOR,
    bodies: frozenset[str] = frozenset(),
    login: str = "zahra",
    id: str | None = None,
) -> Person:
    person = Person(
        id=id or f"id-{login}",
        login=login,
        name="زهرا کریمی",
        roles=frozenset({role}),
        bodies=bodies,
        active=True,
        created_at=at,
        changed_at=at,
    )
    secret = EncryptedSecret(key_id="key", octets=b"closed")
    invitation = Invitation(person=person.id, code_digest=f"digest of {login}", second_factor=secret, ends_at=at)
    act = OperatorAction(name="person.add", account="officer", reason="نامه ۱", at=at)
    person_acts.add(store, person, invitation, act, ORIGIN, first=False)
    return person


def admitted(passes: Passes, number: int) -> list[str]:
    """Admit notices; return their references in their order."""
    return sorted(entry.reference for entry in passes.admit(*map(str, range(number))))


@dataclass
class Bulk:
    """Bulk acts of one person on a store."""

    store: SqlStore
    clock: Clock
    person: Person
    policy: BulkPolicy = field(default_factory=lambda: BulkPolicy(origin=ORIGIN, settle_after=SETTLE, batch=3))

    def draft(self, deed: BulkDeed, query: NoticeQuery = EVERY, reason: str = "گواهی ثبت شد") -> BulkAct:
        asked = Asked(deed=deed, person=self.person, authentication=BY_CONSOLE, reason=reason, search="state=QUEUED")
        return draft(self.store, self.store.search, query, asked, self.clock, SETTLE)

    def act(self, name: str, account: str | None = None) -> OperatorAction:
        return OperatorAction(
            name=name,
            account=account or self.person.login,
            reason="گواهی ثبت شد",
            at=self.clock(),
            authentication=BY_CONSOLE,
        )

    def begin(self, bulk: BulkAct) -> BulkAct:
        return bulk_control.begin(self.store, bulk.id, self.act("bulk.begin"), ORIGIN)

    def begun(self, deed: BulkDeed, query: NoticeQuery = EVERY) -> BulkAct:
        return self.begin(self.draft(deed, query))

    def run(self, may_continue: MayContinue = always) -> PassReport:
        return do_bulk_acts(self.store, self.clock, self.policy, may_continue)

    def now(self, bulk: BulkAct) -> BulkAct:
        return bulk_control.found(self.store, bulk.id)

    def outcomes(self, bulk: BulkAct) -> dict[str, str | None]:
        return {each.reference: each.outcome for each in self.store.bulk_acts.notices(bulk.id, limit=1000)}

    def acts_on(self, reference: str, bulk: BulkAct) -> list[Mapping[str, Any]]:
        """Return the payloads of the acts on a notice that belong to a bulk act."""
        rows = self.store.evidence.of_notice(reference)
        read = [
            json.loads(self.store.evidence.payload(row.payload_digest))
            for row in rows
            if row.kind == EvidenceKind.PERSON_ACT
        ]
        return [each for each in read if each.get("bulk") == bulk.id]

    def record(self, id: str | None) -> Mapping[str, Any]:
        row = self.store.evidence.record(id or "")
        assert row is not None, id
        assert Header.of(row.header).kind is EvidenceKind.PERSON_ACT
        read: Mapping[str, Any] = json.loads(self.store.evidence.payload(row.payload_digest))
        return read


def only(times: int) -> MayContinue:
    """Return a `MayContinue` that says yes so many times."""
    left = iter(range(times))
    return lambda: next(left, None) is not None

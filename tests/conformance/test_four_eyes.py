"""Two accounts are two persons, or they are not: every pair of accounts, and everything that may come in between."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from adapters.storage.schema.version_tables import mapping_step
from adapters.storage.sql_store import SqlStore
from gateway.operations import person_acts
from gateway.operations.four_eyes import UNLINKED
from gateway.operations.operator_action import BY_CONSOLE, BY_KERNEL, NOT_AUTHENTICATED, OperatorAction, by_console
from gateway.people.permissions import Role
from gateway.people.person import Person
from gateway.runtime.errors import GatewayError
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions import version_actions
from tests.manual_clock import ManualClock
from tests.people import ORIGIN, SignIn

pytestmark = [pytest.mark.exhaustive(draw=["place"]), pytest.mark.long]

MARYAM, REZA = "maryam", "reza"
"""Logins of two persons, who both edit and approve mappings; ids are ``p-maryam`` and ``p-reza``."""

CONSOLE = {name: (name, BY_CONSOLE) for name in (MARYAM, REZA)}
AT_PROVIDER = {name: (name, by_console("https://login.example")) for name in (MARYAM, REZA)}
"""The same logins in sessions that began at an OpenID provider."""
OF_MARYAM, OF_REZA = ("m.os", BY_KERNEL), ("r.os", NOT_AUTHENTICATED)
"""Accounts of the operating system that are linked from the beginning."""
NOBODYS, ANOTHERS = ("x.os", BY_KERNEL), ("y.os", NOT_AUTHENTICATED)
"""Accounts of the operating system that nobody is linked to."""
SAME_NAME = (MARYAM, BY_KERNEL)
"""Account of the operating system that has the name of a login, and is not linked."""

Account = tuple[str, str]


@dataclass
class Life:
    """Store with two persons, and what happens in it."""

    people: SignIn
    numbers: count[int]

    @property
    def store(self) -> SqlStore:
        return self.people.store

    def act(self, name: str, account: Account) -> OperatorAction:
        self.people.clock.advance(seconds=1)
        return OperatorAction(
            name=name, account=account[0], authentication=account[1], reason="نامه ۱۲", at=self.people.clock()
        )

    def submitted(self, account: Account) -> MappingVersion:
        octets = f"# {next(self.numbers)}".encode()
        made = self.act("mapping.import", account)
        version = version_actions.import_version(self.store, octets, "view", "columns", made, ORIGIN).version
        return version_actions.submit(
            self.store, version, "columns", self.act("mapping.submit", account), ORIGIN
        ).version

    def approve(self, version: MappingVersion, account: Account) -> dict[str, str]:
        """Approve a version; return what evidence says of it."""
        version_actions.approve(self.store, version, self.act("mapping.approve", account), ORIGIN)
        step = self.store.versions.history(version.name, version.number)[-1]
        record = self.store.evidence.record(step.evidence_id)
        assert record is not None
        octets = self.store.evidence.payload(record.payload_digest)
        for personal in (account[0], "p-maryam", "p-reza"):
            assert personal not in record.header.decode()
        return dict(json.loads(octets))

    def person(self, login: str) -> Person:
        found = self.store.people.by_login(login)
        assert found is not None
        return found

    def link(self, login: str, account: Account) -> None:
        assert person_acts.link(self.store, self.person(login), account[0], self._officer("person.link"), ORIGIN)

    def unlink(self, login: str, account: Account) -> None:
        assert person_acts.unlink(self.store, self.person(login), account[0], self._officer("person.link"), ORIGIN)

    def deactivate(self, login: str) -> None:
        assert person_acts.deactivate(self.store, self.person(login), self._officer("person.deactivate"), ORIGIN)

    def activate(self, login: str) -> None:
        assert person_acts.activate(self.store, self.person(login), self._officer("person.activate"), ORIGIN)

    def forget_how_accounts_are_known(self) -> None:
        """Leave the steps as an earlier program wrote them."""
        earlier = update(mapping_step).values(authentication=None, person=None)
        self.store._database.write(lambda c: c.execute(earlier))

    def _officer(self, name: str) -> OperatorAction:
        return self.act(name, ("officer", BY_CONSOLE))


@pytest.fixture
def life(store: SqlStore, tmp_path: Path) -> Life:
    people = SignIn(store, ManualClock(), tmp_path)
    for login in (MARYAM, REZA):
        people.invite(login, Role.MAPPING_ADMINISTRATOR, Role.APPROVER)
    made = Life(people, count(1))
    made.link(MARYAM, OF_MARYAM)
    made.link(REZA, OF_REZA)
    return made


Between = Callable[[Life], None]


def nothing(_life: Life) -> None: ...


def handed_over(life: Life) -> None:
    """Link Maryam's account to Reza."""
    life.unlink(MARYAM, OF_MARYAM)
    life.link(REZA, OF_MARYAM)


@dataclass(frozen=True)
class Row:
    """Row of the table: who submits, what comes in between, who approves, and the verdict.

    The verdict is a code without its area, or the two persons that are counted.
    """

    submitter: Account
    between: Between
    approver: Account
    verdict: str | tuple[str, str]


TWO = ("p-maryam", "p-reza")
SAME, UNKNOWN, INACTIVE = "same-person", "unlinked-account", "inactive-person"

TABLE: Sequence[Row] = (
    # Two logins, or linked accounts, are their persons.
    Row(CONSOLE[MARYAM], nothing, CONSOLE[REZA], TWO),
    Row(CONSOLE[MARYAM], nothing, CONSOLE[MARYAM], SAME),
    Row(CONSOLE[MARYAM], nothing, OF_REZA, TWO),
    Row(CONSOLE[MARYAM], nothing, OF_MARYAM, SAME),
    Row(OF_MARYAM, nothing, CONSOLE[REZA], TWO),
    Row(OF_MARYAM, nothing, CONSOLE[MARYAM], SAME),
    Row(OF_MARYAM, nothing, OF_REZA, TWO),
    Row(OF_MARYAM, nothing, OF_MARYAM, SAME),
    # A login is its person's, wherever the session began.
    Row(AT_PROVIDER[MARYAM], nothing, CONSOLE[REZA], TWO),
    Row(AT_PROVIDER[MARYAM], nothing, CONSOLE[MARYAM], SAME),
    Row(CONSOLE[MARYAM], nothing, AT_PROVIDER[MARYAM], SAME),
    Row(OF_MARYAM, nothing, AT_PROVIDER[MARYAM], SAME),
    Row(NOBODYS, nothing, AT_PROVIDER[REZA], UNKNOWN),
    # An account that is nobody's counts beside another such account alone.
    Row(NOBODYS, nothing, ANOTHERS, (UNLINKED, UNLINKED)),
    Row(NOBODYS, nothing, NOBODYS, SAME),
    Row(NOBODYS, nothing, CONSOLE[REZA], UNKNOWN),
    Row(CONSOLE[REZA], nothing, NOBODYS, UNKNOWN),
    Row(NOBODYS, nothing, OF_REZA, UNKNOWN),
    Row(OF_REZA, nothing, NOBODYS, UNKNOWN),
    # A login and an account of the operating system of the same name are two accounts, and nobody knows whose.
    Row(CONSOLE[MARYAM], nothing, SAME_NAME, UNKNOWN),
    Row(SAME_NAME, nothing, CONSOLE[MARYAM], UNKNOWN),
    Row(SAME_NAME, lambda life: life.link(REZA, SAME_NAME), CONSOLE[MARYAM], ("p-reza", "p-maryam")),
    # Linked after the submission: judged by the link.
    Row(NOBODYS, lambda life: life.link(MARYAM, NOBODYS), CONSOLE[REZA], TWO),
    Row(NOBODYS, lambda life: life.link(MARYAM, NOBODYS), CONSOLE[MARYAM], SAME),
    Row(NOBODYS, lambda life: life.link(MARYAM, NOBODYS), OF_MARYAM, SAME),
    Row(NOBODYS, lambda life: life.link(MARYAM, NOBODYS), ANOTHERS, UNKNOWN),
    Row(CONSOLE[MARYAM], lambda life: life.link(MARYAM, ANOTHERS), ANOTHERS, SAME),
    Row(CONSOLE[MARYAM], lambda life: life.link(REZA, ANOTHERS), ANOTHERS, TWO),
    # Unlinked, or linked to somebody else, after the submission: who was counted then still counts.
    Row(OF_MARYAM, lambda life: life.unlink(MARYAM, OF_MARYAM), CONSOLE[MARYAM], SAME),
    Row(OF_MARYAM, lambda life: life.unlink(MARYAM, OF_MARYAM), CONSOLE[REZA], UNKNOWN),
    Row(OF_MARYAM, lambda life: life.unlink(MARYAM, OF_MARYAM), NOBODYS, UNKNOWN),
    Row(OF_MARYAM, handed_over, CONSOLE[MARYAM], SAME),
    Row(OF_MARYAM, handed_over, CONSOLE[REZA], SAME),
    # Deactivated in between: what was done stays done; nobody who is inactive approves.
    Row(CONSOLE[MARYAM], lambda life: life.deactivate(MARYAM), CONSOLE[REZA], TWO),
    Row(OF_MARYAM, lambda life: life.deactivate(MARYAM), OF_REZA, TWO),
    Row(CONSOLE[MARYAM], lambda life: life.deactivate(REZA), OF_REZA, INACTIVE),
    Row(CONSOLE[MARYAM], lambda life: life.deactivate(MARYAM), OF_MARYAM, INACTIVE),
    Row(OF_MARYAM, lambda life: life.deactivate(MARYAM), NOBODYS, UNKNOWN),
    # Steps of earlier programs: accounts of the operating system, compared by the links of now.
    Row(OF_MARYAM, Life.forget_how_accounts_are_known, CONSOLE[REZA], TWO),
    Row(OF_MARYAM, Life.forget_how_accounts_are_known, CONSOLE[MARYAM], SAME),
    Row(NOBODYS, Life.forget_how_accounts_are_known, ANOTHERS, (UNLINKED, UNLINKED)),
    Row(NOBODYS, Life.forget_how_accounts_are_known, NOBODYS, SAME),
    Row(NOBODYS, Life.forget_how_accounts_are_known, CONSOLE[REZA], UNKNOWN),
)


@pytest.mark.parametrize("row", TABLE, ids=range(len(TABLE)))
def test_the_table(life: Life, row: Row) -> None:
    version = life.submitted(row.submitter)
    row.between(life)
    if isinstance(row.verdict, str):
        with pytest.raises(GatewayError) as caught:
            life.approve(version, row.approver)
        assert caught.value.code == f"mapping-life.{row.verdict}"
        assert not any(name in str(caught.value) for name in (row.submitter[0], row.approver[0]) if ".os" in name)
        assert version_actions.find(life.store.versions, version.label).state is MappingState.SUBMITTED
        return
    told = life.approve(version, row.approver)
    assert (told["submitted_by_person"], told["approved_by_person"]) == row.verdict
    assert (told["submitted_by"], told["account"]) == (row.submitter[0], row.approver[0])
    assert version_actions.find(life.store.versions, version.label).state is MappingState.APPROVED


def test_the_steps_say_how_each_account_is_known(life: Life) -> None:
    life.approve(life.submitted(CONSOLE[MARYAM]), OF_REZA)
    steps = life.store.versions.history("view", 1)
    assert {step.authentication for step in steps[:-1]} == {BY_CONSOLE}
    assert (steps[-1].authentication, steps[-1].person) == (NOT_AUTHENTICATED, "p-reza")
    assert [step.person for step in steps] == [None, None, "p-maryam", "p-maryam", "p-reza"]


def test_who_is_inactive_submits_nothing(life: Life) -> None:
    life.deactivate(MARYAM)
    with pytest.raises(GatewayError, match=r"\[mapping-life\.inactive-person\]"):
        life.submitted(OF_MARYAM)
    life.activate(MARYAM)
    assert life.submitted(OF_MARYAM).state is MappingState.SUBMITTED


def test_a_login_that_is_nobodys_counts_as_nobody(life: Life) -> None:
    """No session has one; if a person's row were lost, the account would not count as another person's."""
    with pytest.raises(GatewayError, match=r"\[people\.unknown\]"):
        life.submitted(("nobody", BY_CONSOLE))


def test_of_two_approvals_one_counts(life: Life) -> None:
    """Both saw the submitted version; the second one writes nothing."""
    version = life.submitted(CONSOLE[MARYAM])
    life.approve(version, CONSOLE[REZA])
    with pytest.raises(GatewayError, match=r"\[mapping-life\.moved\]"):
        life.approve(version, OF_REZA)

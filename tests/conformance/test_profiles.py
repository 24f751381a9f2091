"""The life of a profile's version in a store: that of a mapping, with the judiciary's destination in a source's place.

What both have in common is in `test_mappings.py`.
"""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import update

from adapters.storage.schema.version_tables import mapping_version
from adapters.storage.sql_store import SqlStore
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.record.version_subject import Subject
from gateway.runtime.errors import GatewayError
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions import version_actions
from gateway.versions.bundle import bundled, unbundled
from gateway.versions.succession import begun
from gateway.versions.version_in_force import InForce

from .builders import at

NAME, JUDICIARY = "sana", "court"
PROFILE = Subject.PROFILE


def octets(number: int) -> bytes:
    return bundled({"profile.toml": f"format = {number}\n".encode()})


def act(name: str, account: str = "maryam", **later: float) -> OperatorAction:
    return OperatorAction(name=f"profile.{name}", account=account, reason="چون قرارداد عوض شد", at=at(**later))


def approved(store: SqlStore, number: int = 1) -> MappingVersion:
    action = act("import", minutes=number)
    version = version_actions.import_version(store, octets(number), NAME, "bound", action, "city", PROFILE).version
    version = version_actions.submit(store, version, "bound", act("submit", minutes=number), "city").version
    return version_actions.approve(store, version, act("approve", "reza", minutes=number), "city").version


def activate(
    store: SqlStore, version: MappingVersion, begins: datetime | None = None, **later: float
) -> version_actions.Decided:
    action = act("activate", **later)
    present = version_actions.find(store.versions, version.label, PROFILE)
    return version_actions.activate(store, present, [JUDICIARY], begins or action.at, action, "city")


def current(store: SqlStore, moment: datetime) -> bytes | None:
    """Return the profile in force at a time; None if it is the configuration's."""
    found: InForce[bytes | None] = InForce(
        store.versions, lambda: moment, lambda version: version.octets, lambda _: None, PROFILE
    )
    return found.current(JUDICIARY)


def refused(code: str) -> object:
    return pytest.raises(GatewayError, match=rf"\[mapping-life\.{code}\]")


def test_a_profile_goes_the_way_of_a_mapping(store: SqlStore) -> None:
    version = approved(store)
    assert current(store, at(days=1)) is None
    activate(store, version, at(hours=2), minutes=5)
    assert current(store, at(hours=1)) is None
    assert current(store, at(hours=2)) == octets(1)
    found = version_actions.find(store.versions, NAME, PROFILE)
    assert (found.label, found.state, found.subject) == ("sana@1", MappingState.ACTIVE, PROFILE)
    assert [f"{step.event} {step.account}" for step in store.versions.history(NAME, 1)] == [
        "Import maryam",
        "Check maryam",
        "Check maryam",
        "Submission maryam",
        "Approval reza",
        "Activation maryam",
    ]


def test_what_comes_into_force_is_evidence_with_its_files(store: SqlStore) -> None:
    [decision] = activate(store, approved(store), at(days=1), minutes=5).activations
    record = store.evidence.record(decision.evidence_id)
    assert record is not None
    reported = Header.of(record.header)
    assert (reported.kind, reported.origin, reported.notice) == (EvidenceKind.PROFILE_ACTIVATED, JUDICIARY, None)
    assert unbundled(store.evidence.payload(reported.payload_digest)) == {"profile.toml": b"format = 1\n"}
    assert reported.context == {
        "profile": NAME,
        "profile_version": "1",
        "profile_digest": decision.digest,
        "from": "2026-02-04T08:30:00.000000Z",
    }


def test_the_account_that_submitted_cannot_approve(store: SqlStore) -> None:
    version = version_actions.import_version(store, octets(1), NAME, "bound", act("import"), "city", PROFILE).version
    version = version_actions.submit(store, version, "bound", act("submit", "reza"), "city").version
    with refused("same-person"):
        version_actions.approve(store, version, act("approve", "reza", minutes=1), "city")
    with refused("state"):
        activate(store, version, minutes=2)


def test_a_roll_back_goes_back_and_drops_what_was_planned(store: SqlStore) -> None:
    for number in (1, 2):
        activate(store, approved(store, number), minutes=10 + number)
    activate(store, approved(store, 3), at(days=2), minutes=13)
    done = version_actions.roll_back(store, JUDICIARY, act("rollback", minutes=20), "city", PROFILE)
    assert [each.label for each in done.activations] == ["sana@1"]
    assert [each.label for each in done.dropped] == ["sana@3"]
    assert current(store, at(days=3)) == octets(1)
    with refused("no-earlier"):
        version_actions.roll_back(store, JUDICIARY, act("rollback", minutes=21), "city", PROFILE)


def test_what_is_in_force_is_not_retired(store: SqlStore) -> None:
    activate(store, approved(store), minutes=5)
    with refused("in-force"):
        version_actions.retire(
            store, version_actions.find(store.versions, NAME, PROFILE), [JUDICIARY], act("retire", minutes=6), "city"
        )


def test_what_held_before_is_known_last_first_and_what_was_only_planned_is_not(store: SqlStore) -> None:
    for number in (1, 2):
        activate(store, approved(store, number), minutes=10 + number)
    activate(store, approved(store, 3), at(days=2), minutes=13)
    version_actions.roll_back(store, JUDICIARY, act("rollback", minutes=20), "city", PROFILE)
    held = begun(store.versions.activations(JUDICIARY, PROFILE), at(days=3))
    assert [each.label for each in held] == ["sana@1", "sana@2"]


def test_a_source_of_the_same_name_as_the_judiciary_is_another_thing(store: SqlStore) -> None:
    activate(store, approved(store), minutes=5)
    mapping = version_actions.import_version(store, b"# 1", "view", "columns", act("import"), "city").version
    mapping = version_actions.submit(store, mapping, "columns", act("submit"), "city").version
    mapping = version_actions.approve(store, mapping, act("approve", "reza"), "city").version
    action = act("activate", minutes=5)
    version_actions.activate(store, mapping, [JUDICIARY], action.at, action, "city")
    assert [each.label for each in store.versions.activations(JUDICIARY)] == ["view@1"]
    assert [each.label for each in store.versions.activations(JUDICIARY, PROFILE)] == ["sana@1"]


def test_a_name_is_of_one_subject(store: SqlStore) -> None:
    approved(store)
    with refused("other-subject"):
        version_actions.import_version(store, b"# 1", NAME, "columns", act("import"), "city")
    with refused("no-version"):
        version_actions.find(store.versions, NAME)


def test_octets_that_are_not_those_of_the_digest_are_not_spoken(store: SqlStore) -> None:
    activate(store, approved(store), minutes=5)
    store._database.write(lambda c: c.execute(update(mapping_version).values(octets=octets(2))))
    with refused("damaged"):
        current(store, at(hours=1))


def test_a_version_that_became_one_of_the_other_subject_is_not_spoken(store: SqlStore) -> None:
    activate(store, approved(store), minutes=5)
    store._database.write(lambda c: c.execute(update(mapping_version).values(subject=Subject.ROWS)))
    with refused("damaged"):
        current(store, at(hours=1))

"""The life of a mapping's version in a store: who may do what, what stays on record, and what is in force when."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from adapters.shipped.resources import CASE_MAPPING
from adapters.storage.schema.version_tables import mapping_version
from adapters.storage.sql_store import SqlStore
from gateway.mapping.compiler.compiler import compile_mapping
from gateway.mapping.model.mapper import FROM_FILE
from gateway.notice.notice import sha256
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, Header
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Changes, Payload
from gateway.store.version import MappingVersion
from gateway.store.version_state import MappingState
from gateway.versions import version_actions
from gateway.versions.version_in_force import InForce

from ..mappers import case_mapper
from .builders import at, evidence

NAME = "case-view-1"
_S = MappingState


def octets(number: int) -> bytes:
    return CASE_MAPPING.read_bytes() + f"# {number}\n".encode()


def act(name: str, account: str = "maryam", **later: float) -> OperatorAction:
    return OperatorAction(name=name, account=account, reason="چون ستون‌ها عوض شد", at=at(**later))


def imported(store: SqlStore, number: int = 1) -> MappingVersion:
    action = act("mapping.import", minutes=number)
    return version_actions.import_version(store, octets(number), NAME, "columns of cases", action, "city").version


def approved(store: SqlStore, number: int = 1) -> MappingVersion:
    version = imported(store, number)
    submitted = version_actions.submit(
        store, version, "columns of cases", act("mapping.submit", minutes=number), "city"
    ).version
    return version_actions.approve(store, submitted, act("mapping.approve", "reza", minutes=number), "city").version


def activate(
    store: SqlStore, version: MappingVersion, begins: datetime | None = None, **later: float
) -> version_actions.Decided:
    action = act("mapping.activate", **later)
    present = version_actions.find(store.versions, version.label)
    return version_actions.activate(store, present, ["cases"], begins or action.at, action, "city")


def roll_back(store: SqlStore, **later: float) -> str:
    return version_actions.roll_back(store, "cases", act("mapping.rollback", **later), "city").activations[0].label


def current(store: SqlStore, moment: datetime) -> str:
    """Return the mapping in force at a time, as evidence names it."""
    file = case_mapper({})

    def compiled(version: MappingVersion) -> object:
        program = compile_mapping(version.octets, version.label)
        return type(file)(program, {}, lambda _: None, str(version.number))

    found = InForce(store.versions, lambda: moment, compiled, lambda _: file).current("cases")  # type: ignore[arg-type]
    return f"{found.name}@{found.version}"


def header(store: SqlStore, id: str) -> Header:
    record = store.evidence.record(id)
    assert record is not None
    return Header.of(record.header)


def refused(code: str) -> object:
    return pytest.raises(GatewayError, match=rf"\[mapping-life\.{code}\]")


def test_a_version_goes_its_way_and_every_step_is_kept(store: SqlStore) -> None:
    version = approved(store)
    activate(store, version, minutes=5)
    found = version_actions.find(store.versions, NAME)
    assert (found.label, found.state, found.octets) == ("case-view-1@1", _S.ACTIVE, octets(1))
    steps = store.versions.history(NAME, 1)
    assert [f"{step.event} {step.after.state} {step.account}" for step in steps] == [
        "Import DRAFT maryam",
        "Check CHECKED maryam",
        "Check CHECKED maryam",
        "Submission SUBMITTED maryam",
        "Approval APPROVED reza",
        "Activation ACTIVE maryam",
    ]
    assert {step.reason for step in steps} == {"چون ستون‌ها عوض شد"}
    for step in steps:
        reported = header(store, step.evidence_id)
        assert (reported.kind, reported.context["authentication"]) == ("PERSON_ACT", "not authenticated by the gateway")
        assert "maryam" not in json.dumps(reported.context), "who acted stands in the payload alone"


def test_what_comes_into_force_is_evidence_with_its_octets(store: SqlStore) -> None:
    [decision] = activate(store, approved(store), at(days=1), minutes=5).activations
    reported = header(store, decision.evidence_id)
    assert reported.kind is EvidenceKind.MAPPING_ACTIVATED
    assert store.evidence.payload(reported.payload_digest) == octets(1)
    assert reported.context == {
        "mapping": NAME,
        "mapping_version": "1",
        "mapping_digest": decision.digest,
        "from": "2026-02-04T08:30:00.000000Z",
    }


def test_the_account_that_submitted_cannot_approve(store: SqlStore) -> None:
    version = version_actions.submit(store, imported(store), "columns", act("mapping.submit", "reza"), "city").version
    with refused("same-person"):
        version_actions.approve(store, version, act("mapping.approve", "reza", minutes=1), "city")
    assert version_actions.find(store.versions, NAME).state is _S.SUBMITTED
    assert (
        version_actions.approve(store, version, act("mapping.approve", minutes=2), "city").version.state is _S.APPROVED
    )


@pytest.mark.parametrize("state", [_S.DRAFT, _S.CHECKED, _S.SUBMITTED, _S.RETIRED])
def test_only_what_is_approved_comes_into_force(store: SqlStore, state: MappingState) -> None:
    checked = "" if state is _S.DRAFT else "columns of cases"
    version = version_actions.import_version(store, octets(1), NAME, checked, act("mapping.import"), "city").version
    if state is _S.SUBMITTED:
        version = version_actions.submit(store, version, checked, act("mapping.submit"), "city").version
    if state is _S.RETIRED:
        version = version_actions.retire(store, version, ["cases"], act("mapping.retire"), "city").version
    assert version.state is state
    with refused("state"):
        activate(store, version, minutes=1)
    assert store.versions.activations("cases") == []


def test_the_same_octets_are_one_version_and_others_the_next(store: SqlStore) -> None:
    first = imported(store, 1)
    again = version_actions.import_version(store, octets(1), NAME, "", act("mapping.import", hours=1), "city")
    assert (again.version, again.changed) == (first, False)
    assert imported(store, 2).label == "case-view-1@2"
    assert [each.number for each in store.versions.find(NAME)] == [1, 2]
    assert store.versions.find("another") == []
    with refused("no-version"):
        version_actions.find(store.versions, "case-view-1@3")


def test_without_an_activation_the_file_maps_and_a_later_one_waits_for_its_day(store: SqlStore) -> None:
    version = approved(store, 1)
    assert current(store, at(minutes=5)) == f"{NAME}@{FROM_FILE}"
    activate(store, version, minutes=5)
    activate(store, approved(store, 2), at(days=2), minutes=6)
    assert current(store, at(minutes=5)) == f"{NAME}@1"
    assert current(store, at(days=2) - timedelta(microseconds=1)) == f"{NAME}@1"
    assert current(store, at(days=2)) == f"{NAME}@2"


def test_a_roll_back_is_at_once_and_drops_what_was_planned(store: SqlStore) -> None:
    for number in (1, 2, 3):
        approved(store, number)
    activate(store, version_actions.find(store.versions, f"{NAME}@1"), minutes=5)
    activate(store, version_actions.find(store.versions, f"{NAME}@2"), minutes=6)
    activate(store, version_actions.find(store.versions, f"{NAME}@3"), at(days=2), minutes=7)
    assert current(store, at(minutes=7)) == f"{NAME}@2"
    done = version_actions.roll_back(store, "cases", act("mapping.rollback", minutes=8), "city")
    assert [each.label for each in done.activations] == [f"{NAME}@1"]
    assert [each.label for each in done.dropped] == [f"{NAME}@3"]
    assert current(store, at(minutes=7)) == f"{NAME}@1", "also by a clock behind that of the machine that decided"
    assert current(store, at(days=3)) == f"{NAME}@1"


def test_rolling_back_twice_goes_back_twice_and_no_farther(store: SqlStore) -> None:
    for number in (1, 2, 3):
        activate(store, approved(store, number), minutes=10 + number)
    assert roll_back(store, minutes=20) == f"{NAME}@2"
    assert roll_back(store, minutes=21) == f"{NAME}@1"
    with refused("no-earlier"):
        roll_back(store, minutes=22)
    activate(store, version_actions.find(store.versions, f"{NAME}@3"), minutes=23)
    assert roll_back(store, minutes=24) == f"{NAME}@1", "what was in force when it came, whatever was before that"


def test_a_roll_back_to_what_is_retired_is_refused(store: SqlStore) -> None:
    for number in (1, 2):
        activate(store, approved(store, number), minutes=10 + number)
    version_actions.retire(
        store, version_actions.find(store.versions, f"{NAME}@1"), ["cases"], act("mapping.retire", minutes=20), "city"
    )
    with refused("state"):
        roll_back(store, minutes=21)
    assert current(store, at(days=1)) == f"{NAME}@2"


def test_what_is_in_force_or_planned_is_not_retired(store: SqlStore) -> None:
    activate(store, approved(store, 1), minutes=10)
    activate(store, approved(store, 2), at(days=2), minutes=11)
    for number in (1, 2):
        with refused("in-force"):
            found = version_actions.find(store.versions, f"{NAME}@{number}")
            version_actions.retire(store, found, ["other", "cases"], act("mapping.retire", minutes=20), "city")
    retired = version_actions.retire(
        store, version_actions.find(store.versions, f"{NAME}@1"), ["cases"], act("mapping.retire", days=3), "city"
    ).version
    assert retired.state is _S.RETIRED


def test_nothing_comes_into_force_in_the_past(store: SqlStore) -> None:
    version = approved(store)
    with refused("past"):
        activate(store, version, at(minutes=4), minutes=5)


def test_whatever_is_committed_twice_stands_there_once(store: SqlStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """As after no answer to the first COMMIT."""
    commit = store.commit

    def committed_twice(changes: Changes) -> frozenset[str]:
        commit(changes)
        return commit(changes)

    monkeypatch.setattr(store, "commit", committed_twice)
    activate(store, approved(store, 1), minutes=5)
    activate(store, approved(store, 2), minutes=6)
    roll_back(store, minutes=7)
    version_actions.retire(
        store, version_actions.find(store.versions, f"{NAME}@2"), ["cases"], act("mapping.retire", minutes=8), "city"
    )
    assert [each.number for each in store.versions.activations("cases")] == [1, 2, 3]
    assert [each.seq for each in store.versions.find(NAME)] == [6, 6]
    assert [step.after.seq for step in store.versions.history(NAME, 2)] == list(range(7))
    assert store.tallies.counts()["admitted"] == 0


RIVALS: dict[str, tuple[Callable[[SqlStore], object], Callable[[SqlStore, MappingVersion], object]]] = {
    "two imports": (
        lambda store: imported(store, 8),
        lambda store, _: version_actions.import_version(
            store, octets(9), NAME, "", act("mapping.import", hours=1), "city"
        ),
    ),
    "approval and retirement": (
        lambda store: version_actions.retire(
            store,
            version_actions.find(store.versions, f"{NAME}@1"),
            ["cases"],
            act("mapping.retire", minutes=30),
            "city",
        ),
        lambda store, version: activate(store, version, hours=1),
    ),
    "two decisions": (
        lambda store: activate(store, version_actions.find(store.versions, f"{NAME}@2"), minutes=30),
        lambda store, version: activate(store, version, hours=1),
    ),
}


@pytest.mark.parametrize("rivals", RIVALS)
def test_of_two_acts_at_once_the_second_writes_nothing(store: SqlStore, rivals: str) -> None:
    approved(store, 1)
    approved(store, 2)
    first, second = RIVALS[rivals]
    commit = store.commit
    before: list[int] = []

    def overtaken(changes: Changes) -> frozenset[str]:
        store.commit = commit  # type: ignore[method-assign]
        first(store)
        before.append(store.log.size() + len(everything(store)))
        return commit(changes)

    version = store.versions.find(NAME)[0]
    store.commit = overtaken  # type: ignore[method-assign]
    with refused("moved"):
        second(store, version)
    assert store.log.size() + len(everything(store)) == before[0], "not even evidence"


def everything(store: SqlStore) -> list[object]:
    versions = store.versions.find()
    return [
        *versions,
        *store.versions.activations("cases"),
        *(step for each in versions for step in store.versions.history(each.name, each.number)),
    ]


def test_octets_that_are_not_those_of_the_digest_map_nothing(store: SqlStore) -> None:
    activate(store, approved(store), minutes=5)
    store._database.write(lambda c: c.execute(update(mapping_version).values(octets=b"# else")))
    with refused("damaged"):
        current(store, at(hours=1))


def in_force_by_file(store: SqlStore, number: int) -> version_actions.Named:
    """Build the record that intake makes of a mapping that the configuration names, as it maps its first rows."""
    named = version_actions.Named(name=NAME, octets=octets(number))
    record = evidence(
        f"mapping:cases:file {number}", kind=EvidenceKind.MAPPING_ACTIVATED, notice=None, payload=named.octets
    )
    store.commit(Changes(evidence=[record], payloads=[Payload(digest=sha256(named.octets), octets=named.octets)]))
    return named


def test_the_first_activation_is_rolled_back_to_what_the_configuration_names(store: SqlStore) -> None:
    named = in_force_by_file(store, 7)
    activate(store, approved(store, 1), minutes=10)
    action = act("mapping.rollback", minutes=20)
    (decision,) = version_actions.roll_back(store, "cases", action, "city", named=lambda: named).activations
    assert (decision.label, decision.restores) == (f"{NAME}@2", 0)
    assert current(store, at(days=1)) == f"{NAME}@2"
    steps = [step.event.value for step in store.versions.history(NAME, 2)]
    assert steps == ["Import", "Restoration"]
    with refused("no-earlier"):
        version_actions.roll_back(store, "cases", act("mapping.rollback", minutes=21), "city", named=lambda: named)


def test_no_file_is_put_in_force_by_a_roll_back_that_never_was(store: SqlStore) -> None:
    activate(store, approved(store, 1), minutes=10)
    edited = version_actions.Named(name=NAME, octets=octets(9))
    with refused("no-earlier"):
        version_actions.roll_back(store, "cases", act("mapping.rollback", minutes=20), "city", named=lambda: edited)
    assert current(store, at(days=1)) == f"{NAME}@1"

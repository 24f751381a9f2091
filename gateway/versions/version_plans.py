"""Plans of persons' acts on versions: the changes that an act writes, and its outcome, before anything is written.

A preview shows a plan, and `gateway.versions.version_actions` writes it: both are made by the same functions. A plan
is for the state that it was made on; if another act came between, nothing of it is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Generic, TypeVar

from gateway.notice.notice import sha256
from gateway.operations.four_eyes import UNLINKED, Counted, Signature, acting_person, assert_two_persons
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.record.version_subject import Subject
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.store import Store
from gateway.store.stored import Changes, MappingChange, Payload
from gateway.store.version import Activation, MappingStep, MappingVersion, moved
from gateway.store.version_state import FIRST, IllegalMappingStep, MappingEvent, MappingState
from gateway.versions.lineage import BEGUN_FROM
from gateway.versions.moved_report import Comparison
from gateway.versions.succession import BY_FILE, Ended, before, ended_by, in_force, planned

Outcome = TypeVar("Outcome", covariant=True)

_E = MappingEvent

_KINDS: Final = {
    Subject.ROWS: EvidenceKind.MAPPING_ACTIVATED,
    Subject.RESULTS: EvidenceKind.MAPPING_ACTIVATED,
    Subject.PROFILE: EvidenceKind.PROFILE_ACTIVATED,
    Subject.RULES: EvidenceKind.RULES_ACTIVATED,
    Subject.CALENDAR: EvidenceKind.CALENDAR_ACTIVATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Generic[Outcome]):
    """Act that is ready to be written: its ``changes``, None if it would change nothing; and its ``outcome``."""

    changes: Changes | None
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Version after an act; ``changed`` is False if it was so already."""

    version: MappingVersion
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Decisions of an act, one for each source; ``dropped`` are planned ones that will no longer begin.

    ``moved`` are the deadlines that a calendar moves; None for other subjects, and if they could not be compared.
    """

    activations: Sequence[Activation]
    dropped: Sequence[Activation]
    moved: Comparison | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Mapping that the configuration names, in force until the first activation.

    ``name`` is that of a version with the same ``octets``.
    """

    name: str
    octets: bytes = field(repr=False)


Moves = Callable[[MappingVersion], Comparison | None]
"""Comparison of the deadlines of served notices, as they are now, with those by a version."""


def nothing(version: MappingVersion) -> None:
    """Compare nothing: the subject moves no deadline."""


def find(store: VersionStore, label: str, subject: Subject = Subject.ROWS) -> MappingVersion:
    """Return a version by its label ``name@number``, or the newest by its name. Raises ``mapping-life.no-version``."""
    name, at, number = label.partition("@")
    versions = [each for each in store.find(name) if each.subject is subject]
    chosen = [each for each in versions if not at or str(each.number) == number]
    if not chosen:
        there = ", ".join(each.label for each in versions) or "no version of it"
        raise GatewayError("mapping-life.no-version", where=label, detail=f"there is {there}")
    return chosen[-1]


def plan_import(
    store: Store,
    octets: bytes,
    name: str,
    checked: str,
    act: OperatorAction,
    origin: str,
    subject: Subject = Subject.ROWS,
    begun_from: str = "",
) -> Planned[Done]:
    """Plan to store octets as the next version of ``name``; the same octets are stored once.

    ``checked`` lists passed checks, such as the presence of a mapping's columns; it is empty if one failed.
    ``begun_from`` is the version, or the file, that a person changed to make it. Raises ``mapping-life.other-subject``
    for a name of the other subject.
    """
    stored, new = _imported(store, octets, name, act, subject)
    if not new:
        return _unchanged(stored)
    steps = [(stored, _E.IMPORT, f"{BEGUN_FROM}{begun_from}" if begun_from else "")]
    if checked:
        steps.append((moved(stored, _E.CHECK), _E.CHECK, checked))
    return _step(steps, act, origin, "imported", new=stored)


def plan_submission(
    store: Store, version: MappingVersion, checked: str, act: OperatorAction, origin: str
) -> Planned[Done]:
    """Plan to submit a version for approval by another person; ``checked`` lists the checks that just passed.

    Raises ``mapping-life.state``, and as `gateway.operations.four_eyes.acting_person`.
    """
    if version.state is MappingState.SUBMITTED:
        return _unchanged(version)
    there = _moved(version, _E.CHECK)
    steps = [(there, _E.CHECK, checked), (_moved(there, _E.SUBMISSION), _E.SUBMISSION, "")]
    person = acting_person(store.people, act, version.label)
    about = {"submitted_by_person": person or UNLINKED}
    return _step(steps, act, origin, "submitted", person=person, about=about)


def plan_approval(
    store: Store, version: MappingVersion, act: OperatorAction, origin: str, checked: str = ""
) -> Planned[Done]:
    """Plan to approve a version that another person submitted; ``checked`` lists the checks that just passed, if any.

    Evidence names the two persons that were counted. Raises ``mapping-life.state``, and as
    `gateway.operations.four_eyes.assert_two_persons`.
    """
    approved = _moved(version, _E.APPROVAL)
    counted = two_persons(store, version, act)
    about = counted.about | {"submitted_by": submission(store.versions, version).account}
    return _step([(approved, _E.APPROVAL, checked)], act, origin, "approved", person=counted.second, about=about)


def two_persons(store: Store, version: MappingVersion, act: OperatorAction) -> Counted:
    """Return the persons that an approval counts: the submitter's and the approver's. Raises as `plan_approval`."""
    submitted = submission(store.versions, version)
    first = Signature(account=submitted.account, authentication=submitted.authentication, person=submitted.person)
    return assert_two_persons(store.people, first, act, version.label)


def submission(store: VersionStore, version: MappingVersion) -> MappingStep:
    """Return the step by which a version was submitted last."""
    history = store.history(version.name, version.number)
    return [step for step in history if step.event is _E.SUBMISSION][-1]


def plan_retirement(
    store: Store, version: MappingVersion, sources: Collection[str], act: OperatorAction, origin: str
) -> Planned[Done]:
    """Plan to retire a version that is neither in force nor planned for any of ``sources``, which are all.

    Raises ``mapping-life.in-force``, ``mapping-life.state``.
    """
    if version.state is MappingState.RETIRED:
        return _unchanged(version)
    retired = _moved(version, _E.RETIREMENT)
    for source in sources:
        standing = _standing(store.versions.activations(source, version.subject), act.at)
        if version.label in {each.label for each in standing}:
            raise GatewayError("mapping-life.in-force", where=version.label, detail=source)
    return _step([(retired, _E.RETIREMENT, "")], act, origin, "retired")


def plan_activation(
    store: Store,
    version: MappingVersion,
    sources: Sequence[str],
    begins_at: datetime,
    act: OperatorAction,
    origin: str,
    moves: Moves = nothing,
) -> Planned[Decided]:
    """Plan to put a version in force for sources from a time on; ``moves`` compares the deadlines that it moves.

    Raises ``mapping-life.past`` for a past time, ``mapping-life.state``; ``act.changed`` if the person saw other
    decisions that it replaces or drops, or other deadlines that it moves.
    """
    if begins_at < act.at:
        raise GatewayError("mapping-life.past", where=version.label, detail=timestamp(begins_at))
    return _decide(store, version, dict.fromkeys(sources), begins_at, act, origin, moves)


def plan_roll_back(
    store: Store,
    source: str,
    act: OperatorAction,
    origin: str,
    subject: Subject = Subject.ROWS,
    named: Callable[[], Named | None] = lambda: None,
    moves: Moves = nothing,
) -> Planned[Decided]:
    """Plan to put the previous version in force again, at once.

    Before the first activation, that is the one that the configuration names. It needs no approval if it is on record
    that it was in force.
    Raises ``mapping-life.no-earlier``, ``mapping-life.state`` if that version is retired; ``act.changed`` as
    `plan_activation`.
    """
    activations = store.versions.activations(source, subject)
    present = in_force(activations, act.at)
    earlier = before(activations, present) if present is not None else None
    if earlier is not None:
        version = find(store.versions, earlier.label, subject)
        return _decide(store, version, {source: earlier.number}, act.at, act, origin, moves)
    file = named() if present is not None else None
    if present is None or file is None or sha256(file.octets) == present.digest:
        raise GatewayError("mapping-life.no-earlier", where=source, detail=present.label if present else "")
    # Otherwise anybody who may edit the file could put it in force without a second person.
    if not store.evidence.is_recorded(_KINDS[subject], sha256(file.octets)):
        detail = f"{file.name}, which the configuration names, is not on record as ever in force"
        raise GatewayError("mapping-life.no-earlier", where=source, detail=detail)
    version, new = _imported(store, file.octets, file.name, act, subject)
    return _decide(store, version, {source: BY_FILE}, act.at, act, origin, moves, _E.RESTORATION, new=new)


def _standing(activations: Sequence[Activation], at: datetime) -> list[Activation]:
    """Return the decisions in force at a time, and those planned."""
    present = in_force(activations, at)
    return [*([present] if present else []), *planned(activations, at)]


def _imported(
    store: Store, octets: bytes, name: str, act: OperatorAction, subject: Subject
) -> tuple[MappingVersion, bool]:
    """Return the version of octets, and True if it is a new one, not stored yet."""
    digest, versions = sha256(octets), store.versions.find(name)
    for version in versions:
        if version.subject is not subject:
            raise GatewayError("mapping-life.other-subject", where=name, detail=f"a {version.subject.value}")
        if version.digest == digest:
            return version, False
    version = MappingVersion(
        subject=subject,
        name=name,
        number=len(versions) + 1,
        digest=digest,
        octets=octets,
        state=FIRST,
        seq=0,
        imported_at=act.at,
    )
    return version, True


def _decide(
    store: Store,
    version: MappingVersion,
    chosen: Mapping[str, int | None],
    begins_at: datetime,
    act: OperatorAction,
    origin: str,
    moves: Moves,
    event: MappingEvent = _E.ACTIVATION,
    *,
    new: bool = False,
) -> Planned[Decided]:
    """Plan decisions for the sources in ``chosen``, each with the number of the decision that it restores, if any."""
    active, found = _moved(version, event), moves(version)
    about = version.told | {"from": timestamp(begins_at)}
    detail = f"{', '.join(chosen)} from {timestamp(begins_at)}"
    activations, replaced, dropped, records = [], list[Activation](), list[Activation](), list[EvidenceRecord]()
    for source, restores in chosen.items():
        earlier = store.versions.activations(source, version.subject)
        ends = ended_by(earlier, begins_at, act.at)
        replaced += ends.replaced
        dropped += ends.dropped
        records.append(activation_record(version, source, act.at, origin, about))
        activations.append(
            Activation(
                subject=version.subject,
                source=source,
                number=len(earlier) + 1,
                mapping=version.name,
                version=version.number,
                digest=version.digest,
                begins_at=begins_at,
                decided_at=act.at,
                restores=restores,
                evidence_id=records[-1].id,
            )
        )
    ended = Ended(replaced=replaced, dropped=dropped).told | _moved_told(version, found)
    record, payload = act.record(
        version.label, origin=origin, outcome="activated", sources=", ".join(chosen), **about, **ended
    )
    steps = [_taken(version, _E.IMPORT, "", act, record)] if new else []
    change = MappingChange(
        versions=[version] if new else [],
        steps=[*steps, _taken(active, event, detail, act, record)],
        activations=activations,
    )
    octets = Payload(digest=version.digest, octets=version.octets)
    return Planned(
        changes=_changes(change, [*records, record], [payload, octets]),
        outcome=Decided(activations=activations, dropped=dropped, moved=found),
    )


def _moved_told(version: MappingVersion, found: Comparison | None) -> dict[str, str]:
    """Return the entry of the record of a decision that tells which deadlines a calendar moves."""
    if found is not None:
        return {"moved_digest": found.digest}
    return {"moved": "not compared"} if version.subject is Subject.CALENDAR else {}


def activation_record(
    version: MappingVersion, source: str, at: datetime, origin: str, about: dict[str, str]
) -> EvidenceRecord:
    """Return the record of a version that comes into force; its payload are the version's octets."""
    return evidence_record(
        id=f"{version.subject.value}:{source}:{version.digest}:{timestamp(at)}",
        kind=_KINDS[version.subject],
        notice=None,
        origin=source,
        destination=origin,
        event_time=at,
        recorded_at=at,
        payload_digest=version.digest,
        context=about,
    )


def _step(
    steps: Sequence[tuple[MappingVersion, MappingEvent, str]],
    act: OperatorAction,
    origin: str,
    outcome: str,
    new: MappingVersion | None = None,
    person: str | None = None,
    about: Mapping[str, str] = MappingProxyType({}),
) -> Planned[Done]:
    reached = steps[-1][0]
    record, payload = act.record(reached.label, origin=origin, outcome=outcome, **reached.told, **about)
    change = MappingChange(
        versions=[new] if new is not None else [],
        steps=[_taken(there, event, detail, act, record, person) for there, event, detail in steps],
    )
    return Planned(changes=_changes(change, [record], [payload]), outcome=Done(version=reached, changed=True))


def _taken(
    there: MappingVersion,
    event: MappingEvent,
    detail: str,
    act: OperatorAction,
    record: EvidenceRecord,
    person: str | None = None,
) -> MappingStep:
    return MappingStep(
        after=there,
        event=event,
        at=act.at,
        account=act.account,
        reason=act.reason,
        detail=detail,
        evidence_id=record.id,
        authentication=act.authentication,
        person=person,
    )


def _changes(change: MappingChange, evidence: Sequence[EvidenceRecord], payloads: Sequence[Payload]) -> Changes:
    return Changes(mappings=change, evidence=evidence, payloads=payloads, all_or_nothing=True)


def _unchanged(version: MappingVersion) -> Planned[Done]:
    return Planned(changes=None, outcome=Done(version=version, changed=False))


def _moved(version: MappingVersion, event: MappingEvent) -> MappingVersion:
    try:
        return moved(version, event)
    except IllegalMappingStep as error:
        raise GatewayError("mapping-life.state", where=version.label, detail=str(error)) from error

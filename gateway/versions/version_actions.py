"""Acts of persons on mappings and profiles: import, submit, approve, activate, retire, roll back; all on record.

An act is one transaction: steps of a version, decisions about sources, and the evidence of its author and reason. For a
version that comes into force it includes its octets as evidence. It applies to the state that the person saw; if
another act came between, nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gateway.notice.notice import sha256
from gateway.operations.operator_action import OperatorAction
from gateway.record.evidence_record import EvidenceKind, EvidenceRecord, evidence_record
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.store.ports.version_store import VersionStore
from gateway.store.store import Store
from gateway.store.stored import Changes, MappingChange, Payload
from gateway.store.version import Activation, MappingStep, MappingVersion, moved
from gateway.store.version_state import FIRST, IllegalMappingStep, MappingEvent, MappingState
from gateway.store.version_subject import Subject
from gateway.versions.succession import BY_FILE, before, in_force, planned

_E = MappingEvent

_KINDS = {
    Subject.ROWS: EvidenceKind.MAPPING_ACTIVATED,
    Subject.RESULTS: EvidenceKind.MAPPING_ACTIVATED,
    Subject.PROFILE: EvidenceKind.PROFILE_ACTIVATED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """Version after an act; ``changed`` is False if it was so already."""

    version: MappingVersion
    changed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """Decisions of an act, one for each source; ``dropped`` are planned ones that will no longer begin."""

    activations: Sequence[Activation]
    dropped: Sequence[Activation]


def find(store: VersionStore, label: str, subject: Subject = Subject.ROWS) -> MappingVersion:
    """Return a version by its label ``name@number``, or the newest by its name. Raises ``mapping-life.no-version``."""
    name, at, number = label.partition("@")
    versions = [each for each in store.find(name) if each.subject is subject]
    chosen = [each for each in versions if not at or str(each.number) == number]
    if not chosen:
        there = ", ".join(each.label for each in versions) or "no version of it"
        raise GatewayError("mapping-life.no-version", where=label, detail=f"there is {there}")
    return chosen[-1]


def import_version(
    store: Store,
    octets: bytes,
    name: str,
    checked: str,
    act: OperatorAction,
    origin: str,
    subject: Subject = Subject.ROWS,
    begun_from: str = "",
) -> Done:
    """Store octets as the next version of ``name``; the same octets are stored once.

    ``checked`` lists passed checks, such as the presence of a mapping's columns; it is empty if one failed.
    ``begun_from`` is the version, or the file, that a person changed to make it. Raises ``mapping-life.moved``, and
    ``mapping-life.other-subject`` for a name of the other subject.
    """
    digest, versions = sha256(octets), store.versions.find(name)
    for version in versions:
        if version.subject is not subject:
            raise GatewayError("mapping-life.other-subject", where=name, detail=f"a {version.subject.value}")
        if version.digest == digest:
            return Done(version=version, changed=False)
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
    steps = [(version, _E.IMPORT, f"begun from {begun_from}" if begun_from else "")]
    if checked:
        steps.append((moved(version, _E.CHECK), _E.CHECK, checked))
    return _step(store, steps, act, origin, "imported", new=version)


def submit(store: Store, version: MappingVersion, checked: str, act: OperatorAction, origin: str) -> Done:
    """Submit a version for approval by another person; ``checked`` lists the checks that just passed.

    Raises ``mapping-life.state``, ``mapping-life.moved``.
    """
    if version.state is MappingState.SUBMITTED:
        return Done(version=version, changed=False)
    there = _moved(version, _E.CHECK)
    return _step(
        store, [(there, _E.CHECK, checked), (_moved(there, _E.SUBMISSION), _E.SUBMISSION, "")], act, origin, "submitted"
    )


def approve(store: Store, version: MappingVersion, act: OperatorAction, origin: str, checked: str = "") -> Done:
    """Approve a version that another account submitted; ``checked`` lists the checks that just passed, if any.

    Raises ``mapping-life.same-person``, ``mapping-life.state``, ``mapping-life.moved``.
    """
    approved = _moved(version, _E.APPROVAL)
    history = store.versions.history(version.name, version.number)
    submitted = [step for step in history if step.event is _E.SUBMISSION][-1]
    if submitted.account == act.account:
        raise GatewayError("mapping-life.same-person", where=version.label)
    return _step(store, [(approved, _E.APPROVAL, checked)], act, origin, "approved")


def retire(store: Store, version: MappingVersion, sources: Collection[str], act: OperatorAction, origin: str) -> Done:
    """Retire a version that is neither in force nor planned for any of ``sources``, which are all.

    Raises ``mapping-life.in-force``, ``mapping-life.state``, ``mapping-life.moved``.
    """
    if version.state is MappingState.RETIRED:
        return Done(version=version, changed=False)
    retired = _moved(version, _E.RETIREMENT)
    for source in sources:
        if version.label in {
            each.label for each in _standing(store.versions.activations(source, version.subject), act.at)
        }:
            raise GatewayError("mapping-life.in-force", where=version.label, detail=source)
    return _step(store, [(retired, _E.RETIREMENT, "")], act, origin, "retired")


def activate(
    store: Store, version: MappingVersion, sources: Sequence[str], begins_at: datetime, act: OperatorAction, origin: str
) -> Decided:
    """Put a version in force for sources from a time on.

    Raises ``mapping-life.past`` for a past time, ``mapping-life.state``, ``mapping-life.moved``.
    """
    if begins_at < act.at:
        raise GatewayError("mapping-life.past", where=version.label, detail=timestamp(begins_at))
    return _decide(store, dict.fromkeys(sources, (version, None)), begins_at, act, origin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Mapping that the configuration names, in force until the first activation.

    ``name`` is that of a version with the same ``octets``.
    """

    name: str
    octets: bytes = field(repr=False)


def roll_back(
    store: Store,
    source: str,
    act: OperatorAction,
    origin: str,
    subject: Subject = Subject.ROWS,
    named: Callable[[], Named | None] = lambda: None,
) -> Decided:
    """Put the previous version in force again, at once.

    Before the first activation, that is the one that the configuration names. It needs no approval if it is on record
    that it was in force.
    Raises ``mapping-life.no-earlier``, ``mapping-life.state`` if that version is retired, ``mapping-life.moved``.
    """
    activations = store.versions.activations(source, subject)
    present = in_force(activations, act.at)
    earlier = before(activations, present) if present is not None else None
    if earlier is not None:
        version = find(store.versions, earlier.label, subject)
        return _decide(store, {source: (version, earlier.number)}, act.at, act, origin)
    file = named() if present is not None else None
    if present is None or file is None or sha256(file.octets) == present.digest:
        raise GatewayError("mapping-life.no-earlier", where=source, detail=present.label if present else "")
    # Otherwise anybody who may edit the file could put it in force without a second person.
    if not store.evidence.is_recorded(_KINDS[subject], sha256(file.octets)):
        detail = f"{file.name}, which the configuration names, is not on record as ever in force"
        raise GatewayError("mapping-life.no-earlier", where=source, detail=detail)
    version = import_version(store, file.octets, file.name, "", act, origin, subject).version
    return _decide(store, {source: (version, BY_FILE)}, act.at, act, origin, _E.RESTORATION)


def _standing(activations: Sequence[Activation], at: datetime) -> list[Activation]:
    """Return the decisions in force at a time, and those planned."""
    present = in_force(activations, at)
    return [*([present] if present else []), *planned(activations, at)]


def _decide(
    store: Store,
    chosen: dict[str, tuple[MappingVersion, int | None]],
    begins_at: datetime,
    act: OperatorAction,
    origin: str,
    event: MappingEvent = _E.ACTIVATION,
) -> Decided:
    (version, *_), *_ = chosen.values()
    active = _moved(version, event)
    about = version.told | {"from": timestamp(begins_at)}
    detail = f"{', '.join(chosen)} from {timestamp(begins_at)}"
    record, payload = act.record(version.label, origin=origin, outcome="activated", sources=", ".join(chosen), **about)
    activations, dropped, records = [], list[Activation](), list[EvidenceRecord]()
    for source, (_, restores) in chosen.items():
        earlier = store.versions.activations(source, version.subject)
        dropped += [each for each in planned(earlier, act.at) if each.begins_at >= begins_at]
        records.append(_activated(version, source, act.at, origin, about))
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
    step = MappingStep(
        after=active,
        event=event,
        at=act.at,
        account=act.account,
        reason=act.reason,
        detail=detail,
        evidence_id=record.id,
    )
    _commit(
        store,
        MappingChange(steps=[step], activations=activations),
        [*records, record],
        [payload, Payload(digest=version.digest, octets=version.octets)],
    )
    return Decided(activations=activations, dropped=dropped)


def _activated(
    version: MappingVersion, source: str, at: datetime, origin: str, about: dict[str, str]
) -> EvidenceRecord:
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
    store: Store,
    steps: Sequence[tuple[MappingVersion, MappingEvent, str]],
    act: OperatorAction,
    origin: str,
    outcome: str,
    new: MappingVersion | None = None,
) -> Done:
    reached = steps[-1][0]
    record, payload = act.record(reached.label, origin=origin, outcome=outcome, **reached.told)
    change = MappingChange(
        versions=[new] if new is not None else [],
        steps=[
            MappingStep(
                after=there,
                event=event,
                at=act.at,
                account=act.account,
                reason=act.reason,
                detail=detail,
                evidence_id=record.id,
            )
            for there, event, detail in steps
        ],
    )
    _commit(store, change, [record], [payload])
    return Done(version=reached, changed=True)


def _commit(
    store: Store, change: MappingChange, evidence: Sequence[EvidenceRecord], payloads: Sequence[Payload]
) -> None:
    stale = store.commit(Changes(mappings=change, evidence=evidence, payloads=payloads, all_or_nothing=True))
    if stale:
        raise GatewayError("mapping-life.moved", where=", ".join(sorted(stale)))


def _moved(version: MappingVersion, event: MappingEvent) -> MappingVersion:
    try:
        return moved(version, event)
    except IllegalMappingStep as error:
        raise GatewayError("mapping-life.state", where=version.label, detail=str(error)) from error

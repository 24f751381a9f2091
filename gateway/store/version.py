"""Versions of mappings, profiles, rules and calendars in the store: octets, history, and decisions about each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.record.version_subject import Subject
from gateway.store.version_state import MappingEvent, MappingState, after


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingVersion:
    """Exact octets under a name. ``number`` counts a name's versions from 1; ``seq`` counts the steps of this one from
    0. All versions of a name have one ``subject``."""

    subject: Subject = Subject.ROWS
    name: str
    number: int
    digest: str
    octets: bytes = field(repr=False)
    state: MappingState
    seq: int
    imported_at: datetime

    @property
    def label(self) -> str:
        """Name of the version for people and in evidence: ``my-view@2``."""
        return f"{self.name}@{self.number}"

    @property
    def told(self) -> dict[str, str]:
        """Fields that name the version in evidence."""
        return self.subject.told(self.name, str(self.number), self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingStep:
    """One step of a version's life.

    ``after`` is the version after the step. ``account`` is a login of the console or the operating system's account, as
    ``authentication`` says; that is None in steps of earlier programs, whose accounts are all the operating system's.
    ``person`` is the id of the person that was counted in an act that needs two (`gateway.operations.four_eyes`).
    ``reason`` is the person's own text. ``detail`` holds further facts, such as the sources.
    """

    after: MappingVersion
    event: MappingEvent
    at: datetime
    account: str = field(repr=False)
    reason: str = field(repr=False)
    detail: str
    evidence_id: str
    authentication: str | None = None
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Activation:
    """Decision that a version is in force for ``source`` from ``begins_at`` on.

    For a profile, ``source`` is the judiciary's destination; for rules and calendar it is
    `gateway.record.version_subject.EVERY_NOTICE`. ``number`` counts the decisions of a source from 1. A
    roll-back ``restores`` an earlier decision by its number, or the configured version (`succession.BY_FILE`).
    """

    subject: Subject = Subject.ROWS
    source: str
    number: int
    mapping: str
    version: int
    digest: str
    begins_at: datetime
    decided_at: datetime
    restores: int | None = None
    evidence_id: str

    @property
    def is_at_once(self) -> bool:
        """Return True if it was to begin when it was decided. Whoever reads it reads it afterwards, so it has begun."""
        return self.begins_at <= self.decided_at

    @property
    def label(self) -> str:
        return f"{self.mapping}@{self.version}"

    @property
    def told(self) -> dict[str, str]:
        """Fields that name the version in evidence."""
        return self.subject.told(self.mapping, str(self.version), self.digest)


def moved(version: MappingVersion, event: MappingEvent) -> MappingVersion:
    """Return the version after an event. Raises `gateway.store.version_state.IllegalMappingStep`."""
    return replace(version, state=after(version.state, event), seq=version.seq + 1)

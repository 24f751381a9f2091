"""Mappings, profiles, rules and calendars: versions with their octets, their steps, and decisions about them."""

from __future__ import annotations

from dataclasses import replace

from gateway.record.version_subject import Subject
from gateway.store.stored import MappingChange
from gateway.store.version import Activation, MappingStep, MappingVersion

from ..database import SimulatedDatabase
from ..session import Session, reading


class SimulatedVersions:
    """Implement `gateway.store.ports.version_store.VersionStore`."""

    port = "versions"

    def __init__(self, session: Session) -> None:
        self.session, self._database = session, session.database

    @reading
    def find(self, name: str | None = None) -> list[MappingVersion]:
        table = self._database.version
        return [table.rows[key] for key in table.ordered() if name is None or key[0] == name]

    @reading
    def get(self, name: str, number: int) -> MappingVersion | None:
        return self._database.version.get((name, number))

    @reading
    def history(self, name: str, number: int) -> list[MappingStep]:
        of = self._database.version.get((name, number))
        steps = self._database.version_step
        found = [steps.rows[key] for key in steps.ordered() if key[:2] == (name, number)]
        return [] if of is None else [_step_of(of, step) for step in found]

    @reading
    def activations(self, source: str, subject: Subject = Subject.ROWS) -> list[Activation]:
        found = self._database.activation.find("about", (subject, source))
        found.sort(key=lambda each: each.number)
        return found


def write(database: SimulatedDatabase, change: MappingChange) -> frozenset[str]:
    """Write everything that is not stale; return the labels and sources of stale parts."""
    stale = {each.label for each in change.versions if not _kept(database, each)}
    stale |= {each.after.label for each in change.steps if not _take(database, each)}
    stale |= {each.source for each in change.activations if not _decide(database, each)}
    return frozenset(stale)


def _kept(database: SimulatedDatabase, new: MappingVersion) -> bool:
    key = new.name, new.number
    # The digest of a name's version is unique, too.
    if not any(each.name == new.name and each.digest == new.digest for each in database.version.values()):
        database.version.insert(key, new)
    there = database.version.get(key)
    return there is not None and there.digest == new.digest


def _take(database: SimulatedDatabase, step: MappingStep) -> bool:
    """Write a step on the version that it started from. Return True if it is stored now, or was already."""
    wanted = step.after
    key = wanted.name, wanted.number
    there = database.version.get(key)
    if wanted.seq and there is not None and there.seq == wanted.seq - 1:
        there = replace(there, state=wanted.state, seq=wanted.seq)
        database.version.put(key, there)
    if there is not None and (there.digest, there.seq) == (wanted.digest, wanted.seq):
        database.need(database.evidence, step.evidence_id)
        database.version_step.insert((*key, wanted.seq), step)
    kept = database.version_step.get((*key, wanted.seq))
    return kept is not None and kept.evidence_id == step.evidence_id


def _decide(database: SimulatedDatabase, decision: Activation) -> bool:
    key = decision.subject, decision.source, decision.number
    if key not in database.activation:
        database.need(database.evidence, decision.evidence_id)
        database.need(database.version, (decision.mapping, decision.version))
        database.activation.put(key, decision)
    return database.activation.rows[key].evidence_id == decision.evidence_id


def _step_of(of: MappingVersion, step: MappingStep) -> MappingStep:
    return replace(step, after=replace(of, state=step.after.state, seq=step.after.seq))

"""Write the changes of one commit. Writing a part twice has the effect of writing it once."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.store.stored import Changes

from .database import NotSimulated, SimulatedDatabase
from .parts import endpoints, inbox, notices, people, receipts, recoveries, refusals, renaming, steps, versions
from .records import damages, evidence, payloads, retention
from .rows import KeptPayload

EVERYTHING = "everything"
"""Key of the switch that stops everything."""


def commit(database: SimulatedDatabase, changes: Changes, rows: Mapping[str, KeptPayload]) -> frozenset[str]:
    """Write ``changes``, with the ``rows`` of its payloads; return the references of stale admissions, steps and marks,
    and the id of a stale record. Runs in a transaction."""
    if changes.bulk.step is not None or changes.bulk.outcomes or changes.claims:
        raise NotSimulated("bulk acts or claims in a commit")
    recoveries.assert_none_forgotten(database, changes.submits)
    if lost := steps.unclaimed(database, changes.submits):
        return lost
    rests_on_its_order = changes.switch or changes.override or any(mark.before for mark in changes.marks)
    if rests_on_its_order and changes.evidence and evidence.stands(database, changes.evidence):
        return frozenset()  # a repetition: its own mark would be stale, and a later act stands
    if not changes.all_or_nothing:
        return _write(database, changes, rows)
    place = database.journal.place()
    stale = _write(database, changes, rows) | evidence.otherwise_recorded(database, changes)
    stale |= steps.otherwise_proven(database, changes.steps)
    if stale:
        database.journal.undo(place)
    return stale


def _write(database: SimulatedDatabase, changes: Changes, rows: Mapping[str, KeptPayload]) -> frozenset[str]:
    """Write all of ``changes`` except stale parts."""
    for sender, envelope in changes.opened.items():
        inbox.open_once(database, sender, envelope)
    payloads.write(database, rows)
    evidence.write(database, changes.evidence)
    for certificate in changes.certificates:
        database.certificate.insert(certificate.thumbprint, certificate)
    not_admitted = steps.admit(database, changes.admissions)
    notices.index(database, changes.recipients)
    for id, references in changes.message_notices.items():
        for reference in references:
            database.need(database.evidence, id)
            database.need(database.notice, reference)
            database.message_notice.insert((id, reference), (id, reference))
    stale = steps.take_steps(database, changes.steps) | steps.seal_anew(database, changes.new_seals)
    receipts.write(database, changes, stale)
    refusals.refuse(database, changes.refusals)
    refusals.clear(database, changes.cleared_refusals)
    receipts.end(database, changes.endings)
    receipts.set_aside(database, changes.quarantine)
    refusals.see(database, changes.seen_without(not_admitted))
    refusals.move_cursors(database, changes.cursors)
    stale |= _throw(database, changes)
    renaming.rename_source(database, changes.renamed)
    retention.write(database, changes)
    endpoints.wake(database, changes.breaker_wakeups)
    damages.set_aside(database, changes)
    for id, report in changes.damages:
        damages.report(database, id, report.payloads)
    damages.settle(database, changes.accepted_damages)
    stale |= recoveries.write(database, changes.recovery)
    stale |= versions.write(database, changes.mappings) | people.write(database, changes.people)
    return stale | not_admitted | steps.mark(database, [mark for mark in changes.marks if mark.reference not in stale])


def _throw(database: SimulatedDatabase, changes: Changes) -> frozenset[str]:
    """Write the switch and the override; return the switch's name if it is stale."""
    switch, override = changes.switch, changes.override
    stale = False
    if switch is not None:
        database.need(database.evidence, switch.evidence_id)
        standing = database.switch.get(EVERYTHING)
        stale = standing is not None and changes.switch_ends not in (None, standing.evidence_id)
        if not stale:
            database.switch.put(EVERYTHING, switch)
    if override is not None:
        database.need(database.evidence, override.evidence_id)
        database.override.put(evidence.SENDING, override)
    return frozenset({EVERYTHING}) if stale else frozenset()

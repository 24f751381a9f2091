"""Checks of a version of rules or of a calendar, and the deadlines that a calendar moves once it is in force."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from adapters.composition.installation import Installation
from gateway.legal.calendar_reader import calendar_of
from gateway.legal.rules_reader import rules_of
from gateway.notice.written_date import written_day
from gateway.overview.legal.moved_deadline_words import told_moved
from gateway.runtime.errors import GatewayError
from gateway.store.version_subject import Subject
from gateway.versions.laws import calendar_version, files_of
from gateway.versions.moved_report import compared, moved_record
from gateway.versions.version_plans import Decided, Planned, find

_LEGAL: Final = "legal."


def checked_law(installation: Installation, subject: Subject, octets: bytes, label: str) -> str:
    """Read a bundle of rules, or of a calendar; return what is in it. Raises `GatewayError` ``legal.*``."""
    files = files_of(octets, label)
    if subject is Subject.RULES:
        rules = rules_of(files)
        return f"{len(rules.periods) + len(rules.services)} rules of {len(rules.bodies)} bodies"
    calendar = calendar_of(files)
    calendar.assert_known(installation.settings.legal.province)
    return f"office days of {written_day(calendar.first)} to {written_day(calendar.last)}"


def with_moved_deadlines(installation: Installation, plan: Planned[Decided]) -> Planned[Decided]:
    """Add the record of the deadlines that a decision about a calendar moves; it lists them, and is linked to them.

    Served notices are compared as they are now, and page by page. Rules and calendar in force that cannot be read
    prevent no decision, since it may be the remedy: then there is no such record, and ``moved`` of the outcome is None.
    """
    if plan.changes is None:
        return plan
    store, laws = installation.store(), installation.laws()
    [decision] = plan.outcome.activations
    calendar = calendar_version(find(store.versions, decision.label, Subject.CALENDAR))
    try:
        found = compared(store.notices, laws, calendar=calendar)
    except GatewayError as error:
        if not error.code.startswith(_LEGAL):
            raise
        return plan
    record, payload = moved_record(
        found,
        [told_moved(each) for each in found.moved],
        laws.told_of(Subject.CALENDAR),
        decision,
        installation.settings.gateway.name,
    )
    links = {record.id: sorted({each.notice.reference for each in found.moved})} if found.moved else {}
    changes = replace(
        plan.changes,
        evidence=[*plan.changes.evidence, record],
        payloads=[*plan.changes.payloads, payload],
        message_notices={**plan.changes.message_notices, **links},
    )
    return Planned(changes=changes, outcome=replace(plan.outcome, moved=found))

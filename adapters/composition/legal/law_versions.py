"""Checks of a version of rules or of a calendar, and the deadlines that a calendar moves once it is in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.notice.written_date import written_day
from gateway.overview.legal.moved_deadline_words import told_moved
from gateway.record.version_subject import Subject
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.store.version import MappingVersion
from gateway.versions.laws import bundled_calendar, bundled_rules
from gateway.versions.moved_report import Comparison, compared, moved_records
from gateway.versions.version_plans import Decided, Planned

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def checked_law(installation: Installation, subject: Subject, octets: bytes, label: str) -> str:
    """Read a bundle of rules, or of a calendar; return what is in it. Raises `GatewayError` ``legal.*``."""
    if subject is Subject.RULES:
        rules = bundled_rules(octets, label)
        return f"rules of {', '.join(sorted(rules.bodies))}"
    calendar = bundled_calendar(octets, label)
    calendar.assert_known(installation.settings.legal.province)
    return f"calendar of {written_day(calendar.first)}/{written_day(calendar.last)}"


def compared_calendar(installation: Installation, version: MappingVersion) -> Comparison | None:
    """Compare the deadlines of served notices, as they are now, with those by a version of the calendar.

    None if rules or calendar in force cannot be read: that prevents no decision, since it may be the remedy. Raises
    `GatewayError` ``legal.*`` for the version itself, ``store.*``.
    """
    calendar, store = bundled_calendar(version.octets, version.label), installation.store()
    try:
        return compared(store.notices, installation.laws(), calendar=calendar)
    except GatewayError as error:
        if error.scope is ErrorScope.SYSTEM:
            raise
        return None


def with_moved_deadlines(installation: Installation, plan: Planned[Decided]) -> Planned[Decided]:
    """Add the records of the deadlines that a decision about a calendar moves; each is linked to the notices in it.

    If they could not be compared, there are no such records.
    """
    found = plan.outcome.moved
    if plan.changes is None or found is None:
        return plan
    [decision] = plan.outcome.activations
    records = [
        *moved_records(
            found,
            [told_moved(each) for each in found.moved],
            installation.laws().told_of(Subject.CALENDAR),
            decision,
            installation.settings.gateway.name,
        )
    ]
    links = {each.record.id: each.references for each in records if each.references}
    changes = replace(
        plan.changes,
        evidence=[*plan.changes.evidence, *(each.record for each in records)],
        payloads=[*plan.changes.payloads, *(each.payload for each in records)],
        message_notices={**plan.changes.message_notices, **links},
    )
    return Planned(changes=changes, outcome=plan.outcome)

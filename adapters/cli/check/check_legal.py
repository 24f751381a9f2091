"""The probes of `check` for the rules of service and the office calendar."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.settings.legal_folder import legal_rules, office_calendar
from gateway.legal.office_calendar import OfficeCalendar
from gateway.legal.origin import Origin
from gateway.legal.rules import RuleSet
from gateway.notice.legal_effect import RULE
from gateway.notice.written_date import written_day
from gateway.record.version_subject import Subject
from gateway.runtime.clock import TEHRAN
from gateway.runtime.errors import ErrorScope, GatewayError
from gateway.versions.laws import Laws

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

ENDS_SOON = timedelta(days=400)
"""A calendar that ends sooner is told: the longest usual period is six months, and a notice may wait before it."""


def rules(installation: Installation) -> str:
    """Read the rules in force; tell kinds of the configuration without a rule, and rules that are not confirmed."""
    found, version = _rules(installation)
    configured = [f"{code}/{kind}" for code, body in installation.settings.bodies.items() for kind in body.kinds]
    known = {f"{body.code}/{kind}" for body in found.bodies.values() for kind in body.kinds}
    without = [each for each in configured if each not in known]
    missing = f"; without a rule: {', '.join(without)}" if without else ""
    open_ones = _unconfirmed([*(each.origin for each in found.periods), *(each.origin for each in found.services)])
    others = sorted({each.code for each in found.services} - {RULE})
    of_service = f"; states, rows and evidence follow {RULE}, and not {', '.join(others)}" if others else ""
    counted = f"{version}{len(found.periods)} rules of {len(found.bodies)} bodies, {found.version}"
    return f"{counted}{open_ones}{missing}{of_service}"


def calendar(installation: Installation) -> str:
    """Read the calendar in force; tell its range, its end if that is near, and entries that are not confirmed."""
    section = installation.settings.legal
    found, version = _calendar(installation)
    open_ones = _unconfirmed([each.origin for each in found.entries])
    covered = f"{written_day(found.first)} to {written_day(found.last)}, {found.version}{open_ones}"
    here = "" if section.province is not None else "; legal.province is not set: closures of provinces do not count"
    if section.province is not None and found.is_empty_for(section.province):
        here = f"; no closure of {section.province} is recorded"
    today = installation.clock().astimezone(TEHRAN).date()
    ends = "; a warning: it ends soon, add a year (`legal calendar seed`)" if found.last - today < ENDS_SOON else ""
    return f"{version}{covered}{here}{ends}"


def _rules(installation: Installation) -> tuple[RuleSet, str]:
    """Return the rules in force, and their version; without a database, those of the folder."""
    laws = _laws(installation)
    if laws is None:
        return legal_rules(installation.settings.legal, installation.folder), ""
    return laws.rules(None), _version(installation, laws, Subject.RULES)


def _calendar(installation: Installation) -> tuple[OfficeCalendar, str]:
    """Return the calendar in force, and its version; without a database, that of the folder."""
    laws = _laws(installation)
    if laws is None:
        return office_calendar(installation.settings.legal, installation.folder), ""
    return laws.calendar(), _version(installation, laws, Subject.CALENDAR)


def _laws(installation: Installation) -> Laws | None:
    try:
        return installation.laws()
    except GatewayError as error:
        # Another probe is about the database.
        if error.scope is not ErrorScope.SYSTEM:
            raise
        return None


def _version(installation: Installation, laws: Laws, subject: Subject) -> str:
    """Return the version in force, and compare it with the installation's own folder, if it has one.

    Raises `GatewayError` ``mapping-life.drift``: verbs that need no database read the folder.
    """
    decision = laws.decision(subject)
    if decision is None:
        return ""
    section = installation.settings.legal
    named = section.rules if subject is Subject.RULES else section.calendar
    if named is not None and laws.book.folder_told(subject).get(f"{subject.value}_digest") != decision.digest:
        raise GatewayError("mapping-life.drift", where=str(named), detail=f"{decision.label} is in force")
    return f"{decision.label}: "


def _unconfirmed(origins: list[Origin]) -> str:
    count = sum(not each.is_confirmed for each in origins)
    return f"; {count} to be confirmed by counsel" if count else ""

"""The probes of `check` for the rules of service and the office calendar."""

from __future__ import annotations

from datetime import timedelta

from adapters.composition.installation import Installation
from adapters.settings.legal_folder import legal_rules, office_calendar
from gateway.legal.origin import Origin
from gateway.notice.legal_effect import RULE
from gateway.notice.written_date import written_day
from gateway.runtime.clock import TEHRAN

ENDS_SOON = timedelta(days=400)
"""A calendar that ends sooner is told: the longest usual period is six months, and a notice may wait before it."""


def rules(installation: Installation) -> str:
    """Read the rules; tell kinds of the configuration without a rule, and rules that are not confirmed."""
    found = legal_rules(installation.settings.legal, installation.folder)
    configured = [f"{code}/{kind}" for code, body in installation.settings.bodies.items() for kind in body.kinds]
    known = {f"{body.code}/{kind}" for body in found.bodies.values() for kind in body.kinds}
    without = [each for each in configured if each not in known]
    missing = f"; without a rule: {', '.join(without)}" if without else ""
    open_ones = _unconfirmed([*(each.origin for each in found.periods), *(each.origin for each in found.services)])
    others = sorted({each.code for each in found.services} - {RULE})
    of_service = f"; evidence follows {RULE}, and not {', '.join(others)}" if others else ""
    return f"{len(found.periods)} rules of {len(found.bodies)} bodies, {found.version}{open_ones}{missing}{of_service}"


def calendar(installation: Installation) -> str:
    """Read the calendar; tell its range, its end if that is near, and entries that are not confirmed."""
    section = installation.settings.legal
    found = office_calendar(section, installation.folder)
    open_ones = _unconfirmed([each.origin for each in found.entries])
    covered = f"{written_day(found.first)} to {written_day(found.last)}, {found.version}{open_ones}"
    here = "" if section.province is not None else "; legal.province is not set: closures of provinces do not count"
    if section.province is not None and found.is_empty_for(section.province):
        here = f"; no closure of {section.province} is recorded"
    today = installation.clock().astimezone(TEHRAN).date()
    ends = "; a warning: it ends soon, add a year (`legal calendar seed`)" if found.last - today < ENDS_SOON else ""
    return f"{covered}{here}{ends}"


def _unconfirmed(origins: list[Origin]) -> str:
    count = sum(not each.is_confirmed for each in origins)
    return f"; {count} to be confirmed by counsel" if count else ""

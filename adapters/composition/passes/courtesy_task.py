"""Courtesy messages: the service that hands them over, and the task that tells people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.composition.ledgers import receipt_reader
from adapters.composition.passes.known_services import known_service
from adapters.courtesy.shahrzad import CREDENTIALS, Shahrzad
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.schedule.task import Task
from adapters.settings import CourtesySection
from gateway.courtesy.telling import CourtesyPolicy, Telling

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

SHAHRZAD: Final = "shahrzad"
"""Name of the service in evidence, errors and logs."""

_AFTER_A_CALL: Final = timedelta(minutes=1)
"""Time after the longest call in which its outcome is committed, or its process has ended."""


def courtesy_service(installation: Installation, section: CourtesySection) -> Shahrzad:
    """Return the service that ``section`` names."""
    return Shahrzad(known_service(installation, section, SHAHRZAD, CREDENTIALS), section.not_taken_statuses)


def courtesy_tasks(installation: Installation) -> list[Task]:
    """Return the task; none if nobody is to be told. `check` says so."""
    section = installation.settings.courtesy
    if section is None or not section.tells:
        return []
    policy = CourtesyPolicy(
        origin=installation.settings.gateway.name,
        bodies=frozenset(section.bodies),
        text=section.text,
        max_age=section.max_age_days,
        most=section.most_per_pass,
        call_lasts=section.timeout_seconds + _AFTER_A_CALL,
    )
    telling = Telling(
        installation.store(),
        courtesy_service(installation, section),
        lambda octets: sealed_fields(octets).get("Recipient/Mobile"),
        installation.clock,
        policy,
        receipt_reader(installation),
    )
    return [Task(kind="courtesy", run=telling)]

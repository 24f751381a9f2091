"""Law and deadlines of a notice, for every screen and file: by the rules of its arrival, as they stand now."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from gateway.legal.law import Law
from gateway.legal.service_effect import effect_of
from gateway.notice.legal_effect import ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.overview.dates_in_words import civil_day
from gateway.overview.notices.deadline import Deadline, deadline_of
from gateway.runtime.errors import GatewayError
from gateway.store.stored import Admission

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def law_at(installation: Installation, arrival: datetime | None) -> Law | GatewayError:
    """Return rules and calendar of a notice that arrived then (None: now), or the error of their files: a page shows
    everything else all the same.
    """
    try:
        return installation.laws().at(arrival)
    except GatewayError as error:
        return error


def service_by_law(installation: Installation, entry: OutboxEntry, law: Law) -> ServiceDate | None:
    """Return date and effect of service of a notice by its law, as they stand today; None before service.

    Raises `GatewayError` ``legal.rule``.
    """
    return effect_of(entry, law.rules, civil_day(installation.clock())).service


def notice_deadline(installation: Installation, admission: Admission) -> Deadline:
    """Derive date and effect of service, and the last days that follow."""
    law = law_at(installation, admission.entry.service_time)
    today = civil_day(installation.clock())
    return deadline_of(admission.entry, admission.body, admission.kind, law, today)

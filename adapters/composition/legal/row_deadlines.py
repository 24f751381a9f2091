"""Deadlines of served notices, for the rows of their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.composition.installation import Installation
from adapters.composition.legal.certified_deadline import last_day_by_law
from gateway.legal.law import Law
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import RowDeadline
from gateway.runtime.errors import GatewayError
from gateway.writeback.row_status import Deadlines


def row_deadlines(installation: Installation) -> Deadlines:
    """Return the function by which results get their deadlines: by the law of each notice, confirmed entries alone."""

    def deadlines(entries: Sequence[OutboxEntry]) -> Mapping[str, RowDeadline]:
        served = [entry for entry in entries if entry.service is not None]
        if not served:
            return {}
        references, notices = [entry.reference for entry in served], installation.store().notices
        bodies, kinds = notices.bodies(references), notices.kinds(references)
        laws = installation.laws()
        return {entry.reference: _deadline(laws.at(entry.service_time), entry, bodies, kinds) for entry in served}

    return deadlines


def _deadline(law: Law, entry: OutboxEntry, bodies: Mapping[str, str], kinds: Mapping[str, str]) -> RowDeadline:
    try:
        last = last_day_by_law(law, entry, bodies[entry.reference], kinds[entry.reference], entry.service)
    except GatewayError as error:
        if error.code != "legal.range":
            raise
        last = None  # a day beyond the calendar is not confirmed, and keeps no other result back
    if last is None:
        return RowDeadline()
    return RowDeadline(last_day=last.last_day, rule=last.rule, calendar=last.calendar)

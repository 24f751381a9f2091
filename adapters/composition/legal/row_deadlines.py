"""Deadlines of served notices, for the rows of their sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from adapters.composition.legal.certified_deadline import last_day_by_law
from adapters.composition.legal.notice_deadline import service_by_law
from gateway.legal.law import Law
from gateway.notice.legal_effect import ServiceDate
from gateway.notice.outbox import OutboxEntry
from gateway.notice.source_row import RowDeadline
from gateway.runtime.errors import GatewayError
from gateway.writeback.row_status import Deadlines

if TYPE_CHECKING:
    from adapters.composition.installation import Installation


def row_deadlines(installation: Installation) -> Deadlines:
    """Return the function by which results get their deadlines: by the law of each notice, confirmed entries alone."""

    def deadlines(entries: Sequence[OutboxEntry]) -> Mapping[str, RowDeadline]:
        arrived = [entry for entry in entries if entry.service_time is not None]
        if not arrived:
            return {}
        references, notices = [entry.reference for entry in arrived], installation.store().notices
        bodies, kinds = notices.bodies(references), notices.kinds(references)
        laws, found = installation.laws(), dict[str, RowDeadline]()
        for entry in arrived:
            law = laws.at(entry.service_time)
            service = _service(installation, entry, law)
            if service is not None:
                found[entry.reference] = _deadline(law, entry, bodies[entry.reference], kinds[entry.reference], service)
        return found

    return deadlines


def _service(installation: Installation, entry: OutboxEntry, law: Law) -> ServiceDate | None:
    """Return date and effect of service by the law; those of a day before every rule are not known."""
    try:
        return service_by_law(installation, entry, law)
    except GatewayError as error:
        if error.code != "legal.rule":
            raise
        return None


def _deadline(law: Law, entry: OutboxEntry, body: str, kind: str, service: ServiceDate) -> RowDeadline:
    last = last_day_by_law(law, entry, body, kind, service)
    if last is None:
        return RowDeadline()
    return RowDeadline(last_day=last.last_day, rule=last.rule, calendar=last.calendar)

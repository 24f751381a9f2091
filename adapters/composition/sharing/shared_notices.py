"""Data sharing of an installation: it finds the notices of a question, and tells of each what the agreement allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.composition.ledgers import receipt_reader
from adapters.composition.legal.certified_deadline import confirmed_deadline
from adapters.composition.legal.notice_deadline import service_by_law
from adapters.crypto.xml.sealed_fields import sealed_fields
from adapters.http.http_service import HttpService
from adapters.municipal.rest.tokens import Tokens
from adapters.municipal.sharing.sharing_application import Client, SharingService
from adapters.municipal.sharing.sharing_messages import SharedAnswer
from adapters.settings.city.sharing_section import SharingSection
from adapters.shipped.resources import SHARING
from gateway.notice.legal_effect import ServiceDate
from gateway.notice.renovation_code import renovation_code
from gateway.operations.recovery import current
from gateway.operations.shared_read import record_read
from gateway.operations.sharing_agreement import MOST_NOTICES, Agreement, Question, SharedField
from gateway.record.derived import unproven
from gateway.runtime.clock import timestamp
from gateway.runtime.errors import GatewayError
from gateway.runtime.rate_limit import RateLimit
from gateway.store.among import Among
from gateway.store.stored import Admission

if TYPE_CHECKING:
    from adapters.composition.installation import Installation

_BURST: Final = 10
"""Most calls of another body at once after a pause."""


def sharing_service(installation: Installation) -> HttpService | None:
    """Return the service for all agreements; None if there is none. Raises `GatewayError` ``push.token-file``."""
    if not installation.settings.sharing:
        return None
    return SharingService(
        clients={each.body: _client(installation, each) for each in installation.settings.sharing},
        read=partial(read_shared, installation),
        clock=installation.clock,
        contract=(SHARING / "openapi.json").read_bytes(),
    )


def check_sharing(installation: Installation, section: SharingSection) -> str:
    """Return a summary of an agreement. Raises `GatewayError` ``push.token-file``, ``sharing.not-in-force``."""
    tokens, agreement = Tokens.load(installation.folder.path(section.tokens_file)), section.agreement
    if not agreement.holds_at(installation.clock()):
        raise GatewayError("sharing.not-in-force", where=section.body)
    until = "without an end" if section.ends is None else f"until {section.ends}"
    fields = ", ".join(agreement.fields)
    return f"{len(tokens.digests)} tokens; {until}; purposes {', '.join(agreement.purposes)}; fields {fields}"


def read_shared(installation: Installation, agreement: Agreement, question: Question, now: datetime) -> SharedAnswer:
    """Find the visible notices, record the reading, and return what may leave.

    Raises `GatewayError` ``sharing.unproven`` if a stored value does not follow from the evidence,
    ``sharing.recovery`` while a restored store may have forgotten what happened, and ``legal.*``, ``store.*``. Then
    nothing is recorded and nothing leaves.
    """
    store, origin = installation.store(), installation.settings.gateway.name
    if current(store.recovery) is not None:
        raise GatewayError("sharing.recovery", where=agreement.body)
    found = _visible(installation, agreement, question)
    shown = found[:MOST_NOTICES]
    if unproven(store.evidence, [each.entry for each in shown], receipt_reader(installation)):
        raise GatewayError("sharing.unproven", where=agreement.body)
    told = [_told(installation, each, agreement.fields) for each in shown]
    references = [each.entry.reference for each in shown]
    record = record_read(store, agreement, question, references, now, origin)
    return SharedAnswer(record=record, notices=told, complete=len(found) == len(shown))


def _visible(installation: Installation, agreement: Agreement, question: Question) -> Sequence[Admission]:
    """Return the notices that the question names and the agreement shows, by reference; one more than an answer has."""
    if question.tracking_number is not None:
        among = Among(tracking_number=question.tracking_number)
    else:
        among = Among(case_number=question.case_number)
    found, after = list[Admission](), None
    while len(found) <= MOST_NOTICES:
        page = installation.store().notices.find(state=None, limit=MOST_NOTICES, after=after, among=among)
        found += [each for each in page if agreement.shows(each) and _is_of_parcel(installation, each, question)]
        if len(page) < MOST_NOTICES:
            break
        after = page[-1].entry.reference
    return found


def _is_of_parcel(installation: Installation, notice: Admission, question: Question) -> bool:
    """Return True if the sealed notice has the renovation code of the question, if it asks by one.

    A notice whose paper was deleted at the end of retention cannot be compared, so it is not shown.
    """
    if question.renovation_code is None:
        return True
    here = _sealed(installation, notice).get("Case/RenovationCode")
    asked = renovation_code(question.renovation_code)
    return asked is not None and renovation_code(here) == asked


def _sealed(installation: Installation, notice: Admission) -> Mapping[str, str]:
    """Return the fields of the sealed notice; none if it was deleted at the end of retention."""
    try:
        return sealed_fields(installation.store().evidence.payload(notice.entry.seal_digest))
    except GatewayError as error:
        if error.code != "retention.deleted":
            raise
        return {}


def _told(
    installation: Installation, notice: Admission, fields: Sequence[SharedField]
) -> dict[SharedField, str | None]:
    return {each: _FIELDS[each](installation, notice) for each in fields}


def _service(installation: Installation, notice: Admission) -> ServiceDate | None:
    """Return date and effect of service by the law of the notice."""
    entry = notice.entry
    if entry.service_time is None:
        return None
    return service_by_law(installation, entry, installation.laws().at(entry.service_time))


def _last_day(installation: Installation, notice: Admission) -> str | None:
    service = _service(installation, notice)
    if service is None:
        return None
    deadline = confirmed_deadline(installation.laws().at(notice.entry.service_time), notice, service)
    return None if deadline is None else deadline.last_day


def _service_date(installation: Installation, notice: Admission) -> str | None:
    service = _service(installation, notice)
    return None if service is None else service.date


def _effect(installation: Installation, notice: Admission) -> str | None:
    service = _service(installation, notice)
    return None if service is None else service.effect.value


def _identifier(installation: Installation, notice: Admission) -> str | None:
    return _sealed(installation, notice).get("Recipient/Identifier")


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else timestamp(moment)


_FIELDS: Final[Mapping[SharedField, Callable[[Installation, Admission], str | None]]] = {
    SharedField.BODY: lambda _, notice: notice.body,
    SharedField.DISTRICT: lambda _, notice: notice.district,
    SharedField.KIND: lambda _, notice: notice.kind,
    SharedField.CASE_NUMBER: lambda _, notice: notice.case_number,
    SharedField.PAPER_NUMBER: lambda _, notice: notice.paper_number,
    SharedField.TRACKING_NUMBER: lambda _, notice: notice.entry.tracking_number,
    SharedField.STATE: lambda _, notice: notice.entry.state.value,
    SharedField.DELIVERED_AT: lambda _, notice: _time(notice.entry.delivered_at),
    SharedField.VIEWED_AT: lambda _, notice: _time(notice.entry.viewed_at),
    SharedField.SERVICE_DATE: _service_date,
    SharedField.EFFECT: _effect,
    SharedField.LAST_DAY: _last_day,
    SharedField.RECIPIENT_NAME: lambda _, notice: notice.recipient_name,
    SharedField.RECIPIENT_IDENTIFIER: _identifier,
}


def _client(installation: Installation, section: SharingSection) -> Client:
    return Client(
        agreement=section.agreement,
        tokens=Tokens.load(installation.folder.path(section.tokens_file)),
        rate=RateLimit(per_minute=section.calls_per_minute, burst=min(_BURST, section.calls_per_minute)),
    )

"""Timeline of a notice: each event, its time, the time when we learned of it, and its proof.

It is built from the history and the headers of evidence. If a record proves an event, both times are the record's.
Otherwise they are the gateway's own statement, and are marked so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, assert_never

from gateway.evidence.timeline_audit import told_service
from gateway.notice.legal_effect import ServiceDate
from gateway.notice.profile_version import label
from gateway.operations.effective_configuration import told_of
from gateway.record.deletion import Deleted
from gateway.record.evidence_record import CARRIED_BY, INSTEAD_OF, EvidenceKind, Header
from gateway.record.parcel_answer import FINDING, FOUND_AT, ParcelFinding
from gateway.runtime.clock import timestamp
from gateway.store.stored import Admission, HistoryEvent
from gateway.trust.trust_policy import BY_CONNECTION, UNSEEN_SEAL

SEALED_ANEW: Final = "sealed anew: the clock was ahead"
"""Detail of a seal that replaced an earlier one (`gateway.intake.resealing`)."""

REPLACED: Final = "replaced before it was sent: the clock was ahead"
"""Detail of the replaced seal."""


def courtesy_detail(outcome: str) -> str:
    """Return the detail of the outcome of a courtesy message."""
    return f"courtesy message {outcome}"


class Recorded(StrEnum):
    """Events of records that are no step of the history."""

    SEALED = "Sealed"
    MESSAGE_SENT = "MessageSent"
    ANSWER = "Answer"
    ANSWER_NOT_BELIEVED = "AnswerNotBelieved"
    RECEIPT = "Receipt"
    ACT = "PersonAct"
    MAPPING = "MappingActivated"
    PROFILE = "ProfileActivated"
    RECOVERY_BEGUN = "RecoveryBegun"
    CONFIGURATION = "ConfigurationChanged"
    DELETED = "PayloadDeleted"
    HISTORY_SET_ASIDE = "HistorySetAside"
    DAMAGED = "PayloadDamaged"
    CERTIFICATE = "ServiceCertificate"
    RULES = "RulesActivated"
    CALENDAR = "CalendarActivated"
    DEADLINES = "DeadlinesMoved"
    PARCELS = "AssetLookup"
    COURTESY = "CourtesyMessage"
    COURTESY_OUTCOME = "CourtesyOutcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """Event in a timeline: ``event`` is a `gateway.notice.delivery_state.DeliveryEvent` or a `Recorded`.

    ``state`` is the notice's state after a step. Times are as headers have them. ``record`` is the id of the proof;
    None if there is none.
    ``detail`` depends on the event. For an operation it names the operation, with the version of the profile that sent
    it or with the code of the fault that answered it.
    It may also be an act, a code, a version of a calendar, the outcome of a courtesy message, or a configuration with
    its changes. For a receipt it says
    that the judiciary never saw the seal, what it is of the message that carried it, or that a connection alone brought
    that message. For a seal it says that it was renewed or replaced, or what the asset register said of the parcel.
    """

    event: str
    state: str | None
    occurred_at: str
    learned_at: str
    record: str | None
    detail: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Timeline of one notice; ``service`` is computed from the times of arrival and viewing, by the rule that it names.

    ``tracking_number`` is the gateway's statement; receipts contain it too, if their format is known.
    """

    reference: str
    state: str
    service: ServiceDate | None
    elements: Sequence[Element]
    tracking_number: str | None = None

    @property
    def told(self) -> dict[str, Any]:
        """Return the timeline as JSON values."""
        return {
            "reference": self.reference,
            "state": self.state,
            "service": told_service(self.service),
            "elements": [
                {
                    "event": each.event,
                    "state": each.state,
                    "occurred_at": each.occurred_at,
                    "learned_at": each.learned_at,
                    "record": each.record,
                    "detail": each.detail,
                }
                for each in self.elements
            ],
        }


def timeline(
    admission: Admission,
    history: Sequence[HistoryEvent],
    headers: Sequence[Header],
    deleted: Iterable[Deleted] = (),
) -> Timeline:
    """Build the timeline of a notice.

    ``headers`` are those of all evidence about it, in order of recording; ``deleted`` names the evidence deleted by a
    retention rule.
    """
    known = {header.id: header for header in headers}
    steps = [_step(event, known.get(event.evidence_id or "")) for event in history]
    told = {step.record for step in steps}
    replaced = {header.context.get(INSTEAD_OF) for header in headers}
    others = [_recorded(header, replaced=header.id in replaced) for header in headers if header.id not in told]
    entry = admission.entry
    # Events of one time are ordered by the time when we learned of them; steps keep their own order.
    gone = [_deleted(each) for each in dict.fromkeys(deleted)]
    elements = sorted([*steps, *others, *gone], key=lambda each: (each.occurred_at, each.learned_at))
    return Timeline(
        reference=entry.reference,
        state=entry.state.value,
        service=entry.service,
        elements=elements,
        tracking_number=entry.tracking_number,
    )


def _step(event: HistoryEvent, header: Header | None) -> Element:
    return Element(
        event=event.event.value,
        state=event.state.value,
        occurred_at=header.event_time if header else timestamp(event.occurred_at),
        learned_at=header.recorded_at if header else timestamp(event.learned_at),
        record=header.id if header else None,
        detail=_detail(header) if header else None,
    )


def _recorded(header: Header, *, replaced: bool) -> Element:
    return Element(
        event=_what(header).value,
        state=None,
        occurred_at=header.event_time,
        learned_at=header.recorded_at,
        record=header.id,
        detail=REPLACED if replaced else _detail(header),
    )


def _deleted(gone: Deleted) -> Element:
    # Its record names many payloads, also of others, and is not shown: this is the gateway's statement.
    at = timestamp(gone.at)
    return Element(
        event=Recorded.DELETED.value, state=None, occurred_at=at, learned_at=at, record=None, detail=gone.rule
    )


def _what(header: Header) -> Recorded:
    match header.kind:
        case EvidenceKind.SEALED_NOTICE:
            return Recorded.SEALED
        case EvidenceKind.MESSAGE_SENT:
            return Recorded.MESSAGE_SENT
        case EvidenceKind.MESSAGE_RECEIVED:
            return Recorded.ANSWER_NOT_BELIEVED if "refused" in header.context else Recorded.ANSWER
        case EvidenceKind.RECEIPT:
            return Recorded.RECEIPT
        case EvidenceKind.PERSON_ACT:
            return Recorded.ACT
        case EvidenceKind.MAPPING_ACTIVATED:
            return Recorded.MAPPING
        case EvidenceKind.PROFILE_ACTIVATED:
            return Recorded.PROFILE
        case EvidenceKind.RECOVERY_BEGUN:
            return Recorded.RECOVERY_BEGUN
        case EvidenceKind.CONFIGURATION_CHANGED:
            return Recorded.CONFIGURATION
        case EvidenceKind.PAYLOAD_DELETED:
            return Recorded.DELETED
        case EvidenceKind.HISTORY_SET_ASIDE:
            return Recorded.HISTORY_SET_ASIDE
        case EvidenceKind.PAYLOAD_DAMAGED:
            return Recorded.DAMAGED
        case EvidenceKind.SERVICE_CERTIFICATE | EvidenceKind.OUTAGE_CERTIFICATE:
            return Recorded.CERTIFICATE
        case EvidenceKind.RULES_ACTIVATED:
            return Recorded.RULES
        case EvidenceKind.CALENDAR_ACTIVATED:
            return Recorded.CALENDAR
        case EvidenceKind.DEADLINES_MOVED:
            return Recorded.DEADLINES
        case EvidenceKind.ASSET_LOOKUP:
            return Recorded.PARCELS
        case EvidenceKind.COURTESY_MESSAGE:
            return Recorded.COURTESY
        case EvidenceKind.COURTESY_OUTCOME:
            return Recorded.COURTESY_OUTCOME
        case _:
            assert_never(header.kind)


def _detail(header: Header) -> str | None:
    if header.kind is EvidenceKind.CONFIGURATION_CHANGED:
        return told_of(header)
    if header.kind is EvidenceKind.DEADLINES_MOVED:
        return f"{header.context['calendar']}@{header.context['calendar_version']}"
    if header.kind is EvidenceKind.COURTESY_OUTCOME:
        return courtesy_detail(header.context.get("courtesy", ""))
    if INSTEAD_OF in header.context:
        return SEALED_ANEW
    if FOUND_AT in header.context or header.context.get(FINDING) == ParcelFinding.NO_CODE:
        return f"{FINDING}: {header.context[FINDING]}"
    told = next((header.context[key] for key in ("refused", "act", "operation") if key in header.context), None)
    passed = header.context.get("passed", "").split("; ")
    if BY_CONNECTION in passed and header.kind is EvidenceKind.MESSAGE_RECEIVED:
        return f"{told}: {BY_CONNECTION}"
    if CARRIED_BY in header.context:
        return BY_CONNECTION if BY_CONNECTION in passed else passed[0]
    if UNSEEN_SEAL in header.context.get("passed", ""):
        return UNSEEN_SEAL
    if told and "fault" in header.context:
        return f"{told}: {header.context['fault']}"
    by = label(header.context) if header.kind is EvidenceKind.MESSAGE_SENT else None
    return f"{told} ({by})" if told and by else told

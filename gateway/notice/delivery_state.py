"""States of a notice and the transitions between them.

Event names follow ETSI EN 319 522-1 section 6.2 where it has one; it has none for service by law. `ARCHITECTURE.md`
shows the same table; a test compares the two.
"""

from __future__ import annotations

from enum import StrEnum


class DeliveryState(StrEnum):
    """State of a notice. Legal effect (actual, legal) is not a state: it is computed from the history."""

    QUEUED = "QUEUED"
    SENDING = "SENDING"
    PENDING = "PENDING"
    """Taken for processing: the judiciary gave a ticket, and decides later."""
    IN_DOUBT = "IN_DOUBT"
    SUBMITTED = "SUBMITTED"
    DELIVERED = "DELIVERED"
    VIEWED = "VIEWED"
    REJECTED = "REJECTED"
    NO_ACCOUNT = "NO_ACCOUNT"
    UNDELIVERABLE = "UNDELIVERABLE"
    OTHER_CHANNEL = "OTHER_CHANNEL"
    WITHDRAWN = "WITHDRAWN"
    DEAD_LETTER = "DEAD_LETTER"


class DeliveryEvent(StrEnum):
    """Event of a notice."""

    ADMISSION = "Admission"
    CLAIM = "Claim"
    SUBMISSION_ACCEPTANCE = "SubmissionAcceptance"
    SUBMISSION_REJECTION = "SubmissionRejection"
    ACCOUNT_ABSENCE = "AccountAbsence"
    DEFERRAL = "Deferral"
    LOST_ANSWER = "LostAnswer"
    TICKET_ISSUE = "TicketIssue"
    TICKET_FAILURE = "TicketFailure"
    RECOVERY = "Recovery"
    LEASE_EXPIRY = "LeaseExpiry"
    UNKNOWN_TO_PEER = "UnknownToPeer"
    INQUIRY_UNANSWERED = "InquiryUnanswered"
    ABSENCE_PROOF = "AbsenceProof"
    CONTENT_CONSIGNMENT = "ContentConsignment"
    CONTENT_CONSIGNMENT_FAILURE = "ContentConsignmentFailure"
    CONTENT_HANDOVER = "ContentHandover"
    LEGAL_SERVICE = "LegalService"
    """The service states that the notice counts as served by law although nobody viewed it (ابلاغ قانونی)."""
    LIFETIME_OVER = "LifetimeOver"
    REQUEUE = "Requeue"
    DECISION_SUBMITTED = "DecisionSubmitted"
    WITHDRAWAL = "Withdrawal"
    CHANNEL_SWITCH = "ChannelSwitch"


_S, _E = DeliveryState, DeliveryEvent

TRANSITIONS: dict[tuple[DeliveryState, DeliveryEvent], DeliveryState] = {
    (_S.QUEUED, _E.CLAIM): _S.SENDING,
    (_S.QUEUED, _E.LIFETIME_OVER): _S.DEAD_LETTER,
    (_S.QUEUED, _E.WITHDRAWAL): _S.WITHDRAWN,
    # A signed receipt for a waiting notice proves that it arrived the first time; so does an acceptance that came late.
    (_S.QUEUED, _E.SUBMISSION_ACCEPTANCE): _S.SUBMITTED,
    (_S.DEAD_LETTER, _E.SUBMISSION_ACCEPTANCE): _S.SUBMITTED,
    # A ticket that came late: the judiciary has it.
    (_S.QUEUED, _E.TICKET_ISSUE): _S.PENDING,
    (_S.DEAD_LETTER, _E.TICKET_ISSUE): _S.PENDING,
    # A person stated that it did not arrive; the judiciary's own word prevails.
    (_S.WITHDRAWN, _E.SUBMISSION_ACCEPTANCE): _S.SUBMITTED,
    (_S.SENDING, _E.SUBMISSION_ACCEPTANCE): _S.SUBMITTED,
    (_S.SENDING, _E.SUBMISSION_REJECTION): _S.REJECTED,
    (_S.SENDING, _E.ACCOUNT_ABSENCE): _S.NO_ACCOUNT,
    (_S.SENDING, _E.DEFERRAL): _S.QUEUED,
    (_S.SENDING, _E.LOST_ANSWER): _S.IN_DOUBT,
    (_S.SENDING, _E.TICKET_ISSUE): _S.PENDING,
    # Never back to the queue: the first request may have arrived, and a second notice may start a second deadline.
    (_S.SENDING, _E.LEASE_EXPIRY): _S.IN_DOUBT,
    # A restored or rebuilt store does not know which notices were sent before.
    (_S.QUEUED, _E.RECOVERY): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.RECOVERY): _S.IN_DOUBT,
    (_S.PENDING, _E.RECOVERY): _S.IN_DOUBT,
    (_S.PENDING, _E.SUBMISSION_ACCEPTANCE): _S.SUBMITTED,
    (_S.PENDING, _E.SUBMISSION_REJECTION): _S.REJECTED,
    (_S.PENDING, _E.ACCOUNT_ABSENCE): _S.NO_ACCOUNT,
    # Only where the profile says that this answer proves that nothing was acted on.
    (_S.PENDING, _E.DEFERRAL): _S.QUEUED,
    # Never back to the queue: a ticket that leads nowhere says nothing about the notice.
    (_S.PENDING, _E.TICKET_FAILURE): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.TICKET_ISSUE): _S.PENDING,
    (_S.IN_DOUBT, _E.SUBMISSION_ACCEPTANCE): _S.SUBMITTED,
    (_S.IN_DOUBT, _E.SUBMISSION_REJECTION): _S.REJECTED,
    (_S.IN_DOUBT, _E.ACCOUNT_ABSENCE): _S.NO_ACCOUNT,
    (_S.IN_DOUBT, _E.UNKNOWN_TO_PEER): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.INQUIRY_UNANSWERED): _S.IN_DOUBT,
    (_S.IN_DOUBT, _E.ABSENCE_PROOF): _S.QUEUED,
    (_S.IN_DOUBT, _E.DECISION_SUBMITTED): _S.SUBMITTED,
    (_S.IN_DOUBT, _E.REQUEUE): _S.QUEUED,
    (_S.IN_DOUBT, _E.WITHDRAWAL): _S.WITHDRAWN,
    (_S.SUBMITTED, _E.CONTENT_CONSIGNMENT): _S.DELIVERED,
    (_S.SUBMITTED, _E.CONTENT_CONSIGNMENT_FAILURE): _S.UNDELIVERABLE,
    # Viewing may overtake arrival, and proves it too.
    (_S.SUBMITTED, _E.CONTENT_HANDOVER): _S.VIEWED,
    (_S.DELIVERED, _E.CONTENT_HANDOVER): _S.VIEWED,
    # An overtaken receipt is recorded: its time of arrival is the date of service.
    (_S.VIEWED, _E.CONTENT_CONSIGNMENT): _S.VIEWED,
    # Service by law presumes arrival, may overtake its receipt, and excludes no viewing afterwards.
    (_S.SUBMITTED, _E.LEGAL_SERVICE): _S.DELIVERED,
    (_S.DELIVERED, _E.LEGAL_SERVICE): _S.DELIVERED,
    (_S.DELIVERED, _E.CONTENT_CONSIGNMENT): _S.DELIVERED,
    (_S.VIEWED, _E.LEGAL_SERVICE): _S.VIEWED,
    (_S.NO_ACCOUNT, _E.CHANNEL_SWITCH): _S.OTHER_CHANNEL,
    (_S.UNDELIVERABLE, _E.CHANNEL_SWITCH): _S.OTHER_CHANNEL,
    (_S.DEAD_LETTER, _E.REQUEUE): _S.QUEUED,
    (_S.DEAD_LETTER, _E.WITHDRAWAL): _S.WITHDRAWN,
}

BY_RECEIPT = frozenset({_E.CONTENT_CONSIGNMENT, _E.CONTENT_CONSIGNMENT_FAILURE, _E.CONTENT_HANDOVER, _E.LEGAL_SERVICE})
"""Events that only a receipt proves."""

FINAL = frozenset({_S.VIEWED, _S.REJECTED, _S.OTHER_CHANNEL})
"""States without any further transition."""

ENDED = FINAL | {_S.WITHDRAWN}
"""States in which nobody waits for anything. Only an unexpected receipt or acceptance leads out of `WITHDRAWN`."""

ENDED_WITHOUT_SERVICE = frozenset({_S.REJECTED, _S.WITHDRAWN})
"""States after which a new revision of the same paper may be admitted."""


class IllegalTransition(Exception):
    """The event is impossible for a notice in this state."""

    literal_name = "IllegalTransition"

    def __init__(self, state: DeliveryState, event: DeliveryEvent) -> None:
        super().__init__(f"{event} cannot happen to a notice that is {state}")
        self.state, self.event = state, event


def after(state: DeliveryState, event: DeliveryEvent) -> DeliveryState:
    """Return the state that ``event`` leads to; raise `IllegalTransition` if it leads nowhere."""
    try:
        return TRANSITIONS[state, event]
    except KeyError:
        raise IllegalTransition(state, event) from None


def may_follow(state: DeliveryState, event: DeliveryEvent) -> bool:
    """Return True if ``event`` may happen to a notice in this state now, or after further events."""
    reached, frontier = {state}, [state]
    while frontier:
        here = frontier.pop()
        new = {to for (from_, _), to in TRANSITIONS.items() if from_ is here} - reached
        reached |= new
        frontier += new
    return any((each, event) in TRANSITIONS for each in reached)

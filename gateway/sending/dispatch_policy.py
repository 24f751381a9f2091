"""Settings of dispatch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from gateway.judiciary.call_count import ONE_BY_ONE, CallCount
from gateway.judiciary.endpoint_policy import USUAL, EndpointPolicy
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable
from gateway.notice.outbox import MAX_REQUEUES
from gateway.runtime.clock import Pace
from gateway.sending.ticket_issue import USUAL_TICKETS, Tickets


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchPolicy:
    """Settings of dispatch: ``owner`` names this process in leases; ``origin`` names the gateway in evidence.

    The lease is longer than the courier's time-out. ``codes`` define the faults that need a person. So does a seal that
    was refused ``most_refusals`` times while others of its body were not.
    ``calls`` limits the calls of a pass that are under way at a time, each with at most ``batch_notices`` notices and
    ``batch_bytes`` octets.
    """

    owner: str
    origin: str
    lease: timedelta
    pace: Pace
    codes: CodeTable = USUAL_CODES
    most_refusals: int = MAX_REQUEUES
    batch_notices: int = 50
    batch_bytes: int = 8_000_000
    calls: CallCount = ONE_BY_ONE
    endpoint_policy: EndpointPolicy = USUAL
    tickets: Tickets = USUAL_TICKETS

"""The judiciary behind the endpoint: each request in a transaction of the ledger, with its fault on demand.

The transaction records the message first and looks at the clock last (`request.py`). A refused message is kept raw in
the ledger, within bounds.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from lxml import etree

from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.issued_receipts import RECEIPTS
from adapters.sandbox.judiciary.judiciary_service import JudiciaryService
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.judiciary.receipt_form import ReceiptForm
from adapters.sandbox.judiciary.request import Request
from adapters.soap.endpoint import Admitted, Reply, TurnedAway
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import Rejection


class Operations(Protocol):
    """Operations of a contract."""

    def call(self, payload: etree._Element, context_of_handlers: tuple[JudiciaryService, Request]) -> etree._Element:
        """Return the answer's payload. Raises `GatewayError` and `adapters.soap.endpoint.HandlerFailed`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxRequestHandler:
    """Request handler (`adapters.soap.endpoint.RequestHandler`).

    ``form`` is that of the contract's receipts, ``fault`` that of one request.
    """

    judiciary: JudiciaryService
    ledger: Ledger
    service: Operations
    clock: Clock
    skew: timedelta
    form: ReceiptForm = RECEIPTS
    fault: Fault | None = None

    def knows(self, replay_key: str) -> bool:
        if self.fault is Fault.BUSY:
            raise TurnedAway("busy", "try again later")
        with self.ledger.transaction() as transaction:
            return transaction.knows(replay_key)

    def set_aside(self, octets: bytes, rejection: Rejection, received_at: datetime) -> None:
        # The next request reports a failing ledger.
        with suppress(GatewayError), self.ledger.transaction() as transaction:
            transaction.set_aside(octets, rejection, received_at=received_at)

    def serve(self, admitted: Admitted) -> Reply:
        request = Request(
            facts=admitted.facts,
            operation=admitted.operation,
            received_at=admitted.received_at,
            ledger=self.ledger,
            clock=self.clock,
            skew=self.skew,
            fault=self.fault,
            form=self.form,
        )
        answer = self.service.call(admitted.body, (self.judiciary, request))
        return Reply(body=answer, slices=request.slices)

"""How the receipts of a contract are made and read, beside what the ledger calls them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.crypto.keys.keys import Signer
from adapters.sandbox.judiciary.ledger_transaction import DueEvent, Form, IssuedReceipt


class Issue(Protocol):
    """Makes the signed receipt of an event; its id is derived from submission and event, or ends in ``suffix``."""

    def __call__(self, due: DueEvent, signer: Signer, now: datetime, suffix: str | None = None) -> IssuedReceipt: ...


class EventOf(Protocol):
    """Reads the event that a receipt of ours tells."""

    def __call__(self, octets: bytes) -> DueEvent: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptForm:
    """One contract's receipts."""

    name: Form
    issue: Issue
    event_of: EventOf

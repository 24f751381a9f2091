"""Form of a contract's receipts: how they are made and read, and their name in the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from adapters.crypto.keys.keys import Signer
from adapters.sandbox.judiciary.ledger_transaction import DueEvent, Form, IssuedReceipt


class Issue(Protocol):
    """Maker of the signed receipt of an event; its id is derived from submission and event, or ends in ``suffix``."""

    def __call__(self, due: DueEvent, signer: Signer, now: datetime, suffix: str | None = None) -> IssuedReceipt: ...


class EventOf(Protocol):
    """Reader of the event in a receipt of ours."""

    def __call__(self, octets: bytes) -> DueEvent: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptForm:
    """Receipts of one contract."""

    name: Form
    issue: Issue
    event_of: EventOf

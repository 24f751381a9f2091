"""One request on its way through the sandbox, with everything that its handlers may use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lxml import etree

from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.issued_receipts import RECEIPTS
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.judiciary.ledger_transaction import Transaction
from adapters.sandbox.judiciary.receipt_form import ReceiptForm
from gateway.judiciary.courier import SealSlice
from gateway.notice.notice import sha256
from gateway.runtime.clock import Clock
from gateway.trust.trust_policy import Facts, Rejection


@dataclass(slots=True, kw_only=True)
class Request:
    """Verified request.

    ``slices`` collects the signed octets that its answer will carry literally. ``fault`` is the fault on demand,
    ``form`` that of its contract's receipts.
    """

    facts: Facts = field(repr=False)
    operation: str
    received_at: datetime
    ledger: Ledger
    clock: Clock
    skew: timedelta
    fault: Fault | None = None
    form: ReceiptForm = RECEIPTS
    slices: list[SealSlice] = field(default_factory=list)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Open the request's one transaction. It records the message first and looks at the clock last.

        Raises `Rejection` ``verify.replay`` or ``verify.expired``; then nothing has happened.
        """
        with self.ledger.transaction() as transaction:
            transaction.remember(
                self.facts.replay_key,
                message_id=self.facts.claims["MessageID"],
                operation=self.operation,
                received_at=self.received_at,
            )
            yield transaction
            self._assert_alive()

    def slot(self, reference: str, octets: bytes) -> etree._Element:
        """Return the placeholder element for ``octets`` in the answer."""
        self.slices.append(SealSlice(reference=reference, octets=octets, digest=sha256(octets)))
        return etree.Element("slot", n=str(len(self.slices) - 1))

    def _assert_alive(self) -> None:
        # The contract promises it: an answer after Expires plus skew stays true.
        now, expires = self.clock(), self.facts.expires_at
        if expires is None or now > expires + self.skew:
            raise Rejection("verify.expired", detail=f"expires {expires}, would be acted on {now}")

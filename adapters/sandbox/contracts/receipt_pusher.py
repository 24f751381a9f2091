"""Pusher of receipts to the sender of eblagh-rpc-1: signed requests to its callback, repeated until it has them.

A receipt is acknowledged if a signed answer, judged as a sender judges ours, names it as stored. A refused or omitted
one is sent again later. One thread, one call at a time.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from lxml import etree

from adapters.crypto.keys.keys import Signer
from adapters.crypto.keys.names import SOAP12
from adapters.crypto.message.soap_message import MessageVerifier, payload
from adapters.crypto.message.soap_signing import Addressing, sign_message
from adapters.crypto.xml.partner_profile import ANSWER_PARTS
from adapters.crypto.xml.strict_xml import conforms
from adapters.http.client import HttpClient, NoAnswer
from adapters.sandbox.contracts.rasid import RASIDS
from adapters.sandbox.contracts.rpc_answers import NAMESPACE
from adapters.sandbox.contracts.rpc_service import rasid_of
from adapters.sandbox.judiciary import fault_injection
from adapters.sandbox.judiciary.faults import Fault
from adapters.sandbox.judiciary.ledger import Ledger
from adapters.sandbox.judiciary.push_plan import PushPlan
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.trust.trust_policy import AllOf, Answers, Covers, Fresh, IssuedBy, Rejection

_E = f"{{{NAMESPACE}}}"
_ACTION: Final = f"{NAMESPACE}:ErsaleRasid"
_STORED: Final = "1"
_LIFETIME: Final = timedelta(minutes=5)
_STATUSES: Final = frozenset({200, 400, 500})
_MAX_ANSWER: Final = 1024 * 1024
_LOOKS_AT: Final = 500
"""Number of receipts among which due ones are sought."""

_SAID: Final = frozenset(fault for fault in Fault if fault.value.startswith("receipt")) - {Fault.RECEIPTS_LATE}
"""Faults of a call's contents; with any other fault, no call is made."""

_log = logging.getLogger(__name__)

Receipt = tuple[str, bytes]
"""Id and octets."""


@dataclass(slots=True, kw_only=True)
class _Trial:
    """Failed attempts of a receipt, and the time of the next one by the machine's own clock."""

    failures: int = 0
    next_at: float = 0.0


@dataclass(slots=True, kw_only=True)
class ReceiptPusher:
    """Pusher of receipts.

    ``issuers`` sign the sender's answers, ``signer`` our requests, ``receipts`` the receipts themselves. ``deal``
    returns the fault of the next call.
    """

    plan: PushPlan
    ledger: Ledger
    receipts: Signer
    signer: Signer
    verifier: MessageVerifier
    issuers: frozenset[str]
    schema: etree.XMLSchema
    skew: timedelta
    clock: Clock
    deal: Callable[[], Fault | None] = lambda: None
    _trials: dict[str, _Trial] = field(init=False, default_factory=dict)
    _failures: int = field(init=False, default=0)

    def run(self, stop: threading.Event) -> None:
        """Push until ``stop``. An error of the ledger is logged, and the call is tried again."""
        client = HttpClient(self.plan.timeout)
        try:
            while not stop.is_set():
                stop.wait(max(self.plan.look.total_seconds(), self.plan.wait(self._failures)))
                while not stop.is_set() and self.push(client):
                    pass
        finally:
            client.close()

    def push(self, client: HttpClient) -> bool:
        """Make one call, if any receipt is due; return True if it succeeded, and more may be waiting."""
        try:
            batch = self._next()
            if not batch or ((fault := self.deal()) is not None and fault not in _SAID):
                return False
            stored = self._call(client, self._spoiled(fault, batch))
            self._acknowledge(batch, stored)
        except (NoAnswer, GatewayError) as failure:
            self._failures += 1
            reason = failure.code if isinstance(failure, GatewayError) else failure.reason
            _log.warning("receipts were not taken: %s, %s times in a row", reason, self._failures)
            return False
        self._failures = 0
        return True

    def _next(self) -> list[Receipt]:
        """Return the receipts that are due now; sign new events once."""
        now = self.clock()
        with self.ledger.transaction() as transaction:
            if due := transaction.due(now, self.plan.most, RASIDS.name):
                transaction.add_receipts([RASIDS.issue(event, self.receipts, now) for event in due])
            waiting = transaction.unconfirmed(_LOOKS_AT, RASIDS.name)
        steady = time.monotonic()
        ready = [(id_, octets) for _, id_, octets in waiting if self._trial(id_).next_at <= steady]
        return ready[: self.plan.most]

    def _call(self, client: HttpClient, batch: Sequence[Receipt]) -> frozenset[str]:
        """Return the ids that the answer names as stored. Raises `NoAnswer` and `GatewayError`."""
        request = Addressing(to=self.plan.url, action=_ACTION, message_id=f"urn:uuid:{uuid.uuid4()}")
        wire = sign_message(_message(batch), request, self.signer, self.clock(), _LIFETIME, soap=SOAP12).wire
        headers = {"Content-Type": f'application/soap+xml; charset=utf-8; action="{_ACTION}"'}
        answer = client.post(self.plan.url, wire, headers, _MAX_ANSWER)
        if answer.status not in _STATUSES:
            raise GatewayError("courier.http-status", where=self.plan.url, detail=str(answer.status))
        return self._stored(answer.body, request)

    def _stored(self, octets: bytes, request: Addressing) -> frozenset[str]:
        facts = self.verifier.examine(octets)
        answers = Answers(message_id=request.message_id, action=f"{request.action}Response")
        fresh = Fresh(self.clock(), skew=self.skew)
        AllOf(IssuedBy(self.issuers), Covers(*ANSWER_PARTS), fresh, answers).check(facts)
        told = payload(facts)
        if told.tag == f"{{{SOAP12}}}Fault":
            raise GatewayError("courier.fault", where=self.plan.url)
        if told.tag != f"{_E}ErsaleRasidResponse":
            raise Rejection("verify.addressing", where=etree.QName(told).localname)
        conforms(self.schema, told)
        results = told.iterfind(f"pasokh/{_E}Natije")
        return frozenset(
            each.findtext(f"{_E}ShomareRasid", "")
            for each in results
            if each.findtext(f"{_E}CodeNatije", "").strip() == _STORED
        )

    def _acknowledge(self, batch: Sequence[Receipt], stored: frozenset[str]) -> None:
        """Acknowledge stored receipts; only ones that were sent."""
        steady = time.monotonic()
        if taken := [id_ for id_, _ in batch if id_ in stored]:
            with self.ledger.transaction() as transaction:
                transaction.confirm(taken, self.clock())
        for id_, _ in batch:
            if id_ in stored:
                self._trials.pop(id_, None)
                continue
            trial = self._trials.setdefault(id_, _Trial())
            trial.failures += 1
            trial.next_at = steady + self.plan.wait(trial.failures)

    def _spoiled(self, fault: Fault | None, batch: Sequence[Receipt]) -> Sequence[Receipt]:
        if fault is None:
            return batch
        with self.ledger.transaction() as transaction:
            earlier = transaction.receipts_after(0, 1, RASIDS.name)
        told = [(id_, octets) for _, id_, octets in earlier]
        return fault_injection.receipts(fault, batch, told, RASIDS, self.receipts, self.clock())

    def _trial(self, id_: str) -> _Trial:
        return self._trials.get(id_) or _Trial()


def _message(batch: Sequence[Receipt]) -> etree._Element:
    root = etree.Element(f"{_E}ErsaleRasid", nsmap={"e": NAMESPACE})
    etree.SubElement(root, "darkhast").extend([rasid_of(id_, octets) for id_, octets in batch])
    return root

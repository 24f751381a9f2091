"""Request handler of the callback: the receipts of a verified message are stored before it is answered."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Protocol

import structlog
from lxml import etree

from adapters.soap.endpoint import Admitted, Reply
from gateway.intake.push_result import PushTally, Way
from gateway.judiciary.courier import Carrier, Operation
from gateway.notice.profile_version import SpokenProfile
from gateway.quarantine.quarantine import keep_brought
from gateway.receipts.acceptance import ReceiptPolicy
from gateway.receipts.receipt_batch import ReceiptJudge
from gateway.receipts.receipt_callback import BroughtReceipt, PushedReceipts, TakenReceipt, take_brought
from gateway.runtime.errors import CATALOGUE, GatewayError
from gateway.store.inbox import Envelope, Taking
from gateway.store.store import Store
from gateway.store.waiting_receipt import CONTRADICTION, IMPLAUSIBLE
from gateway.trust.trust_policy import Rejection

_log = structlog.get_logger(__name__)


class PushContract(Protocol):
    """Contract of one judiciary's messages that push receipts."""

    def receipts(self, body: etree._Element) -> Sequence[BroughtReceipt]:
        """Return the receipts of a message. Raises `Rejection` if any cannot be read."""
        ...

    def answer_to(self, taken: Sequence[TakenReceipt]) -> etree._Element:
        """Return the answer's element. Raises `GatewayError` if the contract has no such answer."""
        ...


class Opened(Protocol):
    """Memory of opened messages; `gateway.store.inbox.Inbox` is one."""

    def knows(self, replay_key: str) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptService:
    """Request handler (`adapters.soap.endpoint.RequestHandler`) of pushed receipts.

    ``destination`` is the judiciary. ``policy`` is that of taking receipts, ``profile`` the one by which they are read.
    ``tally`` counts messages. One message at a time: a judge and a contract hold the errors of their last use.
    """

    destination: str
    policy: ReceiptPolicy
    profile: SpokenProfile
    store: Callable[[], Store]
    opened: Callable[[], Opened]
    contract: PushContract
    judge: ReceiptJudge
    tally: PushTally
    _lock: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    def knows(self, replay_key: str) -> bool:
        return self.opened().knows(replay_key)

    def set_aside(self, octets: bytes, rejection: Rejection, received_at: datetime) -> None:
        self.tally.refused(self.destination, Way.CALLBACK, rejection.code)
        try:
            left_out = keep_brought(self.store(), octets, rejection, self.destination, self.policy.origin, received_at)
        except GatewayError as error:
            left_out = error
        kept = left_out.code if left_out else "kept"
        _log.warning("callback refused", code=rejection.code, octets=len(octets), quarantine=kept)

    def serve(self, admitted: Admitted) -> Reply:
        try:
            return self._serve(admitted)
        except Rejection:
            raise
        except GatewayError as error:
            # The other side gets its code alone.
            self.tally.refused(self.destination, Way.CALLBACK, error.code)
            _log.error("callback failed", code=error.code, where=error.where, remedy=error.entry.remedy)
            raise

    def _serve(self, admitted: Admitted) -> Reply:
        facts, now = admitted.facts, admitted.received_at
        message_id = facts.claims["MessageID"]
        carrier = Carrier(
            message=message_id,
            raw=admitted.octets,
            passed=admitted.passed,
            signed_at=facts.signed_at,
            operation=Operation.BRING_RECEIPTS,
            profile=self.profile,
        )
        envelope = Envelope(
            replay_key=facts.replay_key, message_id=message_id, received_at=now, attempt=secrets.token_hex(8)
        )
        with self._lock:
            pushed = PushedReceipts(receipts=self.contract.receipts(admitted.body), carrier=carrier, envelope=envelope)
            taken = take_brought(self.policy.receipt_batch(self.store(), self.destination), self.judge, pushed, now)
            takings = [Taking.STORED if each.taken else Taking.REFUSED for each in taken]
            self.tally.took(self.destination, Way.CALLBACK, takings)
            _log.info("receipts brought", count=len(taken), taken=sum(each.taken for each in taken))
            for code in (IMPLAUSIBLE, CONTRADICTION):
                if found := [each for each in taken if each.code == code]:
                    entry = CATALOGUE[code]
                    _log.error("alarm", code=code, where=found[0].digest, count=len(found),
                               meaning=entry.en, who_must_act=entry.actor.value, remedy=entry.remedy)  # fmt: skip
            return Reply(body=self.contract.answer_to(taken))

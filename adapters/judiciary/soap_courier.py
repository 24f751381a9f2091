"""The courier over SOAP: signs each request, believes only verified answers, and turns them into outcomes."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from lxml import etree

from adapters.crypto.certificate import assert_valid_now
from adapters.crypto.keys import Signer
from adapters.crypto.message import Addressing, MessageVerifier, SignedMessage, payload, sign_message
from adapters.crypto.profile import ANSWER_PARTS
from adapters.crypto.xml import conforms
from adapters.judiciary import contract
from adapters.judiciary.binding import Binding
from adapters.judiciary.channel import Channel
from adapters.judiciary.retry_after import retry_after
from gateway.breaker import Failure
from gateway.clock import Clock
from gateway.courier import (
    Answer,
    CallFailed,
    Carrier,
    Deferred,
    Message,
    NotBelieved,
    Operation,
    Outcome,
    ReceiptPage,
    SealSlice,
    Standing,
    Unknown,
)
from gateway.errors import GatewayError
from gateway.revocation import UNASKED, Revocations
from gateway.timekeeping import JUDICIARY, Timekeeper
from gateway.trust import AllOf, Answers, Covers, Fresh, IssuedBy

T = TypeVar("T")

RESOLUTION = timedelta(seconds=1)
"""A Timestamp may be given in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapSettings:
    """``destination`` names the judiciary in evidence; ``issuers`` are thumbprints of its message certificates.
    A request lives for ``lifetime``: the judiciary acts on none later than that plus ``skew``."""

    destination: str
    endpoint: str
    issuers: frozenset[str]
    lifetime: timedelta
    skew: timedelta


_Believed = tuple[etree._Element, list[str], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What came of a message: octets, their verified payload with the checks that it passed, or what kept it away."""

    raw: bytes | None = None
    answer: etree._Element | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    problem: GatewayError | None = None

    @property
    def failure(self) -> Failure | None:
        """What the call was to the endpoint's breaker."""
        if isinstance(self.problem, CallFailed):
            return self.problem.failure
        busy = self.answer is not None and contract.fault_code(self.answer) == contract.BUSY
        return Failure(code="courier.busy") if busy else None


class SoapCourier:
    """`gateway.courier.Courier` for the contract eblagh-1."""

    def __init__(
        self,
        settings: SoapSettings,
        *,
        binding: Binding,
        schema: etree.XMLSchema,
        channel: Channel,
        signer: Signer,
        verifier: MessageVerifier,
        clock: Clock,
        timekeeper: Timekeeper,
        revocations: Revocations = UNASKED,
    ) -> None:
        self._settings, self._binding, self._schema = settings, binding, schema
        self._channel, self._signer, self._verifier, self._clock = channel, signer, verifier, clock
        self._timekeeper, self._asked_at = timekeeper, timekeeper.steady()
        self._revocations = revocations

    @property
    def destination(self) -> str:
        return self._settings.destination

    def assert_ready(self, now: datetime) -> None:
        assert_valid_now(self._signer.certificate, now)
        self._channel.assert_allowed()

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message:
        references = tuple(seal.reference for seal in seals)
        return self._prepare(Operation.SUBMIT, contract.submission_parts(seals), references, now, seals)

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message:
        return self._prepare(Operation.INQUIRE_STATUS, contract.status_parts(references), tuple(references), now)

    def submit(self, message: Message) -> Answer[Outcome]:
        heard = self._transmit(message)
        outcomes: Mapping[str, Outcome]
        if heard.answer is not None and (code := contract.fault_code(heard.answer)) is not None:
            fault: Outcome = Deferred(code=code) if code in contract.NOT_ACTED_ON else Unknown(code=code)
            outcomes = dict.fromkeys(message.references, fault)
        elif heard.answer is not None:
            outcomes = contract.read_outcomes(heard.answer, message.references)
        else:
            outcomes = dict.fromkeys(message.references, _unanswered(heard.problem))
        return self._answer(heard, outcomes)

    def inquire(self, message: Message) -> Answer[Standing]:
        heard = self._transmit(message)
        standings: Mapping[str, Standing]
        if heard.answer is not None and contract.fault_code(heard.answer) is None:
            standings = contract.read_standings(heard.answer, message.references)
        else:
            code = heard.problem.code if heard.problem else "courier.fault"
            standings = dict.fromkeys(message.references, Unknown(code=code))
        return self._answer(heard, standings)

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage:
        answer, carrier = self._call(contract.FETCH_RECEIPTS, Cursor=cursor, Limit=limit)
        return replace(contract.read_receipts(answer), carrier=carrier)

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None:
        self._call(contract.CONFIRM_RECEIPTS, ReceiptId=list(receipt_ids))

    def has_account(self, kind: str, identifier: str) -> bool:
        person = [{"Kind": kind, "Identifier": identifier}]
        answer, _ = self._call(contract.INQUIRE_ACCOUNTS, Person=person)
        return contract.read_account(answer)

    def _prepare(
        self,
        operation: Operation,
        parts: Mapping[str, Any],
        references: tuple[str, ...],
        now: datetime,
        seals: Sequence[SealSlice] = (),
    ) -> Message:
        message_id = f"urn:uuid:{uuid.uuid4()}"
        signed = self._sign(operation.value, message_id, parts, now, seals)
        return Message(
            id=message_id,
            operation=operation,
            references=references,
            created_at=now,
            wire=signed.wire,
            frame=signed.frame,
        )

    def _sign(
        self, operation: str, message_id: str, parts: Mapping[str, Any], now: datetime, seals: Sequence[SealSlice] = ()
    ) -> SignedMessage:
        addressing = Addressing(
            to=self._settings.endpoint, action=self._binding.soap_action(operation), message_id=message_id
        )
        body = self._binding.request(operation, **parts)
        return sign_message(body, addressing, self._signer, now, self._settings.lifetime, seals)

    def _transmit(self, message: Message) -> _Heard:
        try:
            raw = self._post(message.wire, message.operation.value)
            answer, passed, signed_at = self._verified(raw, message.operation.value, message.id)
        except NotBelieved as refusal:
            return _Heard(raw=refusal.octets, problem=refusal)
        except GatewayError as problem:
            return _Heard(problem=problem)
        return _Heard(raw=raw, answer=answer, passed=passed, signed_at=signed_at)

    def _answer(self, heard: _Heard, told: Mapping[str, T]) -> Answer[T]:
        refused = None if heard.raw is None else heard.problem
        return Answer(
            raw=heard.raw,
            received_at=self._clock(),
            by_reference=told,
            refused=refused,
            passed=heard.passed,
            signed_at=heard.signed_at,
            failure=heard.failure,
        )

    def _call(self, operation: str, **parts: Any) -> tuple[etree._Element, Carrier]:
        message_id = f"urn:uuid:{uuid.uuid4()}"
        signed = self._sign(operation, message_id, parts, self._clock())
        raw = self._post(signed.wire, operation)
        answer, passed, signed_at = self._verified(raw, operation, message_id)
        contract.refuse_fault(answer, operation)
        return answer, Carrier(message=message_id, raw=raw, passed=passed, signed_at=signed_at)

    def _post(self, wire: bytes, operation: str) -> bytes:
        """Return what came. Raises `GatewayError`; `NotBelieved` where something came that is no SOAP answer."""
        self._asked_at = self._timekeeper.steady()
        answer = self._channel.post(wire, self._binding.soap_action(operation))
        # SOAP 1.1 carries faults with 500; any other status comes from something in between.
        if answer.status not in (200, 500):
            wait = retry_after(answer.retry_after, self._clock()) if answer.status in _ASK_FOR_TIME else None
            where, status = self._settings.endpoint, str(answer.status)
            error = CallFailed("courier.http-status", where=where, detail=status, retry_after=wait)
            raise NotBelieved(error, operation, answer.body) if answer.body else error
        return answer.body

    def _verified(self, raw: bytes, operation: str, message_id: str) -> _Believed:
        """Return the answer's payload, the checks that it passed, and when it was signed. Raises `NotBelieved`."""
        try:
            return self._believed(raw, operation, message_id)
        except GatewayError as refusal:
            raise NotBelieved(refusal, operation, raw) from refusal

    def _believed(self, raw: bytes, operation: str, message_id: str) -> _Believed:
        facts = self._verifier.examine(raw)
        issued, covers = IssuedBy(self._settings.issuers), Covers(*ANSWER_PARTS)
        answers = Answers(message_id=message_id, action=self._binding.soap_action(operation) + "Response")
        with suppress(GatewayError):
            # The answer to this very request was made after it, whatever the two clocks say: one that is not fresh
            # tells how far they are apart.
            AllOf(issued, covers, answers).check(facts)
            self._timekeeper.heard(JUDICIARY, facts.signed_at, self._asked_at, RESOLUTION)
        now = self._clock()
        fresh, unrevoked = Fresh(now, skew=self._settings.skew), self._revocations.now(now)
        passed = AllOf(issued, covers, fresh, answers, unrevoked).check(facts)
        answer = payload(facts)
        if (judged := contract.judged_by_schema(answer, operation)) is not None:
            conforms(self._schema, judged)
        return answer, passed, facts.signed_at


_ASK_FOR_TIME = (429, 503)
"""Statuses that may come with a Retry-After: RFC 6585, section 4; RFC 9110, 15.6.4."""

_NOTHING_SENT = ("courier.not-connected", "config.endpoint")


def _unanswered(problem: GatewayError | None) -> Outcome:
    if problem is not None and problem.code in _NOTHING_SENT:
        return Deferred(code=problem.code)
    return Unknown(code=problem.code if problem else "courier.no-answer")

"""The common part of every courier: a request is signed, only a verified answer counts, and all else is doubt.

A wire signs and verifies octets, a contract reads and writes their contents (`adapters.judiciary.wire`). The
consequences are decided here, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from adapters.judiciary.call_context import CallContext, call_about, new_call
from adapters.judiciary.channel import NOTHING_SENT
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS
from adapters.judiciary.retry_after import retry_after
from adapters.judiciary.wire import Content, Contract, Wire
from gateway.judiciary.courier import (
    CREDENTIALS,
    Answer,
    CallFailed,
    Carrier,
    Deferred,
    Message,
    NamedNotice,
    NotBelieved,
    Operation,
    Outcome,
    ReceiptPage,
    Rejected,
    SealRefused,
    SealSlice,
    Standing,
    Unknown,
)
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import JUDICIARY, Timekeeper
from gateway.trust.revocation_status import UNASKED, Revocations
from gateway.trust.trust_policy import AllOf, Answers, Covers, Facts, Fresh, IssuedBy, Rejection

T = TypeVar("T")

RESOLUTION = timedelta(seconds=1)
"""Resolution of a message's time, which may be given in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierSettings:
    """Settings of a courier.

    ``destination`` names the judiciary in evidence. ``issuers`` are thumbprints of its message certificates. ``skew``
    is the largest difference between the clocks. ``codes`` list faults that leave no doubt, and those of a busy
    service. ``profile`` is the one by which all messages are made and read.
    """

    destination: str
    endpoint: str
    issuers: frozenset[str]
    skew: timedelta
    codes: CodeTable = USUAL_CODES
    profile: SpokenProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[Content]):
    """Response to a message: octets, their verified content with the checks that it passed, or the problem."""

    raw: bytes | None = None
    answer: Content | None = None
    fault: str | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    problem: GatewayError | None = None


class SignedCourier(Generic[Content]):
    """Courier (`gateway.judiciary.courier.Courier`) over any wire and contract."""

    def __init__(
        self,
        settings: CourierSettings,
        wire: Wire[Content],
        contract: Contract[Content],
        *,
        clock: Clock,
        timekeeper: Timekeeper,
        revocations: Revocations = UNASKED,
    ) -> None:
        self._settings, self._wire, self._contract, self._clock = settings, wire, contract, clock
        self._timekeeper, self._asked_at = timekeeper, timekeeper.steady()
        self._revocations = revocations

    @property
    def destination(self) -> str:
        return self._settings.destination

    def assert_ready(self, now: datetime) -> None:
        self._wire.assert_ready(now)

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message:
        call = call_about(now, [seal.reference for seal in seals])
        made = self._contract.submission(seals, call)
        return self._prepare(Operation.SUBMIT, made.content, call, made.slices)

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message:
        call = call_about(now, references)
        return self._prepare(Operation.INQUIRE_STATUS, self._contract.inquiry(references, call), call)

    def submit(self, message: Message) -> Answer[Outcome]:
        heard, codes = self._transmit(message), self._settings.codes
        outcomes: Mapping[str, Outcome]
        if heard.fault is not None:
            # The answered copy need not be the only one: a hop may have delivered the request twice.
            not_acted_on = heard.fault in codes.not_acted_on
            fault: Outcome = Deferred(code=heard.fault) if not_acted_on else Unknown(code=heard.fault)
            outcomes = dict.fromkeys(message.references, fault)
        elif heard.answer is not None:
            outcomes = self._seals_told(self._contract.outcomes(heard.answer, _call_of(message)))
        else:
            outcomes = dict.fromkeys(message.references, _unanswered(heard.problem))
        return self._answer(heard, outcomes)

    def inquire(self, message: Message) -> Answer[Standing]:
        heard = self._transmit(message)
        standings: Mapping[str, Standing]
        if heard.answer is not None and heard.fault is None:
            standings = self._seals_told(self._contract.standings(heard.answer, _call_of(message)))
        else:
            code = heard.problem.code if heard.problem else "courier.fault"
            standings = dict.fromkeys(message.references, Unknown(code=code))
        return self._answer(heard, standings)

    def _seals_told(self, told: Mapping[str, T]) -> dict[str, T | SealRefused]:
        """Turn a rejection of the seal's signature or certificate into `SealRefused`: the notice is not rejected."""
        ours = self._settings.codes.credentials
        return {
            reference: SealRefused(code=each.code, text=each.text)
            if isinstance(each, Rejected) and each.code in ours
            else each
            for reference, each in told.items()
        }

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage:
        call = new_call(self._clock())
        return self._receipts(self._contract.page(cursor, limit, call), call)

    def poll_receipts(self, notices: Sequence[NamedNotice]) -> ReceiptPage:
        call = new_call(self._clock(), notices)
        question = self._contract.poll(notices, call)
        if question is None:
            raise GatewayError("courier.contract", where=FETCH_RECEIPTS, detail="receipts are not asked for by notice")
        return self._receipts(question, call)

    def _receipts(self, question: Content, call: CallContext) -> ReceiptPage:
        answer, carrier = self._call(FETCH_RECEIPTS, question, call)
        try:
            return replace(self._contract.receipts(answer, call), carrier=carrier)
        except GatewayError as unread:
            raise NotBelieved(unread, FETCH_RECEIPTS, carrier.raw) from unread

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None:
        call = new_call(self._clock())
        if (confirmation := self._contract.confirmation(receipt_ids, call)) is not None:
            self._call(CONFIRM_RECEIPTS, confirmation, call)

    def has_account(self, kind: str, identifier: str) -> bool:
        call = new_call(self._clock())
        if (question := self._contract.account(kind, identifier, call)) is None:
            return False
        answer, _ = self._call(INQUIRE_ACCOUNTS, question, call)
        return self._contract.has_account(answer)

    def _prepare(
        self,
        operation: Operation,
        content: Content,
        call: CallContext,
        slices: Sequence[SealSlice] = (),
    ) -> Message:
        signed = self._wire.sign(operation.value, call.id, content, call.now, slices)
        return Message(
            id=call.id,
            operation=operation,
            references=call.references,
            created_at=call.now,
            wire=signed.wire,
            frame=signed.frame,
            profile=self._settings.profile,
        )

    def _transmit(self, message: Message) -> Heard[Content]:
        try:
            raw = self._post(message.wire, message.operation.value)
            return self._verified(raw, message.operation.value, message.id)
        except NotBelieved as refusal:
            return Heard(raw=refusal.octets, problem=refusal)
        except GatewayError as problem:
            return Heard(problem=problem)

    def _answer(self, heard: Heard[Content], told: Mapping[str, T]) -> Answer[T]:
        return Answer(
            raw=heard.raw,
            received_at=self._clock(),
            by_reference=told,
            refused=None if heard.raw is None else heard.problem,
            passed=heard.passed,
            signed_at=heard.signed_at,
            failure=self._failure(heard),
            fault=heard.fault,
        )

    def _failure(self, heard: Heard[Content]) -> Failure | None:
        """Return the call's failure for the endpoint's circuit breaker, or None."""
        if isinstance(heard.problem, CallFailed):
            return heard.problem.failure
        code = self._failed_by(heard.fault)
        return None if code is None else Failure(code=code)

    def _failed_by(self, fault: str | None) -> str | None:
        """Return the code of a failed call if the fault asks not to repeat it for a while."""
        codes = self._settings.codes
        if fault in codes.credentials:
            return CREDENTIALS
        return "courier.busy" if fault in codes.busy else None

    def _call(self, operation: str, content: Content, call: CallContext) -> tuple[Content, Carrier]:
        """Return the answer, and its carrier.

        Raises `GatewayError` for a fault: `CallFailed` ``courier.busy`` or ``courier.credentials``, or else
        ``courier.fault``.
        """
        signed = self._wire.sign(operation, call.id, content, call.now)
        raw = self._post(signed.wire, operation)
        heard = self._verified(raw, operation, call.id)
        if (failed_by := self._failed_by(heard.fault)) is not None:
            raise CallFailed(failed_by, where=operation, detail=heard.fault or "")
        if heard.fault is not None:
            raise GatewayError("courier.fault", where=operation, detail=heard.fault)
        assert heard.answer is not None
        carrier = Carrier(
            message=call.id,
            raw=raw,
            passed=heard.passed,
            signed_at=heard.signed_at,
            profile=self._settings.profile,
        )
        return heard.answer, carrier

    def _post(self, wire: bytes, operation: str) -> bytes:
        """Return the response's octets.

        Raises `GatewayError`; `NotBelieved` for a response that is none of the contract.
        """
        self._asked_at = self._timekeeper.steady()
        answer = self._wire.send(wire, operation)
        if answer.status not in self._wire.statuses:
            wait = retry_after(answer.retry_after, self._clock()) if answer.status in _ASK_FOR_TIME else None
            where, status = self._settings.endpoint, str(answer.status)
            error = CallFailed("courier.http-status", where=where, detail=status, retry_after=wait)
            raise NotBelieved(error, operation, answer.body) if answer.body else error
        return answer.body

    def _verified(self, raw: bytes, operation: str, message_id: str) -> Heard[Content]:
        """Return the verified answer. Raises `NotBelieved`."""
        try:
            return self._believed(raw, operation, message_id)
        except GatewayError as refusal:
            raise NotBelieved(refusal, operation, raw) from refusal

    def _believed(self, raw: bytes, operation: str, message_id: str) -> Heard[Content]:
        facts = self._wire.examine(raw)
        issued, covers = IssuedBy(self._settings.issuers), Covers(*self._wire.coverage)
        answers = Answers(message_id=message_id, action=self._wire.answer_action(operation))
        with suppress(GatewayError):
            # The answer to this very request was made after it, whatever the two clocks show. One that is not fresh
            # shows the difference between them.
            AllOf(issued, covers, answers).check(facts)
            self._timekeeper.heard(JUDICIARY, facts.signed_at, self._asked_at, RESOLUTION)
        now = self._clock()
        fresh, unrevoked = Fresh(now, skew=self._settings.skew), self._revocations.now(now)
        try:
            passed = AllOf(issued, covers, fresh, answers, unrevoked).check(facts)
        except Rejection as refusal:
            if (told := self._told_of_us(facts, operation)) is not None:
                raise CallFailed(CREDENTIALS, where=operation, detail=told) from refusal
            raise
        answer = self._wire.content(facts)
        self._contract.assert_answers(operation, answer)
        fault = self._contract.fault(answer)
        return Heard(raw=raw, answer=answer, fault=fault, passed=passed, signed_at=facts.signed_at)

    def _told_of_us(self, facts: Facts, operation: str) -> str | None:
        """Return the code of a fault that answers no request, if it is about our credentials.

        A service that does not trust a request relates its fault to none. That proves nothing of any notice, but it is
        signed by the judiciary and fresh: it shows an operator the cause.
        """
        if facts.claims.get("RelatesTo") is not None:
            return None
        covers = Covers(*(part for part in self._wire.coverage if part != "RelatesTo"))
        with suppress(GatewayError):
            fresh = Fresh(self._clock(), skew=self._settings.skew)
            AllOf(IssuedBy(self._settings.issuers), covers, fresh).check(facts)
            answer = self._wire.content(facts)
            self._contract.assert_answers(operation, answer)
            fault = self._contract.fault(answer)
            return fault if fault in self._settings.codes.credentials else None
        return None


_ASK_FOR_TIME = (429, 503)
"""Statuses that may have a Retry-After: RFC 6585, section 4; RFC 9110, 15.6.4."""


def _call_of(message: Message) -> CallContext:
    notices = [NamedNotice(reference=reference) for reference in message.references]
    return CallContext(id=message.id, now=message.created_at, notices=notices)


def _unanswered(problem: GatewayError | None) -> Outcome:
    if problem is not None and problem.code in NOTHING_SENT:
        return Deferred(code=problem.code)
    return Unknown(code=problem.code if problem else "courier.no-answer")

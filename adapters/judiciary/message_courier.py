"""The common part of every courier: only an answer that may be believed counts, and all else is doubt.

A wire makes and sends requests, a judge decides which answers may be read (`adapters.judiciary.answer_judge`), a
contract reads and writes contents (`adapters.judiciary.wire`). The consequences are decided here, once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from adapters.judiciary.answer_judge import AnswerJudge, Call
from adapters.judiciary.call_context import CallContext, call_about, new_call
from adapters.judiciary.channel import NOTHING_SENT, Unsent
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS
from adapters.judiciary.retry_after import retry_after, written_date
from adapters.judiciary.wire import Content, Contract, Fault, Wire
from gateway.judiciary.courier import (
    CREDENTIALS,
    OF_MAPPING,
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
    Unread,
)
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper
from gateway.trust.trust_policy import Rejection

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierSettings:
    """Settings of a courier.

    ``destination`` names the judiciary in evidence. ``codes`` list faults that leave no doubt, and those of a busy
    service. ``profile`` is the one by which all messages are made and read.
    """

    destination: str
    endpoint: str
    codes: CodeTable = USUAL_CODES
    profile: SpokenProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[Content]):
    """Response to a message: octets, their verified content with the checks that it passed, or the problem.

    ``wait`` is the time that a busy service asks for.
    """

    raw: bytes | None = None
    answer: Content | None = None
    fault: Fault | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    problem: GatewayError | None = None
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Response:
    """Octets of a response, and two of its HTTP headers: its time, and the wait that a busy service asks for."""

    raw: bytes
    dated: datetime | None
    wait: timedelta | None


class MessageCourier(Generic[Content]):
    """Courier (`gateway.judiciary.courier.Courier`) over any wire and contract.

    ``judge`` decides which answers count.
    """

    def __init__(
        self,
        settings: CourierSettings,
        wire: Wire[Content],
        contract: Contract[Content],
        judge: AnswerJudge[Content],
        *,
        clock: Clock,
        timekeeper: Timekeeper,
    ) -> None:
        self._settings, self._wire, self._contract, self._judge = settings, wire, contract, judge
        self._clock, self._timekeeper, self._asked_at = clock, timekeeper, timekeeper.steady()

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
            code = heard.fault.code
            doubtful = code not in codes.not_acted_on
            fault: Outcome = Unknown(code=code) if doubtful else Deferred(code=code, retry_after=heard.wait)
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
        call = replace(new_call(self._clock()), cursor=cursor, limit=limit)
        return self._receipts(self._contract.page(call), call)

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
            refusal = Unread if unread.code.startswith(OF_MAPPING) else NotBelieved
            raise refusal(unread, FETCH_RECEIPTS, carrier.raw) from unread

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
            signed=signed.signed,
            profile=self._settings.profile,
        )

    def _transmit(self, message: Message) -> Heard[Content]:
        try:
            came = self._post(message.wire, message.operation.value)
            return self._verified(came, message.operation.value, message.id)
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
            fault=None if heard.fault is None else heard.fault.code,
            words="" if heard.fault is None else heard.fault.text,
        )

    def _failure(self, heard: Heard[Content]) -> Failure | None:
        """Return the call's failure for the endpoint's circuit breaker, or None."""
        if isinstance(heard.problem, CallFailed):
            return heard.problem.failure
        code = self._failed_by(heard.fault)
        return None if code is None else Failure(code=code, retry_after=heard.wait)

    def _failed_by(self, fault: Fault | None) -> str | None:
        """Return the code of a failed call if the fault asks not to repeat it for a while."""
        codes = self._settings.codes
        if fault is None:
            return None
        if fault.code in codes.credentials:
            return CREDENTIALS
        return "courier.busy" if fault.code in codes.busy else None

    def _call(self, operation: str, content: Content, call: CallContext) -> tuple[Content, Carrier]:
        """Return the answer, and its carrier.

        Raises `GatewayError` for a fault: `CallFailed` ``courier.busy`` or ``courier.credentials``, or else
        ``courier.fault``.
        """
        signed = self._wire.sign(operation, call.id, content, call.now)
        came = self._post(signed.wire, operation)
        heard = self._verified(came, operation, call.id)
        if heard.fault is not None:
            if (failed_by := self._failed_by(heard.fault)) is not None:
                raise CallFailed(failed_by, where=operation, detail=heard.fault.shown, retry_after=heard.wait)
            raise GatewayError("courier.fault", where=operation, detail=heard.fault.shown)
        assert heard.answer is not None
        carrier = Carrier(
            message=call.id,
            raw=came.raw,
            passed=heard.passed,
            signed_at=heard.signed_at,
            profile=self._settings.profile,
        )
        return heard.answer, carrier

    def _post(self, wire: bytes, operation: str) -> _Response:
        """Return the response.

        Raises `GatewayError`; `NotBelieved` for a response that is none of the contract.
        """
        self._asked_at = self._timekeeper.steady()
        answer = self._wire.send(wire, operation)
        wait = retry_after(answer.retry_after, self._clock()) if answer.status in _ASK_FOR_TIME else None
        if answer.status not in self._wire.statuses:
            where, status = self._settings.endpoint, str(answer.status)
            error = CallFailed("courier.http-status", where=where, detail=status, retry_after=wait)
            raise NotBelieved(error, operation, answer.body) if answer.body else error
        return _Response(raw=answer.body, dated=written_date(answer.date), wait=wait)

    def _verified(self, came: _Response, operation: str, message_id: str) -> Heard[Content]:
        """Return the verified answer. Raises `NotBelieved`."""
        try:
            return self._believed(came, operation, message_id)
        except GatewayError as refusal:
            raise NotBelieved(refusal, operation, came.raw) from refusal

    def _believed(self, came: _Response, operation: str, message_id: str) -> Heard[Content]:
        call = Call(operation=operation, message_id=message_id, asked_at=self._asked_at, dated=came.dated)
        try:
            believed = self._judge.believe(came.raw, call)
        except Rejection as refusal:
            if (fault := self._unrelated_refusal(came.raw, operation)) is not None:
                raise CallFailed(CREDENTIALS, where=operation, detail=fault.shown) from refusal
            raise
        answer = believed.content
        self._contract.assert_answers(operation, answer)
        fault = self._contract.fault(operation, answer)
        return Heard(
            raw=came.raw,
            answer=answer,
            fault=fault,
            passed=believed.passed,
            signed_at=believed.signed_at,
            wait=came.wait,
        )

    def _unrelated_refusal(self, raw: bytes, operation: str) -> Fault | None:
        """Return the fault of an answer that relates to no request, if it is about our credentials."""
        with suppress(GatewayError):
            if (answer := self._judge.unrelated(raw)) is not None:
                self._contract.assert_answers(operation, answer)
                fault = self._contract.fault(operation, answer)
                return fault if fault is not None and fault.code in self._settings.codes.credentials else None
        return None


_ASK_FOR_TIME = (429, 503)
"""Statuses that may have a Retry-After: RFC 6585, section 4; RFC 9110, 15.6.4."""


def _call_of(message: Message) -> CallContext:
    notices = [NamedNotice(reference=reference) for reference in message.references]
    return CallContext(id=message.id, now=message.created_at, notices=notices)


def _unanswered(problem: GatewayError | None) -> Outcome:
    if problem is not None and (problem.code in NOTHING_SENT or isinstance(problem, Unsent)):
        return Deferred(code=problem.code)
    return Unknown(code=problem.code if problem else "courier.no-answer")

"""What every courier does alike: a request is signed, only a verified answer is believed, and all else is doubt.

A contract's own courier says how its messages are made and read; what follows from them is decided here, once.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from adapters.crypto.certificate import assert_valid_now
from adapters.crypto.keys import Signer
from adapters.http.client import HttpAnswer
from adapters.judiciary.channel import Channel
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS
from adapters.judiciary.retry_after import retry_after
from gateway.breaker import Failure
from gateway.clock import Clock
from gateway.codes import USUAL_CODES, CodeTable, Told, outcome_of, standing_of
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
from gateway.envelope import Frame
from gateway.errors import GatewayError
from gateway.timekeeping import JUDICIARY, Timekeeper
from gateway.trust import AllOf, Answers, Covers, Facts, Fresh, IssuedBy

Content = TypeVar("Content")
"""What a contract's messages say, once they are verified."""

T = TypeVar("T")

RESOLUTION = timedelta(seconds=1)
"""A message's time may be given in whole seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierSettings:
    """``destination`` names the judiciary in evidence; ``issuers`` are thumbprints of its message certificates.
    A request lives for ``lifetime``: the judiciary acts on none later than that plus ``skew``."""

    destination: str
    endpoint: str
    issuers: frozenset[str]
    lifetime: timedelta
    skew: timedelta
    codes: CodeTable = USUAL_CODES


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A message that is ready: its octets, and the form in which they are stored."""

    wire: bytes = field(repr=False)
    frame: Frame = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[Content]):
    """What came of a message: octets, their verified content with the checks that it passed, or what kept it away."""

    raw: bytes | None = None
    answer: Content | None = None
    fault: str | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    problem: GatewayError | None = None


class SignedCourier(ABC, Generic[Content]):
    """`gateway.courier.Courier` for a contract whose subclass makes and reads the messages."""

    coverage: tuple[str, ...]
    """The parts of an answer that must be signed for it to be believed."""

    statuses: frozenset[int]
    """HTTP statuses under which the contract's own answers and faults come; any other is of something in between."""

    def __init__(
        self,
        settings: CourierSettings,
        *,
        channel: Channel,
        signer: Signer,
        clock: Clock,
        timekeeper: Timekeeper,
    ) -> None:
        self._settings, self._channel, self._signer, self._clock = settings, channel, signer, clock
        self._timekeeper, self._asked_at = timekeeper, timekeeper.steady()

    @abstractmethod
    def _sign(
        self, operation: str, message_id: str, parts: Mapping[str, Any], now: datetime, seals: Sequence[SealSlice]
    ) -> Signed:
        """Return the request, complete."""

    @abstractmethod
    def _send(self, wire: bytes, operation: str) -> HttpAnswer:
        """Transmit a request. Raises as `Channel.post` does."""

    @abstractmethod
    def _examine(self, raw: bytes) -> Facts:
        """Return what an answer proves. Raises `gateway.trust.Rejection`."""

    @abstractmethod
    def _answer_action(self, operation: str) -> str:
        """Return what an answer to ``operation`` says that it is."""

    @abstractmethod
    def _read(self, facts: Facts, operation: str) -> Content:
        """Return what a verified answer to ``operation`` says, judged by the schema. Raises `Rejection`."""

    @abstractmethod
    def _fault(self, answer: Content) -> str | None:
        """Return the code of a fault, or None where the answer is none."""

    @abstractmethod
    def _submission_parts(self, seals: Sequence[SealSlice]) -> Mapping[str, Any]: ...

    @abstractmethod
    def _status_parts(self, references: Sequence[str]) -> Mapping[str, Any]: ...

    @abstractmethod
    def _page_parts(self, cursor: str, limit: int) -> Mapping[str, Any]: ...

    @abstractmethod
    def _confirmation_parts(self, receipt_ids: Sequence[str]) -> Mapping[str, Any]: ...

    @abstractmethod
    def _account_parts(self, kind: str, identifier: str) -> Mapping[str, Any]: ...

    @abstractmethod
    def _results(self, answer: Content) -> Mapping[str, Sequence[Told]]:
        """Return the results of an answer by their reference."""

    @abstractmethod
    def _page(self, answer: Content) -> ReceiptPage: ...

    @abstractmethod
    def _account(self, answer: Content) -> bool: ...

    @property
    def destination(self) -> str:
        return self._settings.destination

    def assert_ready(self, now: datetime) -> None:
        assert_valid_now(self._signer.certificate, now)
        self._channel.assert_allowed()

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message:
        references = tuple(seal.reference for seal in seals)
        return self._prepare(Operation.SUBMIT, self._submission_parts(seals), references, now, seals)

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message:
        return self._prepare(Operation.INQUIRE_STATUS, self._status_parts(references), tuple(references), now)

    def submit(self, message: Message) -> Answer[Outcome]:
        heard, codes = self._transmit(message), self._settings.codes
        outcomes: Mapping[str, Outcome]
        if heard.fault is not None:
            not_acted_on = heard.fault in codes.not_acted_on
            fault: Outcome = Deferred(code=heard.fault) if not_acted_on else Unknown(code=heard.fault)
            outcomes = dict.fromkeys(message.references, fault)
        elif heard.answer is not None:
            told = self._told(heard.answer, message.references)
            outcomes = {
                reference: result if isinstance(result, Unknown) else outcome_of(result, codes)
                for reference, result in told.items()
            }
        else:
            outcomes = dict.fromkeys(message.references, _unanswered(heard.problem))
        return self._answer(heard, outcomes)

    def inquire(self, message: Message) -> Answer[Standing]:
        heard, codes = self._transmit(message), self._settings.codes
        standings: Mapping[str, Standing]
        if heard.answer is not None and heard.fault is None:
            told = self._told(heard.answer, message.references)
            standings = {
                reference: result if isinstance(result, Unknown) else standing_of(result, codes)
                for reference, result in told.items()
            }
        else:
            code = heard.problem.code if heard.problem else "courier.fault"
            standings = dict.fromkeys(message.references, Unknown(code=code))
        return self._answer(heard, standings)

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage:
        answer, carrier = self._call(FETCH_RECEIPTS, self._page_parts(cursor, limit))
        return replace(self._page(answer), carrier=carrier)

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None:
        self._call(CONFIRM_RECEIPTS, self._confirmation_parts(receipt_ids))

    def has_account(self, kind: str, identifier: str) -> bool:
        answer, _ = self._call(INQUIRE_ACCOUNTS, self._account_parts(kind, identifier))
        return self._account(answer)

    def _prepare(
        self,
        operation: Operation,
        parts: Mapping[str, Any],
        references: tuple[str, ...],
        now: datetime,
        seals: Sequence[SealSlice] = (),
    ) -> Message:
        message_id = _new_id()
        signed = self._sign(operation.value, message_id, parts, now, seals)
        return Message(
            id=message_id,
            operation=operation,
            references=references,
            created_at=now,
            wire=signed.wire,
            frame=signed.frame,
        )

    def _told(self, answer: Content, references: Sequence[str]) -> dict[str, Told | Unknown]:
        """Return what is told of each reference; one without a result of its own is unknown."""
        results = self._results(answer)
        told: dict[str, Told | Unknown] = {}
        for reference in references:
            found = results.get(reference, ())
            doubtful = Unknown(code="courier.incomplete-answer", detail=f"{len(found)} results")
            told[reference] = found[0] if len(found) == 1 else doubtful
        return told

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
        )

    def _failure(self, heard: Heard[Content]) -> Failure | None:
        """Return what the call was to the endpoint's breaker."""
        if isinstance(heard.problem, CallFailed):
            return heard.problem.failure
        return Failure(code="courier.busy") if heard.fault in self._settings.codes.busy else None

    def _call(self, operation: str, parts: Mapping[str, Any]) -> tuple[Content, Carrier]:
        """Return the answer, and what it came in. Raises `GatewayError` where it is a fault: `CallFailed`
        ``courier.busy``, or else ``courier.fault``."""
        message_id = _new_id()
        signed = self._sign(operation, message_id, parts, self._clock(), ())
        raw = self._post(signed.wire, operation)
        heard = self._verified(raw, operation, message_id)
        if heard.fault is not None and heard.fault in self._settings.codes.busy:
            raise CallFailed("courier.busy", where=operation)
        if heard.fault is not None:
            raise GatewayError("courier.fault", where=operation, detail=heard.fault)
        assert heard.answer is not None
        carrier = Carrier(message=message_id, raw=raw, passed=heard.passed, signed_at=heard.signed_at)
        return heard.answer, carrier

    def _post(self, wire: bytes, operation: str) -> bytes:
        """Return what came. Raises `GatewayError`; `NotBelieved` where something came that is none of the contract."""
        self._asked_at = self._timekeeper.steady()
        answer = self._send(wire, operation)
        if answer.status not in self.statuses:
            wait = retry_after(answer.retry_after, self._clock()) if answer.status in _ASK_FOR_TIME else None
            where, status = self._settings.endpoint, str(answer.status)
            error = CallFailed("courier.http-status", where=where, detail=status, retry_after=wait)
            raise NotBelieved(error, operation, answer.body) if answer.body else error
        return answer.body

    def _verified(self, raw: bytes, operation: str, message_id: str) -> Heard[Content]:
        """Return the answer that is believed. Raises `NotBelieved`."""
        try:
            return self._believed(raw, operation, message_id)
        except GatewayError as refusal:
            raise NotBelieved(refusal, operation, raw) from refusal

    def _believed(self, raw: bytes, operation: str, message_id: str) -> Heard[Content]:
        facts = self._examine(raw)
        issued, covers = IssuedBy(self._settings.issuers), Covers(*self.coverage)
        answers = Answers(message_id=message_id, action=self._answer_action(operation))
        with suppress(GatewayError):
            # The answer to this very request was made after it, whatever the two clocks say: one that is not fresh
            # tells how far they are apart.
            AllOf(issued, covers, answers).check(facts)
            self._timekeeper.heard(JUDICIARY, facts.signed_at, self._asked_at, RESOLUTION)
        passed = AllOf(issued, covers, Fresh(self._clock(), skew=self._settings.skew), answers).check(facts)
        answer = self._read(facts, operation)
        return Heard(raw=raw, answer=answer, fault=self._fault(answer), passed=passed, signed_at=facts.signed_at)


_ASK_FOR_TIME = (429, 503)
"""Statuses that may come with a Retry-After: RFC 6585, section 4; RFC 9110, 15.6.4."""

_NOTHING_SENT = ("courier.not-connected", "config.endpoint")


def _new_id() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def _unanswered(problem: GatewayError | None) -> Outcome:
    if problem is not None and problem.code in _NOTHING_SENT:
        return Deferred(code=problem.code)
    return Unknown(code=problem.code if problem else "courier.no-answer")

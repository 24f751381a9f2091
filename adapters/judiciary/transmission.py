"""Transmission of a request: the response, judged, with the meaning of its fault. Couriers and logins share it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic

from adapters.judiciary.answer_judge import AnswerJudge, Call
from adapters.judiciary.retry_after import retry_after, written_date
from adapters.judiciary.web_page import is_web_page
from adapters.judiciary.wire import NO_HEADERS, Content, Contract, Fault, Wire, status_code
from gateway.judiciary.call_durations import CallMeter
from gateway.judiciary.courier import CREDENTIALS, CallFailed, NotBelieved
from gateway.judiciary.outcome_codes import USUAL_CODES, CodeTable
from gateway.notice.large_octets import Octets
from gateway.notice.profile_version import SpokenProfile
from gateway.record.masking import NO_SECRETS, Secrets
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper
from gateway.trust.trust_policy import BY_CONNECTION, Rejection

_ASK_FOR_TIME: Final = (429, 503)
"""Statuses that may have a Retry-After: RFC 6585, section 4; RFC 9110, 15.6.4."""

NO_SESSION: Final = "courier.session"
"""Error code: the service ended the session, and the one after it, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourierSettings:
    """Settings of a courier.

    ``destination`` names the judiciary in evidence. ``codes`` list faults that leave no doubt, and those of a busy
    service. ``profile`` is the one by which all messages are made and read. ``ended`` are the codes that end a session;
    ``http.401`` is that of a status.
    """

    destination: str
    endpoint: str
    codes: CodeTable = USUAL_CODES
    profile: SpokenProfile | None = None
    ended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard(Generic[Content]):
    """Response to a message: octets, their verified content with the checks that it passed, or the problem.

    ``raw`` is as it is stored: without the secrets that stood in the ``masked`` places. ``wait`` is the time that a
    busy service asks for.
    """

    raw: bytes | None = field(default=None, repr=False)
    answer: Content | None = field(default=None, repr=False)
    fault: Fault | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    problem: GatewayError | None = None
    wait: timedelta | None = None
    masked: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """Octets of a response, its status, and three of its HTTP headers: its media type, its time, and the wait that a
    busy service asks for.

    ``asked_at`` is the request's time by the steady clock, ``received_at`` its own by the usual one.
    """

    raw: bytes = field(repr=False)
    status: int
    media_type: str
    asked_at: float
    received_at: datetime
    dated: datetime | None
    wait: timedelta | None


class Transmission(Generic[Content]):
    """Path to one endpoint and back: ``judge`` decides which answers count, ``contract`` finds faults in them.

    ``secrets`` are taken out of every answer, after it was judged. ``meter`` counts the calls and their durations.
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
        secrets: Secrets = NO_SECRETS,
        meter: CallMeter | None = None,
    ) -> None:
        self._secrets, self._meter = secrets, meter
        self._settings, self._wire, self._contract, self._judge = settings, wire, contract, judge
        self._clock, self._timekeeper = clock, timekeeper

    def ask(
        self, octets: Octets, operation: str, message_id: str, headers: Mapping[str, str] = NO_HEADERS
    ) -> tuple[Response, Heard[Content]]:
        """Send a request; return its response, and its content if that may be read. ``headers`` go into no evidence.

        Raises `GatewayError`; `NotBelieved` for a response that is none of the contract.
        """
        came = self.post(octets, operation, headers)
        return came, self.verified(came, operation, message_id)

    def failure(self, heard: Heard[Content]) -> Failure | None:
        """Return the call's failure for the endpoint's circuit breaker, or None."""
        if isinstance(heard.problem, CallFailed):
            return heard.problem.failure
        code = self.failed_by(heard.fault)
        return None if code is None else Failure(code=code, retry_after=heard.wait)

    def failed_by(self, fault: Fault | None) -> str | None:
        """Return the code of a failed call if the fault asks not to repeat it for a while."""
        codes = self._settings.codes
        if fault is None:
            return None
        if fault.code in codes.credentials:
            return CREDENTIALS
        if fault.code in self._settings.ended:
            return NO_SESSION
        return "courier.busy" if fault.code in codes.busy else None

    def post(self, octets: Octets, operation: str, headers: Mapping[str, str] = NO_HEADERS) -> Response:
        """Return the response.

        Raises `GatewayError`; `NotBelieved` for a response that is none of the contract.
        """
        asked_at = self._timekeeper.steady()
        is_answered = False
        try:
            answer = self._wire.send(octets, operation, headers)
            is_answered = True
        finally:
            self._count(operation, asked_at, answered=is_answered)
        wait = retry_after(answer.retry_after, self._clock()) if answer.status in _ASK_FOR_TIME else None
        if answer.status not in self._wire.statuses and status_code(answer.status) not in self._settings.ended:
            where, status = self._settings.endpoint, str(answer.status)
            error = CallFailed("courier.http-status", where=where, detail=status, retry_after=wait)
            raise self._not_believed(error, operation, answer.body) if answer.body else error
        return Response(
            raw=answer.body,
            status=answer.status,
            media_type=answer.media_type,
            asked_at=asked_at,
            received_at=self._clock(),
            dated=written_date(answer.date),
            wait=wait,
        )

    def _count(self, operation: str, asked_at: float, *, answered: bool) -> None:
        if self._meter is not None:
            seconds = self._timekeeper.steady() - asked_at
            self._meter.count(self._settings.destination, operation, seconds, answered=answered)

    def verified(self, came: Response, operation: str, message_id: str) -> Heard[Content]:
        """Return the verified answer. Raises `NotBelieved`."""
        if came.status not in self._wire.statuses:
            # The profile gives this status a meaning by itself, which only a connection without signatures can have.
            fault = Fault(code=status_code(came.status))
            raw, places = self._secrets.masked(came.raw)
            return Heard(raw=raw, fault=fault, passed=[BY_CONNECTION], wait=came.wait, masked=places)
        try:
            return self._believed(came, operation, message_id)
        except GatewayError as refusal:
            cause: GatewayError = refusal
            if isinstance(refusal, Rejection) and is_web_page(came.raw, came.status, came.media_type):
                where, detail = self._settings.endpoint, f"{came.status}, a page of HTML"
                cause = CallFailed("courier.http-status", where=where, detail=detail, retry_after=came.wait)
            raise self._not_believed(cause, operation, came.raw) from refusal

    def _not_believed(self, cause: GatewayError, operation: str, raw: bytes) -> NotBelieved:
        return NotBelieved(cause, operation, *self._secrets.masked(raw))

    def _believed(self, came: Response, operation: str, message_id: str) -> Heard[Content]:
        call = Call(operation=operation, message_id=message_id, asked_at=came.asked_at, dated=came.dated)
        try:
            believed = self._judge.believe(came.raw, call)
        except Rejection as refusal:
            if (fault := self._unrelated_refusal(came.raw, operation)) is not None:
                raise CallFailed(
                    CREDENTIALS, where=operation, detail=self._secrets.masked_text(fault.shown)
                ) from refusal
            raise
        answer = believed.content
        self._contract.assert_answers(operation, answer)
        fault = self._contract.fault(operation, answer)
        if fault is not None:
            # A service may repeat what it was told, and words are shown and logged.
            code, text = map(self._secrets.masked_text, (fault.code, fault.text))
            fault = Fault(code=code, text=text)
        raw, places = self._secrets.masked(came.raw)
        return Heard(
            raw=raw,
            answer=answer,
            masked=places,
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

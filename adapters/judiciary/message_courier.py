"""The common part of every courier: only an answer that may be believed counts, and all else is doubt.

A wire makes and sends requests, a judge decides which answers may be read (`adapters.judiciary.answer_judge`), a
contract reads and writes contents (`adapters.judiciary.wire`). The consequences are decided here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, Generic, TypeVar

from adapters.judiciary.answer_judge import AnswerJudge
from adapters.judiciary.call_context import CallContext, call_about, new_call
from adapters.judiciary.channel import NOTHING_SENT, Unsent
from adapters.judiciary.operations import CONFIRM_RECEIPTS, FETCH_RECEIPTS, INQUIRE_ACCOUNTS
from adapters.judiciary.session.token_session import Session
from adapters.judiciary.transmission import CourierSettings, Heard, Transmission
from adapters.judiciary.wire import Content, Contract, SignedRequest, Submission, Wire, status_code
from gateway.judiciary.call_durations import CallMeter
from gateway.judiciary.courier import (
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
    RawReceipt,
    ReceiptPage,
    Rejected,
    Reply,
    SealRefused,
    SealSlice,
    Standing,
    TicketStanding,
    Unknown,
    Unread,
)
from gateway.notice.large_octets import Octets
from gateway.record.masking import MASK, Secrets
from gateway.runtime.clock import Clock
from gateway.runtime.errors import GatewayError
from gateway.runtime.timekeeping import Timekeeper

T = TypeVar("T")

_WORDS: Final = ("code", "text", "detail")
"""Fields of outcomes and standings that hold the service's words."""


class MessageCourier(Generic[Content]):
    """Courier (`gateway.judiciary.courier.Courier`) over any wire and contract.

    ``judge`` decides which answers count. ``session`` has the token of each request, if the service wants one.
    ``meter`` counts the calls, logins apart.
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
        session: Session | None = None,
        secrets: Secrets | None = None,
        meter: CallMeter | None = None,
    ) -> None:
        self._secrets = secrets or Secrets()
        self._settings, self._wire, self._contract = settings, wire, contract
        self._clock, self._session = clock, session
        self._transmission = Transmission(
            settings,
            wire,
            contract,
            judge,
            clock=clock,
            timekeeper=timekeeper,
            secrets=self._secrets,
            meter=meter,
        )

    @property
    def destination(self) -> str:
        return self._settings.destination

    def assert_ready(self, now: datetime) -> None:
        self._wire.assert_ready(now)

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message:
        call = call_about(now, [seal.reference for seal in seals])
        return self._prepare(Operation.SUBMIT, lambda one: self._contract.submission(seals, one), call)

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message:
        call = call_about(now, references)

        def question(one: CallContext) -> Submission[Content]:
            return Submission(content=self._contract.inquiry(references, one))

        return self._prepare(Operation.INQUIRE_STATUS, question, call)

    def submit(self, message: Message) -> Answer[Outcome]:
        return self._outcomes(message, self._transmit(message))

    def transmit(self, message: Message) -> Reply:
        if self._session is not None:
            # Whether the session has ended, and the message is to be sent again, stands in the answer.
            answer = self.submit(message)
            return Reply(is_usual=answer.failure is None, judge=lambda: answer)
        try:
            came = self._transmission.post(message.wire, message.operation.value)
        except GatewayError as problem:
            unanswered = self._outcomes(message, _not_answered(problem))
            return Reply(is_usual=False, judge=lambda: unanswered)
        judged = partial(self._transmission.verified, came, message.operation.value, message.id)
        return Reply(
            is_usual=200 <= came.status < 300,
            judge=lambda: self._outcomes(message, _heard(judged), came.received_at),
        )

    def _outcomes(
        self, message: Message, heard: Heard[Content], received_at: datetime | None = None
    ) -> Answer[Outcome]:
        codes = self._settings.codes
        outcomes: Mapping[str, Outcome]
        if heard.fault is not None:
            # The answered copy need not be the only one: a hop may have delivered the request twice.
            code = heard.fault.code
            doubtful = code not in codes.not_acted_on
            fault: Outcome = Unknown(code=code) if doubtful else Deferred(code=code, retry_after=heard.wait)
            outcomes = dict.fromkeys(message.references, fault)
        elif heard.answer is not None:
            outcomes = self._told(self._contract.outcomes(heard.answer, _call_of(message)))
        else:
            outcomes = dict.fromkeys(message.references, _unanswered(heard.problem))
        return self._answer(heard, outcomes, received_at)

    def inquire(self, message: Message) -> Answer[Standing]:
        heard = self._transmit(message)
        standings: Mapping[str, Standing]
        if heard.answer is not None and heard.fault is None:
            standings = self._told(self._contract.standings(heard.answer, _call_of(message)))
        else:
            code = heard.problem.code if heard.problem else "courier.fault"
            standings = dict.fromkeys(message.references, Unknown(code=code))
        return self._answer(heard, standings)

    def prepare_ticket_question(self, reference: str, ticket: str, now: datetime) -> Message:
        def question(one: CallContext) -> Submission[Content]:
            content = self._contract.ticket_question(reference, ticket, one)
            if content is None:
                raise GatewayError("courier.contract", where=Operation.INQUIRE_TICKET, detail="it gives no tickets")
            return Submission(content=content)

        return self._prepare(Operation.INQUIRE_TICKET, question, call_about(now, [reference]))

    def ask_ticket(self, message: Message) -> Answer[TicketStanding]:
        heard, call = self._transmit(message), _call_of(message)
        told: Mapping[str, TicketStanding]
        if heard.answer is not None and heard.fault is None:
            standing = self._contract.ticket_standing(heard.answer, call)
            told = self._told(dict.fromkeys(message.references, standing))
        else:
            code = heard.problem.code if heard.problem else "courier.fault"
            told = dict.fromkeys(message.references, Unknown(code=code))
        return self._answer(heard, told)

    def _told(self, told: Mapping[str, T]) -> dict[str, T | SealRefused]:
        """Return what an answer tells of each notice, without secrets in its words.

        A rejection of the seal's signature or certificate becomes `SealRefused`: the notice is not rejected.
        """
        ours, made = self._settings.codes.credentials, dict[str, T | SealRefused]()
        for reference, each in told.items():
            words = {name: self._secrets.masked_text(getattr(each, name)) for name in _WORDS if hasattr(each, name)}
            plain: Any = replace(each, **words) if words else each  # type: ignore[type-var]
            is_of_seal = isinstance(plain, Rejected) and plain.code in ours
            made[reference] = SealRefused(code=plain.code, text=plain.text) if is_of_seal else plain
        return made

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage:
        call = replace(new_call(self._clock()), cursor=cursor, limit=limit)
        return self._receipts(self._contract.page, call)

    def poll_receipts(self, notices: Sequence[NamedNotice]) -> ReceiptPage:
        call = new_call(self._clock(), notices)

        def question(one: CallContext) -> Content:
            asked = self._contract.poll(notices, one)
            if asked is None:
                detail = "receipts are not asked for by notice"
                raise GatewayError("courier.contract", where=FETCH_RECEIPTS, detail=detail)
            return asked

        return self._receipts(question, call)

    def _receipts(self, question: Callable[[CallContext], Content], call: CallContext) -> ReceiptPage:
        found = self._call(FETCH_RECEIPTS, question, call)
        assert found is not None
        answer, carrier = found
        try:
            page = self._contract.receipts(answer, call)
        except GatewayError as unread:
            refusal = Unread if unread.code.startswith(OF_MAPPING) else NotBelieved
            # Its own words may repeat a secret of ours, so it is no cause.
            raise refusal(self._without_secrets(unread), FETCH_RECEIPTS, carrier.raw, carrier.masked) from None
        return replace(page, receipts=[self._kept(receipt) for receipt in page.receipts], carrier=carrier)

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        return self._kept(self._contract.read_again(receipt))

    def _kept(self, receipt: RawReceipt) -> RawReceipt:
        """Return a receipt without secrets in it, if it is a part of an answer that no mapping can read."""
        if receipt.unread is None:
            return receipt
        octets, _ = self._secrets.masked(receipt.octets)
        return replace(receipt, octets=octets, unread=self._without_secrets(receipt.unread))

    def _without_secrets(self, error: GatewayError) -> GatewayError:
        return GatewayError(error.code, where=error.where, detail=self._secrets.masked_text(error.detail))

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None:
        call = new_call(self._clock())
        each_once = list(dict.fromkeys(receipt_ids))  # a page may bring one receipt twice
        self._call(CONFIRM_RECEIPTS, lambda one: self._contract.confirmation(each_once, one), call)

    def has_account(self, kind: str, identifier: str) -> bool:
        call = new_call(self._clock())
        found = self._call(INQUIRE_ACCOUNTS, lambda one: self._contract.account(kind, identifier, one), call)
        return found is not None and self._contract.has_account(found[0])

    def _prepare(
        self, operation: Operation, make: Callable[[CallContext], Submission[Content]], call: CallContext
    ) -> Message:
        """Return a message. Where its content has the session's token, its recorded form has `MASK` in that place.

        Raises `adapters.judiciary.channel.Unsent` if there is no token.
        """

        def signed(one: CallContext) -> SignedRequest:
            made = make(one)
            return self._wire.sign(operation.value, one.id, made.content, one.now, made.slices, one.token)

        token = self._token()
        sent = recorded = signed(replace(call, token=token))
        places = () if token is None else self._contract.token_places(operation.value)
        if places:
            recorded = signed(replace(call, token=MASK, is_record=True))
        return Message(
            id=call.id,
            operation=operation,
            references=call.references,
            created_at=call.now,
            wire=recorded.wire,
            frame=recorded.frame,
            signed=recorded.signed,
            profile=self._settings.profile,
            masked=tuple(places),
            with_token=_Made(call, signed, token, sent.wire).octets if places else None,
        )

    def _token(self) -> str | None:
        """Return the session's token; None without a session. Raises `adapters.judiciary.channel.Unsent`."""
        return None if self._session is None else self._session.tokens.current().value

    def _transmit(self, message: Message) -> Heard[Content]:
        octets = message.with_token or (lambda _: message.wire)
        return _heard(partial(self._ask, octets, message.operation.value, message.id))

    def _ask(self, octets: Callable[[str], Octets], operation: str, message_id: str) -> Heard[Content]:
        """Return the judged response to a request. After the session's end, ask once more in a new one.

        A submission is sent again only if the code proves that nothing was acted on.
        """
        line, session = self._transmission, self._session
        if session is None:
            return line.ask(octets(""), operation, message_id)[1]
        for is_last in (False, True):
            token = session.tokens.current()
            self._secrets.note(token.value)
            came = line.post(octets(token.value), operation, session.headers(token.value))
            refusal: NotBelieved | None = None
            try:
                heard = line.verified(came, operation, message_id)
            except NotBelieved as error:
                heard, refusal = Heard(problem=error), error
            fault = None if heard.fault is None else heard.fault.code
            if not self._settings.ended & {fault, status_code(came.status)}:
                break
            session.tokens.refused(token)
            if is_last or (operation == Operation.SUBMIT.value and fault not in self._settings.codes.not_acted_on):
                break
        if refusal is not None:
            raise refusal
        return heard

    def _answer(self, heard: Heard[Content], told: Mapping[str, T], received_at: datetime | None = None) -> Answer[T]:
        return Answer(
            raw=heard.raw,
            received_at=received_at or self._clock(),
            by_reference=told,
            refused=None if heard.raw is None else heard.problem,
            passed=heard.passed,
            signed_at=heard.signed_at,
            failure=self._transmission.failure(heard),
            fault=None if heard.fault is None else heard.fault.code,
            words="" if heard.fault is None else heard.fault.text,
            masked=heard.masked,
        )

    def _call(
        self, operation: str, make: Callable[[CallContext], Content | None], call: CallContext
    ) -> tuple[Content, Carrier] | None:
        """Return the answer and its carrier, or None if this contract has no such request.

        Raises `GatewayError` for a fault: `CallFailed` ``courier.busy``, ``courier.credentials`` or
        ``courier.session``, or else ``courier.fault``.
        """

        def signed(one: CallContext) -> SignedRequest | None:
            content = make(one)
            return None if content is None else self._wire.sign(operation, one.id, content, one.now, (), one.token)

        token = self._token()
        if (first := signed(replace(call, token=token))) is None:
            return None
        heard = self._ask(_Made(call, signed, token, first.wire).octets, operation, call.id)
        if heard.fault is not None:
            if (failed_by := self._transmission.failed_by(heard.fault)) is not None:
                raise CallFailed(failed_by, where=operation, detail=heard.fault.shown, retry_after=heard.wait)
            raise GatewayError("courier.fault", where=operation, detail=heard.fault.shown)
        assert heard.answer is not None
        assert heard.raw is not None
        carrier = Carrier(
            message=call.id,
            raw=heard.raw,
            masked=heard.masked,
            passed=heard.passed,
            signed_at=heard.signed_at,
            profile=self._settings.profile,
        )
        return heard.answer, carrier


class _Made:
    """Octets of a request by the token in it: those with the token of its making are made already."""

    def __init__(
        self, call: CallContext, signed: Callable[[CallContext], SignedRequest | None], token: str | None, wire: Octets
    ) -> None:
        self._call, self._signed, self._token, self._wire = call, signed, token, wire

    def octets(self, token: str) -> Octets:
        """Return the octets with this token, which says nothing to a service without sessions.

        Raises `Unsent` if they cannot be made: nothing is sent then.
        """
        if self._token is None or token == self._token:
            return self._wire
        try:
            made = self._signed(replace(self._call, token=token))
        except GatewayError as misfit:
            raise Unsent(misfit.code, where=misfit.where, detail=misfit.detail) from misfit
        assert made is not None
        return made.wire


def _heard(ask: Callable[[], Heard[Content]]) -> Heard[Content]:
    """Return the judged response, or the problem."""
    try:
        return ask()
    except GatewayError as problem:
        return _not_answered(problem)


def _not_answered(problem: GatewayError) -> Heard[Any]:
    if isinstance(problem, NotBelieved):
        return Heard(raw=problem.octets, problem=problem, masked=problem.masked)
    return Heard(problem=problem)


def _call_of(message: Message) -> CallContext:
    notices = [NamedNotice(reference=reference) for reference in message.references]
    return CallContext(id=message.id, now=message.created_at, notices=notices)


def _unanswered(problem: GatewayError | None) -> Outcome:
    if problem is not None and (problem.code in NOTHING_SENT or isinstance(problem, Unsent)):
        return Deferred(code=problem.code)
    return Unknown(code=problem.code if problem else "courier.no-answer")

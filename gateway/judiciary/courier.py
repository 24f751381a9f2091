"""Port to the judiciary's notice service. The core never speaks its protocol: it sees messages and outcomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, Protocol, TypeVar

from gateway.notice.envelope import Frame
from gateway.notice.large_octets import Octets
from gateway.notice.notice import sha256
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The judiciary accepted the notice and will serve it."""

    count: ClassVar[str] = "accepted"
    tracking_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The judiciary will not serve the notice; ``code`` is its own."""

    count: ClassVar[str] = "rejected"
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRefused:
    """The judiciary refuses the seal's signature or certificate, so it does not serve the notice; ``code`` is its own.

    That is no decision on the notice and never ends it.
    """

    count: ClassVar[str] = "sealrefused"
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class NoAccount:
    """The recipient has no account: another channel must be chosen."""

    count: ClassVar[str] = "noaccount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferred:
    """Certainly not processed; may be sent again after ``retry_after`` (None: by the back-off table)."""

    count: ClassVar[str] = "deferred"
    code: str
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """Taken for processing; the judiciary decides later. ``ticket`` is its name for that (None: the known one).

    It asks for another question not before ``retry_after`` (None: at any time).
    """

    count: ClassVar[str] = "pending"
    ticket: str | None = None
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """No verified answer about this notice. A lost reply is not a refusal: the days may already be running."""

    count: ClassVar[str] = "unknown"
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The judiciary answered, verifiably, that it does not know the reference. Proof of absence only later."""

    count: ClassVar[str] = "notknown"


Outcome = Accepted | Rejected | SealRefused | NoAccount | Deferred | Pending | Unknown
Standing = Accepted | Rejected | SealRefused | NoAccount | Pending | NotKnown | Unknown
TicketStanding = Accepted | Rejected | SealRefused | NoAccount | Deferred | Pending | NotKnown | Unknown
"""Answer to a question about a ticket; `NotKnown` is about the ticket, and says nothing about the notice."""

T = TypeVar("T", covariant=True)


CREDENTIALS = "courier.credentials"
"""Error code of a call whose signature, certificate or password the judiciary refused."""

UNCLEAR = "courier.incomplete-answer"
"""Code of a believed answer that says nothing about a notice, or has a status that nobody explained."""

OF_MAPPING = "mapped."
"""Beginning of the codes of messages that a mapping could not make or read."""

OF_SCHEMA = "verify.schema"
"""Code of an answer that its contract does not allow."""

OF_JSON = "verify.json"
"""Code of an answer that is no strict JSON, perhaps for one number in it."""

SEAL_NOT_ACCEPTED = "seal.not-accepted"
"""Error code of a body whose seals the judiciary refused."""


PROBE_IDENTIFIER = "9990000000"
"""Identifier of nobody: no registry office has the prefix 999. A query for it tests the whole path, and no more."""


INQUIRY_BATCH = 200
"""Maximum number of notices in one inquiry, if the judiciary supports as many."""


def is_unreadable(code: str) -> bool:
    """Return True for the code of an answer of which one part may have made all of it unreadable."""
    return code.startswith(OF_MAPPING) or code in (OF_SCHEMA, OF_JSON)


class Operation(StrEnum):
    """Operations whose messages are evidence."""

    SUBMIT = "SubmitNotices"
    INQUIRE_STATUS = "InquireStatus"
    INQUIRE_TICKET = "InquireTicket"
    """Recorded, with its answer, unless that says that the ticket is still being processed."""
    FETCH_RECEIPTS = "FetchReceipts"
    """Recorded only if the response carried receipts; the request never is."""
    BRING_RECEIPTS = "BringReceipts"
    """Request of the judiciary that pushes receipts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSlice:
    """Octets of a sealed notice within a message."""

    reference: str
    octets: Octets = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Complete request: ``wire`` is sent, ``frame`` is its stored form.

    With a secret in it, ``wire`` is the recorded form, which has a mark in the ``masked`` places. Then ``with_token``
    returns the octets that are sent, for a token; it raises `CallFailed` if they cannot be made.
    ``profile`` is the profile by which it was made and its response is read (None: one without a version). A message
    that is not ``signed`` relies on its connection.
    """

    id: str
    operation: Operation
    references: tuple[str, ...]
    created_at: datetime
    signed: bool = True
    wire: Octets = field(repr=False)
    frame: Frame = field(repr=False)
    profile: SpokenProfile | None = None
    masked: tuple[str, ...] = ()
    with_token: Callable[[str], Octets] | None = field(default=None, repr=False, compare=False)
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", sha256(self.wire))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """Response to a message: ``raw`` are its exact octets (None: none came).

    ``by_reference`` has an entry for each reference of the request. ``refused`` is the reason why ``raw`` failed
    verification (None: it passed).
    ``passed`` are the checks of its verification, and ``signed_at`` then is its time of signing by the judiciary's
    clock. ``fault`` is the judiciary's code if ``raw`` is a verified fault, ``words`` are its own for a person.
    ``masked`` are the places of secrets that were taken out of ``raw``.
    ``failure`` is the call's failure for the endpoint's circuit breaker (None: it was answered).
    """

    raw: bytes | None = field(repr=False)
    received_at: datetime
    by_reference: Mapping[str, T]
    refused: GatewayError | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    failure: Failure | None = None
    fault: str | None = None
    words: str = ""
    masked: Sequence[str] = ()


class CallFailed(GatewayError):
    """The endpoint gave no verified response, was not reachable, or only said that it is busy.

    ``retry_after`` is the wait that it asks for; nobody signed that.
    """

    literal_name = "CallFailed"

    def __init__(self, code: str, *, where: str = "", detail: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(code, where=where, detail=detail)
        self.retry_after = retry_after

    @property
    def failure(self) -> Failure | None:
        """Failure of the endpoint; None if it answered and only we could not read that."""
        return Failure(code=self.code, retry_after=self.retry_after)


class NotBelieved(CallFailed):
    """The response to ``operation`` failed verification because of ``cause``; ``octets`` are its exact content, but for
    secrets in the ``masked`` places.
    """

    literal_name = "NotBelieved"

    def __init__(self, cause: GatewayError, operation: str, octets: bytes, masked: Sequence[str] = ()) -> None:
        where = f"answer to {operation}" + (f", {cause.where}" if cause.where else "")
        retry_after = cause.retry_after if isinstance(cause, CallFailed) else None
        super().__init__(cause.code, where=where, detail=cause.detail, retry_after=retry_after)
        self.octets, self.masked = octets, tuple(masked)


class Unread(NotBelieved):
    """The response was believed, but our mapping cannot read it: no failure of the endpoint."""

    literal_name = "Unread"

    @property
    def failure(self) -> None:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedBy:
    """Verified message in which a receipt came: the id of its record, the checks that it passed, and its time.

    ``at`` is the time of its signing, or of its reception if nobody signed it.
    """

    record: str
    passed: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReceipt:
    """Receipt as it came, not verified yet.

    One that is ``unsigned`` has no signature of its own and rests on the message that it was ``carried`` by.
    ``unread`` is the reason why our mapping cannot read it. Its octets are then the part of the message that it is.
    """

    octets: bytes = field(repr=False)
    unsigned: bool = False
    carried: CarriedBy | None = None
    unread: GatewayError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """Verified message that carried receipts: its exact octets and the checks that it ``passed``.

    Secrets were taken out of the ``masked`` places. ``signed_at`` is by the judiciary's clock, ``profile`` is the one
    by which it was read. ``message`` is the id of its request, or its own id for an ``operation`` of the judiciary.
    """

    message: str
    raw: bytes = field(repr=False)
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    operation: Operation = Operation.FETCH_RECEIPTS
    profile: SpokenProfile | None = None
    masked: Sequence[str] = ()

    @property
    def record_id(self) -> str:
        """Id of its evidence record.

        A message that the judiciary pushed has no request. Its octets identify the record, since the other side chooses
        its id.
        """
        pushed = self.operation is Operation.BRING_RECEIPTS
        return f"brought:{sha256(self.raw)}" if pushed else f"answer:{self.message}"

    def carrying(self, receipt: RawReceipt, now: datetime) -> RawReceipt:
        """Return a receipt that this message carried, which rests on it if nobody signed the receipt itself."""
        if not receipt.unsigned:
            return receipt
        at = self.signed_at or now
        return replace(receipt, carried=CarriedBy(record=self.record_id, passed=tuple(self.passed), at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedNotice:
    """Notice to poll receipts for, by our reference and, if known, the judiciary's number."""

    reference: str
    tracking_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """Receipts after a cursor; ``more`` is True if a further page is waiting.

    ``carrier`` is the message that they came in; without it only the receipts themselves are recorded. ``repeats``: the
    judiciary sends the same receipts in each pass.
    """

    receipts: Sequence[RawReceipt]
    cursor: str
    more: bool
    carrier: Carrier | None = None
    repeats: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Response to a submission that is not judged yet, or its absence.

    ``is_usual``: nothing outside of the response's content says that the call failed. ``judge`` returns the answer.
    """

    is_usual: bool
    judge: Callable[[], Answer[Outcome]]


class Courier(Protocol):
    """Port to one judiciary endpoint. A submission or inquiry always has an outcome.

    Fetching, confirming and account queries raise `GatewayError` (``courier.*``): `CallFailed` if the endpoint failed,
    `NotBelieved` (``verify.*``, ``courier.http-status``) if a response failed verification.
    """

    @property
    def destination(self) -> str: ...

    def assert_ready(self, now: datetime) -> None:
        """Raise `GatewayError` if signing is impossible now (expired certificate). Called before a claim."""
        ...

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message: ...

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message: ...

    def submit(self, message: Message) -> Answer[Outcome]: ...

    def transmit(self, message: Message) -> Reply:
        """Submit a message, and leave the judgement of the response to the caller; each reply is judged once."""
        ...

    def inquire(self, message: Message) -> Answer[Standing]: ...

    def prepare_ticket_question(self, reference: str, ticket: str, now: datetime) -> Message:
        """Return the question what became of a ticket.

        Raises `GatewayError` ``courier.contract`` if the judiciary gives no tickets.
        """
        ...

    def ask_ticket(self, message: Message) -> Answer[TicketStanding]: ...

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage: ...

    def poll_receipts(self, notices: Sequence[NamedNotice]) -> ReceiptPage:
        """Return all receipts of these notices.

        Raises `GatewayError` ``courier.contract`` if the judiciary does not offer polling by notice.
        """
        ...

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        """Read a receipt that could not be read when it came, by the mapping in force now."""
        ...

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None: ...

    def has_account(self, kind: str, identifier: str) -> bool:
        """Query if a person has an account; the preflight also uses it to test the whole path.

        A judiciary without such a query gets another one in its place, or none; the result is then False.
        """
        ...

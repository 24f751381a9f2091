"""The port to the judiciary's notice service. The core never speaks its protocol: it sees messages and outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Generic, Protocol, TypeVar

from gateway.notice.envelope import Frame
from gateway.notice.notice import sha256
from gateway.notice.profile_version import SpokenProfile
from gateway.runtime.circuit_breaker import Failure
from gateway.runtime.errors import GatewayError


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The judiciary has it and will serve it."""

    count: ClassVar[str] = "accepted"
    tracking_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """The judiciary will not serve it; ``code`` is its own."""

    count: ClassVar[str] = "rejected"
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealRefused:
    """The judiciary does not accept the seal's signature or certificate, so it does not serve the notice; ``code`` is
    its own. That is no word about the notice, which ends by it in no case."""

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
class Unknown:
    """No verified answer about this notice. A lost reply is not a refusal: the days may already be running."""

    count: ClassVar[str] = "unknown"
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class NotKnown:
    """The judiciary answered, verifiably, that it does not know the reference. Proof of absence only later."""

    count: ClassVar[str] = "notknown"


Outcome = Accepted | Rejected | SealRefused | NoAccount | Deferred | Unknown
Standing = Accepted | Rejected | SealRefused | NoAccount | NotKnown | Unknown
T = TypeVar("T", covariant=True)


CREDENTIALS = "courier.credentials"
"""The code of a call whose signature, certificate or password the judiciary did not accept."""

SEAL_NOT_ACCEPTED = "seal.not-accepted"
"""The code of a body whose seals the judiciary did not accept."""


PROBE_IDENTIFIER = "9990000000"
"""Belongs to nobody: no registry office has the prefix 999. Asking about it proves the whole path, and no more."""


INQUIRY_BATCH = 200
"""How many notices one inquiry asks about, where the judiciary bears as many."""


class Operation(StrEnum):
    """The operations whose messages are evidence."""

    SUBMIT = "SubmitNotices"
    INQUIRE_STATUS = "InquireStatus"
    FETCH_RECEIPTS = "FetchReceipts"
    """Its answer is, where it brought receipts."""
    BRING_RECEIPTS = "BringReceipts"
    """The judiciary's own request, where it brings receipts by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealSlice:
    """A sealed notice's octets on their way into a message."""

    reference: str
    octets: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A signed request, complete: ``wire`` is what goes out, ``frame`` how it is stored. ``profile`` is by what it was
    made, and its answer is read (None: by none that has a version)."""

    id: str
    operation: Operation
    references: tuple[str, ...]
    created_at: datetime
    wire: bytes = field(repr=False)
    frame: Frame = field(repr=False)
    profile: SpokenProfile | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", sha256(self.wire))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer(Generic[T]):
    """What came back for a message: ``raw`` are the exact octets (None: nothing came), ``by_reference`` has an entry
    for each reference that was asked about. ``refused`` is why ``raw`` is not believed (None: it is),
    ``passed`` the checks that let it be believed, and ``signed_at`` then when it was made, by the judiciary's clock.
    ``fault`` is the judiciary's code where what came is a fault that is believed.
    ``failure`` is what this call was to its endpoint's breaker (None: it was answered)."""

    raw: bytes | None = field(repr=False)
    received_at: datetime
    by_reference: Mapping[str, T]
    refused: GatewayError | None = None
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    failure: Failure | None = None
    fault: str | None = None


class CallFailed(GatewayError):
    """The endpoint was called, or could not be, and gave no answer that is believed; or one that says only that it is
    busy. ``retry_after`` is what it asks for; nobody signed that."""

    literal_name = "CallFailed"

    def __init__(self, code: str, *, where: str = "", detail: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(code, where=where, detail=detail)
        self.retry_after = retry_after

    @property
    def failure(self) -> Failure:
        return Failure(code=self.code, retry_after=self.retry_after)


class NotBelieved(CallFailed):
    """The answer to ``operation`` is not believed, for the reason of ``cause``; ``octets`` are what came, exactly."""

    literal_name = "NotBelieved"

    def __init__(self, cause: GatewayError, operation: str, octets: bytes) -> None:
        where = f"answer to {operation}" + (f", {cause.where}" if cause.where else "")
        retry_after = cause.retry_after if isinstance(cause, CallFailed) else None
        super().__init__(cause.code, where=where, detail=cause.detail, retry_after=retry_after)
        self.octets = octets


@dataclass(frozen=True, slots=True, kw_only=True)
class RawReceipt:
    """A receipt as it came: nothing in it is believed yet."""

    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """The believed message that brought receipts: its exact octets, the checks that it ``passed``, when it was signed
    by the judiciary's clock, and the ``profile`` that it was read by. ``message`` is what it answers; or itself, where
    the ``operation`` is the judiciary's own."""

    message: str
    raw: bytes = field(repr=False)
    passed: Sequence[str] = ()
    signed_at: datetime | None = None
    operation: Operation = Operation.FETCH_RECEIPTS
    profile: SpokenProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedNotice:
    """A notice whose receipts are asked for, by our name and, where it was told, the judiciary's number."""

    reference: str
    tracking_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptPage:
    """Receipts after a cursor; ``more`` says that a further page is waiting. ``carrier`` is what they came in: without
    it a page leaves no record but those of its receipts."""

    receipts: Sequence[RawReceipt]
    cursor: str
    more: bool
    carrier: Carrier | None = None


class Courier(Protocol):
    """One judiciary endpoint. A submission or inquiry has an outcome whatever happens; what fetches, confirms or asks
    about an account raises `GatewayError` (``courier.*``): `CallFailed` where the endpoint failed, `NotBelieved`
    (``verify.*``, ``courier.http-status``) where something came."""

    @property
    def destination(self) -> str: ...

    def assert_ready(self, now: datetime) -> None:
        """Raise `GatewayError` where nothing could be signed now (expired certificate). Asked before a claim."""
        ...

    def prepare_submission(self, seals: Sequence[SealSlice], now: datetime) -> Message: ...

    def prepare_inquiry(self, references: Sequence[str], now: datetime) -> Message: ...

    def submit(self, message: Message) -> Answer[Outcome]: ...

    def inquire(self, message: Message) -> Answer[Standing]: ...

    def fetch_receipts(self, cursor: str, limit: int) -> ReceiptPage: ...

    def poll_receipts(self, notices: Sequence[NamedNotice]) -> ReceiptPage:
        """Return all receipts of these notices; raises `GatewayError` ``courier.contract`` where the judiciary gives
        them in no such way."""
        ...

    def confirm_receipts(self, receipt_ids: Sequence[str]) -> None: ...

    def has_account(self, kind: str, identifier: str) -> bool:
        """Ask whether one person has an account; also the preflight's proof that the whole path works. A judiciary that
        is not asked about persons is asked something else in its place, or nothing; the answer is then no."""
        ...

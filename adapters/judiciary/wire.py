"""The two parts of a courier: a wire, which signs and verifies octets, and a contract, which knows their contents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from adapters.crypto.message.soap_signing import Slice
from adapters.http.client import HttpAnswer
from adapters.judiciary.call_context import CallContext
from gateway.judiciary.courier import NamedNotice, Outcome, RawReceipt, ReceiptPage, SealSlice, Standing, TicketStanding
from gateway.notice.envelope import Frame
from gateway.notice.large_octets import Octets
from gateway.trust.trust_policy import Facts

NO_HEADERS: Final[Mapping[str, str]] = {}

Content = TypeVar("Content")
"""Content of a message in its form: an element of XML, an object of JSON."""

Read_contra = TypeVar("Read_contra", contravariant=True)
"""Content that is only read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """Message ready to send: its octets, and the form in which they are stored. Not all are ``signed``."""

    wire: Octets = field(repr=False)
    frame: Frame = field(repr=False)
    signed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission(Generic[Content]):
    """Content of a submission, with a slot for each of ``slices``, whose octets travel unchanged.

    The first have slots; the wire attaches those without one.
    """

    content: Content
    slices: Sequence[Slice] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Answer that says that the request failed: the judiciary's ``code``, and its words for a person."""

    code: str
    text: str = ""

    @property
    def shown(self) -> str:
        """Code and words for an operator."""
        return f"{self.code}: {self.text}" if self.text else self.code


def status_code(status: int) -> str:
    """Return the code of an HTTP status in `gateway.judiciary.outcome_codes.CodeTable`."""
    return f"http.{status}"


class Echo(Protocol[Read_contra]):
    """Place in an answer's content that repeats the id of its request."""

    def check(self, content: Read_contra, message_id: str) -> None:
        """Raise `gateway.trust.trust_policy.Rejection` ``verify.relates-to`` if the place has no or another id."""
        ...


class Wire(Protocol[Read_contra]):
    """Requests to one endpoint in one form."""

    @property
    def statuses(self) -> frozenset[int]:
        """HTTP statuses of answers and faults; any other comes from something in between."""
        ...

    @property
    def echo(self) -> Echo[Read_contra] | None:
        """Place of the request's id in the content of answers; None if another part binds them to their request."""
        ...

    def assert_ready(self, now: datetime) -> None:
        """Raise `GatewayError` if nothing could be signed or sent."""
        ...

    def sign(
        self,
        operation: str,
        message_id: str,
        content: Read_contra,
        now: datetime,
        slices: Sequence[Slice] = (),
        token: str | None = None,
    ) -> SignedRequest:
        """Return the request, complete; ``content`` has a slot for each of ``slices``, or the wire attaches the seals.

        ``token`` is that of the session, for a header block.
        """
        ...

    def send(self, wire: Octets, operation: str, headers: Mapping[str, str] = NO_HEADERS) -> HttpAnswer:
        """Transmit a request; ``headers`` go with it, and into no evidence.

        Raises as `adapters.judiciary.channel.Channel.send` does.
        """
        ...


class SignedWire(Wire[Content], Protocol[Content]):
    """Wire whose answers are signed."""

    @property
    def coverage(self) -> Sequence[str]:
        """Parts of an answer that must be signed."""
        ...

    def examine(self, raw: bytes, now: datetime) -> Facts:
        """Return the proven facts of an answer that came ``now``. Raises `gateway.trust.trust_policy.Rejection`."""
        ...

    def answer_action(self, operation: str, facts: Facts) -> str:
        """Return the action or ``op`` that an answer to ``operation`` must have; ``facts`` are those of the answer."""
        ...

    def content(self, facts: Facts) -> Content:
        """Return the content of a verified answer."""
        ...


class PlainWire(Wire[Content], Protocol[Content]):
    """Wire whose answers nobody signs."""

    def read(self, raw: bytes) -> Content:
        """Return the content of an answer. Raises `gateway.trust.trust_policy.Rejection` for any other octets."""
        ...


class Contract(Protocol[Content]):
    """Names and meanings of one judiciary's messages. Requests fit its schema: `GatewayError` if one cannot be made.

    ``call`` is the one of the request that is made, or of the request that an answer answers.
    """

    def token_places(self, operation: str) -> Sequence[str]:
        """Return the places in a request, outside of HTTP's headers, that have the token of ``call``."""
        ...

    def submission(self, seals: Sequence[SealSlice], call: CallContext) -> Submission[Content]: ...

    def inquiry(self, references: Sequence[str], call: CallContext) -> Content: ...

    def ticket_question(self, reference: str, ticket: str, call: CallContext) -> Content | None:
        """Return a question about a notice's ticket, or None if this contract has no tickets."""
        ...

    def page(self, call: CallContext) -> Content:
        """Return a request for receipts after the call's cursor."""
        ...

    def poll(self, notices: Sequence[NamedNotice], call: CallContext) -> Content | None:
        """Return a poll, or None if receipts are not polled by notice under this contract."""
        ...

    def confirmation(self, receipt_ids: Sequence[str], call: CallContext) -> Content | None:
        """Return a confirmation, or None if this contract has none: then the cursor alone records our progress."""
        ...

    def account(self, kind: str, identifier: str, call: CallContext) -> Content | None:
        """Return a question about a person, or None if this contract has no question that is about no notice."""
        ...

    def assert_answers(self, operation: str, answer: Content) -> None:
        """Raise `Rejection` ``verify.addressing`` for the answer to another operation, ``verify.schema`` for one that
        the contract does not allow.
        """
        ...

    def fault(self, operation: str, answer: Content) -> Fault | None:
        """Return the fault that an answer is; None if the rest of it may be read."""
        ...

    def outcomes(self, answer: Content, call: CallContext) -> Mapping[str, Outcome]:
        """Return the outcome of each reference of the call; one without a result of its own is unknown."""
        ...

    def standings(self, answer: Content, call: CallContext) -> Mapping[str, Standing]:
        """Return the standing of each reference of the call; one without a result of its own is unknown."""
        ...

    def ticket_standing(self, answer: Content, call: CallContext) -> TicketStanding:
        """Return the standing of the ticket of the call's only notice."""
        ...

    def receipts(self, answer: Content, call: CallContext) -> ReceiptPage:
        """Return the receipts of an answer; none is skipped.

        One that a mapping cannot read is among them, with its error. Raises `GatewayError` if the rest of the answer
        cannot be read.
        """
        ...

    def read_again(self, receipt: RawReceipt) -> RawReceipt:
        """Return a receipt that a mapping could not read, as it reads it now; the same one, if there is no mapping."""
        ...

    def has_account(self, answer: Content) -> bool: ...
